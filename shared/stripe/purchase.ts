import { intervalOf, SEAT_PRODUCT } from '../purchasing/prices.ts'
import type { Purchase, Reversal } from '../purchasing/purchase.ts'
import { type Money, moneyOf } from './money.ts'
import type { Invoice, Item, Subscription } from './shapes.ts'

/** A reply of the seller that makes no sense to us: asking again cannot help. The reason is words of ours. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable'
}

/** All that one look at the seller brought. */
export interface Look {
  subscription: Subscription
  /** All its lines, whatever they sell. */
  items: Item[]
  /** Invoices beside the latest, all that are owed among them. */
  invoices: Invoice[]
  /** False when no invoice is found that began the running period: then nothing says that it is paid. */
  isPeriodKnown: boolean
  reversal: Reversal | null
}

/** A look that went no further than the subscription and its latest invoice. */
export const unseen = (seen: Pick<Look, 'subscription' | 'items'>): Look => ({
  ...seen,
  invoices: [],
  isPeriodKnown: true,
  reversal: null,
})

/**
 * One subscription in our words; null when none of its lines is a seat, so that it is not ours.
 * @throws Unreadable when a seat line has no quantity, or nothing says until when it is paid
 */
export function purchaseOf(
  { subscription, items, invoices, isPeriodKnown, reversal }: Look,
  now: Date,
): Purchase | null {
  const seats = items.filter(({ price }) => price.product === SEAT_PRODUCT)
  const [first] = seats
  if (!first) return null
  const { id, livemode, customer, metadata } = subscription
  const told = moneyOf(subscription, invoices, now)
  const money = isPeriodKnown || !mayLicense.has(told.state) ? told : unknownPeriod
  const since = money.pastDueSince
  return {
    seller: {
      mode: livemode ? 'live' : 'test',
      subscription: id,
      customer,
      item: seats.length === 1 ? first.id : null,
      interval: intervalOf(first.price.recurring?.interval ?? null),
    },
    state: reversal ? 'ended' : money.state,
    why: reversal ? reversalWords[reversal.kind] : money.why,
    quantity: seats.map(quantityOf).reduce((sum, quantity) => sum + quantity, 0),
    term: endOf(subscription) === null ? 'renewing' : 'cancelled',
    paidUntil: iso(paidUntilOf(subscription, seats)),
    pastDueSince: since === null || reversal ? null : iso(since),
    intent: metadata?.intent ?? null,
    // What is cancelled there already need not be cancelled again.
    reversal: subscription.status === 'canceled' ? null : reversal,
  }
}

const mayLicense = new Set<Money['state']>(['active', 'trialing', 'past_due'])
const unknownPeriod: Money = { state: 'unknown', why: 'no invoice of the running period', pastDueSince: null }
const reversalWords = { refund: 'refunded in full', dispute: 'lost dispute' }

function quantityOf({ quantity }: Item): number {
  // No built-in default: a seat price without a quantity is a mistake at the seller (C08).
  if (quantity === undefined || quantity === null) throw new Unreadable('a seat line has no quantity')
  return quantity
}

/** The instant at which a cancelled subscription ends or has ended, or its period or trial; null when it renews. */
function endOf({ ended_at, cancel_at, cancel_at_period_end }: Subscription): number | 'period' | null {
  return ended_at || cancel_at || (cancel_at_period_end ? 'period' : null)
}

function paidUntilOf(subscription: Subscription, seats: Item[]): number {
  const end = endOf(subscription)
  if (typeof end === 'number') return end
  if (subscription.status === 'trialing' && subscription.trial_end) return subscription.trial_end
  // Of several lines the shortest: nobody is told of time that is not paid.
  const ends = seats.map((item) => item.current_period_end ?? subscription.current_period_end)
  const known = ends.filter((one) => one !== null && one !== undefined)
  if (known.length === 0) throw new Unreadable('nothing says until when it is paid')
  return Math.min(...known)
}

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString()
