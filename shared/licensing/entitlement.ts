import { Refusal } from '../refusal.ts'
import type { Subscription } from './subscription.ts'

const hour = 3_600_000
/** How long a renewal may be late before we believe it did not come: the seller's delivery horizon (B3). */
export const RENEWAL_GRACE_MS = 72 * hour
/** How long an unpaid renewal still licenses. */
export const PAST_DUE_MS = 14 * 24 * hour

/** Codes that describe a subscription alone, a counted and bought seat assumed. */
export type SubscriptionCode = 'licensed' | 'licensed_ending' | 'payment_pending' | 'ended' | 'ended_unpaid' | 'paused'

/** Whether a subscription licenses at `now`, and if not, why. `until` is the exclusive instant that it is known to end. */
export interface Entitlement {
  licenses: boolean
  code: SubscriptionCode
  /** Set when the end is certain: nothing that we say may outlive it. */
  until: Date | null
}

const no = (code: Exclude<SubscriptionCode, 'licensed' | 'licensed_ending'>): Entitlement => ({
  licenses: false,
  code,
  until: null,
})

/** The one rule about money at look-up: a pure function of what is stored and of `now`. */
export function entitlement(subscription: Subscription, now: Date): Entitlement {
  const bought = asBought(subscription, now)
  const extended = subscription.extendedUntil === null ? null : new Date(subscription.extendedUntil)
  if (extended === null || now >= extended) return bought
  if (bought.licenses && (bought.until === null || bought.until >= extended)) return bought
  return { licenses: true, code: 'licensed', until: extended }
}

function asBought(subscription: Subscription, now: Date): Entitlement {
  const { state, term } = subscription
  const paidUntil = new Date(subscription.paidUntil)
  if (state === 'payment_pending' || state === 'paused' || state === 'ended' || state === 'ended_unpaid')
    return no(state)
  const code = term === 'cancelled' ? 'licensed_ending' : 'licensed'
  if (state === 'trialing') return now < paidUntil ? { licenses: true, code, until: paidUntil } : no('ended')
  if (state === 'past_due') return pastDue(subscription, now)
  if (term !== 'renewing') return now < paidUntil ? { licenses: true, code, until: paidUntil } : no('ended')
  return now.getTime() < paidUntil.getTime() + RENEWAL_GRACE_MS ? { licenses: true, code, until: null } : no('ended')
}

function pastDue({ pastDueSince, paidUntil, term }: Subscription, now: Date): Entitlement {
  const patience = new Date(pastDueSince ?? paidUntil).getTime() + PAST_DUE_MS
  if (now.getTime() >= patience) return no('ended_unpaid')
  // One that is ending ends at its instant, whatever is still owed.
  const until = new Date(term === 'renewing' ? patience : Math.min(patience, new Date(paidUntil).getTime()))
  if (now >= until) return no('ended')
  return {
    licenses: true,
    code: term === 'cancelled' ? 'licensed_ending' : 'licensed',
    until,
  }
}

/** True when seats of this subscription license at `now`. */
export const licenses = (subscription: Subscription, now: Date): boolean => entitlement(subscription, now).licenses

const reasons: Record<Exclude<SubscriptionCode, 'licensed' | 'licensed_ending'>, string> = {
  payment_pending: 'The first payment has not arrived; a debit takes days. Licences can be assigned when it is there.',
  paused: 'This subscription is paused. Licences can be assigned when it goes on.',
  ended: 'This subscription has ended.',
  ended_unpaid: 'This subscription has ended because a payment is missing.',
}

/** @throws Refusal `not_licensing` with the reason: the code that its holders are told */
export function refuseUnlessLicensing(subscription: Subscription, now: Date): void {
  const { code } = entitlement(subscription, now)
  if (code === 'licensed' || code === 'licensed_ending') return
  throw new Refusal('not_licensing', reasons[code], { reason: code })
}
