import type { Subscription } from '../../data/answers.ts'
import { subscriptionPlace } from '../../data/places.ts'
import type { Problem } from '../../data/problem.ts'
import type { Values } from '../../language/format.ts'
import type { Key } from '../../language/say.ts'

/** What to say to somebody whose way is barred, and where they can do something about it. */
export interface Advice {
  key: Key
  values?: Values
  place?: { to: string; name: Key }
}

/** Licences have to be withdrawn before so few are left. */
export const withdrawFirst = (subscription: Subscription, count: number): Advice => ({
  key: 'quantity.withdraw',
  values: { count },
  place: { to: subscriptionPlace(subscription.id), name: 'quantity.to_licences' },
})

/** Why no other quantity, or no larger one, is sold while a subscription is as it is; undefined: nothing is in the way. */
export function barOf(subscription: Subscription, isMore: boolean): Advice | undefined {
  const { state, source } = subscription
  if (source === 'granted') return { key: 'quantity.granted' }
  if (state === 'ended' || state === 'ended_unpaid')
    return { key: 'quantity.over', place: { to: '/purchase', name: 'nav.purchase' } }
  if (!isMore) return undefined
  if (state === 'past_due')
    return {
      key: 'quantity.barred.past_due',
      place: { to: subscriptionPlace(subscription.id, 'invoices'), name: 'quantity.to_invoices' },
    }
  return state === 'payment_pending' || state === 'paused' ? { key: `quantity.barred.${state}` } : undefined
}

/** What is said of a change of which nobody knows whether it was done. */
export const unclear: Advice = { key: 'refused.unclear' }

/** What a refusal means here; undefined where its usual words say all. */
export function adviceOn({ code, details }: Problem, subscription: Subscription): Advice | undefined {
  const { id, source } = subscription
  switch (code) {
    case 'below_assigned':
      return withdrawFirst(subscription, Number(details.mustWithdraw ?? 1))
    case 'payment_failed':
      return {
        key: 'refused.payment_failed',
        place: { to: subscriptionPlace(id, 'invoices'), name: 'quantity.to_invoices' },
      }
    case 'not_purchased':
      return { key: source === 'granted' ? 'quantity.granted' : 'refused.not_purchased' }
    case 'not_licensing':
      return barOf(subscription, true)
    case 'changed_meanwhile':
      return { key: 'refused.changed_meanwhile' }
    default:
      return undefined
  }
}
