import type { Decide } from '../licensing/change.ts'
import type { Subscription } from '../licensing/subscription.ts'
import { Refusal } from '../refusal.ts'
import type { SellerIds } from './purchase.ts'

/** What is asked of the seller after a change of ours; kept in history, so that a repeat asks the same again. */
export interface Asking {
  at: string
  /** The seller's id of the subscription. */
  sellersId: string
}
export interface QuantityAsking extends Asking {
  item: string
  from: number
  to: number
}

/** What a subscription is at the seller. @throws Refusal `not_purchased` */
export function boughtAt({ seller }: Subscription): SellerIds {
  if (seller) return seller
  throw new Refusal('not_purchased', 'This subscription is not paid for here; ask whoever granted it.')
}

/** The seller's line with the seats. @throws Refusal `not_purchased` when there are several, which only we can sort out */
export function seatLine(subscription: Subscription): string {
  const { item } = boughtAt(subscription)
  if (item) return item
  throw new Refusal(
    'not_purchased',
    'The licences of this subscription stand on several lines. Write to us to change them.',
  )
}

/** Seats to withdraw before so few are left. */
export const mustWithdraw = ({ assigned }: Subscription, quantity: number): number => Math.max(0, assigned - quantity)

/**
 * Another quantity. Fewer become a ceiling at once, so that nobody assigns what is about to be given back (A10, F40);
 * more count when the seller says so.
 * @throws Refusal `not_purchased`, `not_licensing`, `below_assigned`
 */
export const askQuantity =
  (to: number): Decide<QuantityAsking> =>
  ({ subscription }, { at }) => {
    const { subscription: sellersId } = boughtAt(subscription)
    const item = seatLine(subscription)
    refuseQuantity(subscription, to)
    const { quantity: from, ceiling } = subscription
    const answer = { at: at.toISOString(), sellersId, item, from, to }
    // An earlier reduction may still be on its way: the lower of the two may be what comes of it.
    const lowered =
      to < from
        ? { subscription: { ...subscription, ceiling: Math.min(to, ceiling ?? to), ceilingAt: at.toISOString() } }
        : {}
    return { answer, did: 'quantity_asked', ...lowered }
  }

/** @throws Refusal `not_licensing` when there is nothing left to change, `below_assigned` */
export function refuseQuantity(subscription: Subscription, quantity: number): void {
  refuseOver(subscription)
  const missing = mustWithdraw(subscription, quantity)
  if (missing === 0) return
  const { assigned } = subscription
  throw new Refusal('below_assigned', `${assigned} licences are assigned. Withdraw ${missing} first.`, {
    assigned,
    mustWithdraw: missing,
  })
}

function refuseOver({ state }: Subscription): void {
  if (state === 'ended' || state === 'ended_unpaid')
    throw new Refusal('not_licensing', 'This subscription is over. Buy a new one.')
}

/** Ending with the period that is paid for, or taking that back. @throws Refusal `not_purchased`, `not_licensing` */
export const askEnd =
  (did: 'cancel_asked' | 'undo_asked'): Decide<Asking> =>
  ({ subscription }, { at }) => {
    const { subscription: sellersId } = boughtAt(subscription)
    refuseOver(subscription)
    return { answer: { at: at.toISOString(), sellersId }, did }
  }

/** Well within the life of a ceiling, and long before the seller forgets the key: later it is a new wish. */
const REPEATABLE_MS = 5 * 60_000

/** Whether a repeated change may still be asked of the seller again. */
export const isFresh = ({ at }: Asking, now: Date): boolean => now.getTime() - Date.parse(at) < REPEATABLE_MS

/** An operator's goodwill. */
export const extend =
  (until: string): Decide<{ subscriptionId: string; extendedUntil: string }> =>
  ({ subscription }) => ({
    answer: { subscriptionId: subscription.subscriptionId, extendedUntil: until },
    did: 'extended',
    subscription: { ...subscription, extendedUntil: until },
  })
