import type { Account } from '../identity/account.ts'
import { Refusal } from '../refusal.ts'
import { mayDo, type Right, type Subscription } from './subscription.ts'

/** Foreign answers exactly as missing, so that nobody learns which subscriptions exist (C22). */
export const missing = () => new Refusal('not_found', 'There is no such subscription.')

/** The subscription, if this account may do that with it. @throws Refusal `not_found` */
export function allowed<S extends Subscription>(subscription: S | undefined, account: Account, right: Right): S {
  if (!subscription || !mayDo(subscription, account, right)) throw missing()
  return subscription
}

/** The same as a check inside a change: asked of what the store holds at that very moment. */
export const only = (account: Account, right: Right) => (subscription: Subscription) => {
  allowed(subscription, account, right)
}
