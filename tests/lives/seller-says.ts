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
export function sellerSays(store: Store, subscription: Thing, now: Date): Expected | undefined {
  const seats: Thing[] = subscription.items.data.filter((item: Thing) => item.price.product === prices.product)
  if (seats.length === 0) return undefined
  return {
    quantity: seats.reduce((sum, item) => sum + item.quantity, 0),
    state: wasReversed(store, subscription) ? 'ended' : stateOf(store, subscription, now),
    term:
      subscription.ended_at || subscription.cancel_at || subscription.cancel_at_period_end ? 'cancelled' : 'renewing',
    paidUntil: iso(endOf(subscription, seats)),
  }
}

/** Whichever of its invoices is not paid counts, the first of all before any other, but for one within agreed terms. */
function stateOf(store: Store, { id, status, pending_update, latest_invoice, cancellation_details }: Thing, now: Date) {
  if (status === 'incomplete') return 'payment_pending'
  if (status === 'canceled') return cancellation_details.reason === 'payment_failed' ? 'ended_unpaid' : 'ended'
  if (status === 'unpaid' || status === 'incomplete_expired') return 'ended_unpaid'
  if (status !== 'active' && status !== 'past_due') return status
  let state = status
  for (const invoice of store.invoicesOf(id)) {
    if (!['open', 'uncollectible'].includes(invoice.status) || invoice.amount_remaining <= 0) continue
    if (pending_update && invoice.id === latest_invoice && invoice.billing_reason === 'subscription_update') continue
    const mayWait = invoice.status === 'open' && invoice.collection_method === 'send_invoice'
    if (mayWait && invoice.due_date * 1000 > now.getTime()) continue
    if (invoice.billing_reason === 'subscription_create') return 'payment_pending'
    state = 'past_due'
  }
  return state
}

function endOf({ ended_at, cancel_at, status, trial_end }: Thing, seats: Thing[]): number {
  if (ended_at) return ended_at
  if (cancel_at) return cancel_at
  if (status === 'trialing') return trial_end
  return Math.min(...seats.map((item) => item.current_period_end))
}

/**
 * From the latest invoice back to the one that began the running period, or, where a credit paid some of it, to the last
 * one that began a period and was paid without: any one of them whose money is all gone.
 */
function wasReversed(store: Store, subscription: Thing): boolean {
  if (subscription.status === 'incomplete_expired') return false
  for (const invoice of store.invoicesOf(subscription.id).reverse()) {
    if (invoice.status === 'paid' && invoice.amount_paid > 0 && isAllGone(store, invoice)) return true
    const began = ['subscription_create', 'subscription_cycle'].includes(invoice.billing_reason)
    const credit = invoice.starting_balance < 0 || invoice.lines.data.some(({ amount }: Thing) => amount < 0)
    if (began && !credit) return false
  }
  return false
}

function isAllGone(store: Store, invoice: Thing): boolean {
  const intent = store.must(String(store.hiddenOf(invoice.id).intent))
  const charge = store.must(intent.latest_charge)
  const back = store.all('refund').filter((one) => one.charge === charge.id && one.status === 'succeeded')
  const lost = store.all('dispute').some((one) => one.charge === charge.id && one.status === 'lost')
  return lost || back.reduce((sum, { amount }) => sum + amount, 0) >= charge.amount
}
