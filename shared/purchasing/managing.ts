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
 * Another quantity. Until the seller has answered it may become this at any moment, also when it says more meanwhile: so
 * fewer and more are a ceiling at once, and nobody assigns what is about to be given back (A10, F40). One at a time: of
 * two under way nobody knows which comes last.
 * @throws Refusal `not_purchased`, `changed_meanwhile`, `not_licensing`, `payment_failed`, `below_assigned`
 */
export const askQuantity =
  (to: number): Decide<QuantityAsking> =>
  ({ subscription }, { id: changeId, at: now }) => {
    const { subscription: sellersId } = boughtAt(subscription)
    const item = seatLine(subscription)
    refuseQuantity(subscription, to, now)
    const { quantity: from, ceiling } = subscription
    const at = now.toISOString()
    const asked = { changeId, to, at, isOver: to === from }
    // One that was given up may still be on its way: the lower of the two may be what comes of it.
    const limit = asked.isOver ? {} : { ceiling: Math.min(to, ceiling ?? to), ceilingAt: at }
    return {
      answer: { at, sellersId, item, from, to },
      did: 'quantity_asked',
      subscription: { ...subscription, asked, ...limit },
    }
  }

/**
 * What is in the way of a new wish for another quantity.
 * @throws Refusal `changed_meanwhile` while an earlier one is under way, `not_licensing` when there is nothing left to
 * change or nothing to add to, `payment_failed` when more are wanted than were paid, `below_assigned`
 */
export function refuseQuantity(subscription: Subscription, quantity: number, now: Date): void {
  refuseOver(subscription)
  refuseWhileUnclear(subscription, now)
  if (quantity > subscription.quantity) refuseMore(subscription)
  const missing = mustWithdraw(subscription, quantity)
  if (missing === 0) return
  const { assigned } = subscription
  throw new Refusal('below_assigned', `Licences assigned: ${assigned}. Withdraw ${missing} first.`, {
    assigned,
    mustWithdraw: missing,
  })
}

/** How long nothing else is asked while nobody knows what came of a wish. */
const UNCLEAR_MS = 5 * 60_000
/** It mostly is clear in seconds. */
const LOOK_AGAIN_SECONDS = 15

function refuseWhileUnclear({ asked }: Subscription, now: Date): void {
  if (!asked || asked.isOver || now.getTime() - Date.parse(asked.at) >= UNCLEAR_MS) return
  const words = 'Another change of the quantity is under way. Try again in a moment.'
  throw new Refusal('changed_meanwhile', words, { retryAfterSeconds: LOOK_AGAIN_SECONDS })
}

function refuseMore({ state }: Subscription): void {
  // A few more, paid at once, would look like money for all of them.
  if (state === 'past_due')
    throw new Refusal('payment_failed', 'An invoice of this subscription is not paid. Pay it, then add licences.')
  if (state === 'payment_pending')
    throw new Refusal('not_licensing', 'The first payment is not there yet. Add licences when it is.')
  if (state === 'paused')
    throw new Refusal('not_licensing', 'This subscription is paused. Add licences when it goes on.')
}

function refuseOver({ state }: Subscription): void {
  if (state === 'ended' || state === 'ended_unpaid')
    throw new Refusal('not_licensing', 'This subscription is over. Buy a new one.')
}

/** Long before the next wish may come, and well within the life of a ceiling. */
const REPEATABLE_MS = 3 * 60_000

/**
 * Whether a wish for another quantity, the first time or repeated, is to be told to the seller now.
 * @returns false when the seller has answered it already
 * @throws Refusal `changed_meanwhile` when another one has come since, or nobody will know any more what came of it
 */
export function isToBeTold({ asked }: Subscription, { at }: Asking, changeId: string, now: Date): boolean {
  if (asked?.changeId !== changeId)
    throw new Refusal('changed_meanwhile', 'Another quantity was asked for since. Look what there is now.')
  if (asked.isOver) return false
  if (now.getTime() - Date.parse(at) < REPEATABLE_MS) return true
  const words = 'It is not known what came of this. Look what there is now, and ask anew under another key.'
  throw new Refusal('changed_meanwhile', words)
}

/** Ending with the period that is paid for, or taking that back. @throws Refusal `not_purchased`, `not_licensing` */
export const askEnd =
  (did: 'cancel_asked' | 'undo_asked'): Decide<Asking> =>
  ({ subscription }, { id: endAskedBy, at }) => {
    const { subscription: sellersId } = boughtAt(subscription)
    refuseOver(subscription)
    return { answer: { at: at.toISOString(), sellersId }, did, subscription: { ...subscription, endAskedBy } }
  }

/** Under the same key the seller does nothing twice for a day; an hour is left for clocks and lost time. */
const KEY_KEPT_MS = 23 * 3_600_000

/** Whether a wish for the end is to be told to the seller: not one that is too old, nor one that another followed. */
export const isEndToBeTold = ({ endAskedBy }: Subscription, { at }: Asking, changeId: string, now: Date): boolean =>
  endAskedBy === changeId && now.getTime() - Date.parse(at) < KEY_KEPT_MS

/** An operator's goodwill. */
export const extend =
  (until: string): Decide<{ subscriptionId: string; extendedUntil: string }> =>
  ({ subscription }) => ({
    answer: { subscriptionId: subscription.subscriptionId, extendedUntil: until },
    did: 'extended',
    subscription: { ...subscription, extendedUntil: until },
  })
