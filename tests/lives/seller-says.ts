import prices from '@securemailmerge/shared/purchasing/prices.json' with { type: 'json' }
import type { Store, Thing } from '../../infra/local/stripe/store.ts'

/** What a subscription of ours should say, by a plain reading of the seller's books that shares no code with ours. */
export interface Expected {
  quantity: number
  state: string
  term: string
  paidUntil: string
}

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString()

/** Undefined when none of its lines is a seat. */
export function sellerSays(store: Store, subscription: Thing): Expected | undefined {
  const seats: Thing[] = subscription.items.data.filter((item: Thing) => item.price.product === prices.product)
  if (seats.length === 0) return undefined
  return {
    quantity: seats.reduce((sum, item) => sum + item.quantity, 0),
    state: wasReversed(store, subscription) ? 'ended' : stateOf(store, subscription),
    term:
      subscription.ended_at || subscription.cancel_at || subscription.cancel_at_period_end ? 'cancelled' : 'renewing',
    paidUntil: iso(endOf(subscription, seats)),
  }
}

function stateOf(store: Store, { status, latest_invoice, cancellation_details }: Thing): string {
  const invoice = store.must(latest_invoice)
  const owes = ['open', 'uncollectible'].includes(invoice.status) && invoice.amount_remaining > 0
  const first = invoice.billing_reason === 'subscription_create'
  if (status === 'active') return !owes ? 'active' : first ? 'payment_pending' : 'past_due'
  if (status === 'past_due') return owes && first ? 'payment_pending' : 'past_due'
  if (status === 'incomplete') return 'payment_pending'
  if (status === 'canceled') return cancellation_details.reason === 'payment_failed' ? 'ended_unpaid' : 'ended'
  if (status === 'unpaid' || status === 'incomplete_expired') return 'ended_unpaid'
  return status
}

function endOf({ ended_at, cancel_at, status, trial_end }: Thing, seats: Thing[]): number {
  if (ended_at) return ended_at
  if (cancel_at) return cancel_at
  if (status === 'trialing') return trial_end
  return Math.min(...seats.map((item) => item.current_period_end))
}

function wasReversed(store: Store, subscription: Thing): boolean {
  const period = store
    .invoicesOf(subscription.id)
    .findLast(
      ({ billing_reason }) => billing_reason === 'subscription_create' || billing_reason === 'subscription_cycle',
    )
  if (subscription.status === 'incomplete_expired' || period?.status !== 'paid' || period.amount_paid === 0)
    return false
  const intent = store.must(String(store.hiddenOf(period.id).intent))
  const charge = store.must(intent.latest_charge)
  const back = store.all('refund').filter((one) => one.charge === charge.id && one.status === 'succeeded')
  const lost = store.all('dispute').some((one) => one.charge === charge.id && one.status === 'lost')
  return lost || back.reduce((sum, { amount }) => sum + amount, 0) >= charge.amount
}
