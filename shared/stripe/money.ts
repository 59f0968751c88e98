import type { SubscriptionState } from '../licensing/subscription.ts'
import type { Invoice, Subscription } from './shapes.ts'

/** What a subscription's status and its latest invoice mean, in our words. */
export interface Money {
  state: SubscriptionState | 'unknown'
  why: string
  /** When the debt began that makes it `past_due`. */
  pastDueSince: number | null
}

/** One row of the table: the first that fits decides. docs/purchases.md shows the same rows; a test compares them. */
export interface MoneyRow {
  status: string
  /** Of the latest invoice; a first one that is owed counts before it. */
  invoice: string
  state: SubscriptionState
  why: string
  fits: (facts: Facts) => boolean
}

interface Facts {
  debt: 'none' | 'first' | 'agreed' | 'later'
  unpaid: boolean
}

const any = () => true
const row = (status: string, invoice: string, state: SubscriptionState, why: string, fits: MoneyRow['fits'] = any) => ({
  status,
  invoice,
  state,
  why,
  fits,
})

/** Status at the seller and debt of the latest invoice → our state (design.md, Rules about money; F38, W-5). */
export const moneyTable: MoneyRow[] = [
  row('trialing', 'any', 'trialing', 'trial'),
  row('active', 'nothing owed', 'active', 'paid', ({ debt }) => debt === 'none'),
  row('active', 'open, due later by agreement', 'active', 'invoice within its terms', ({ debt }) => debt === 'agreed'),
  row('active', 'first one, owed', 'payment_pending', 'first payment not there yet', ({ debt }) => debt === 'first'),
  row('active', 'later one, owed', 'past_due', 'renewal not paid yet'),
  row('past_due', 'first one, owed', 'payment_pending', 'first payment failed', ({ debt }) => debt === 'first'),
  row('past_due', 'any other', 'past_due', 'payment failed'),
  row('incomplete', 'any', 'payment_pending', 'first payment not there yet'),
  row('incomplete_expired', 'any', 'ended_unpaid', 'first payment never came'),
  row('unpaid', 'any', 'ended_unpaid', 'payment given up'),
  row('canceled', 'given up for want of payment', 'ended_unpaid', 'payment given up', ({ unpaid }) => unpaid),
  row('canceled', 'any other', 'ended', 'cancelled'),
  row('paused', 'any', 'paused', 'paused'),
]

/**
 * Entitlement is decided elsewhere, by this and `now`; here is only what the seller says.
 * @param period the invoice of the running period, where it is another than the latest
 */
export function moneyOf(subscription: Subscription, period: Invoice | null, now: Date): Money {
  const { status, latest_invoice: invoice, cancellation_details } = subscription
  // One more seat, paid by card, pays for no seat whose debit is still on its way (F38).
  const debt = debtOf(period, now) === 'first' ? 'first' : debtOf(invoice, now)
  const facts: Facts = { debt, unpaid: cancellation_details?.reason === 'payment_failed' }
  const found = moneyTable.find((one) => one.status === status && one.fits(facts))
  if (!found) return { state: 'unknown', why: 'the seller says something new', pastDueSince: null }
  const { state, why } = found
  return { state, why, pastDueSince: state === 'past_due' ? owedSince(subscription) : null }
}

function debtOf(invoice: Invoice | null, now: Date): Facts['debt'] {
  const owed = invoice !== null && (invoice.status === 'open' || invoice.status === 'uncollectible')
  if (!owed || invoice.amount_remaining <= 0) return 'none'
  const agreed = invoice.collection_method === 'send_invoice' && (invoice.due_date ?? 0) * 1000 > now.getTime()
  if (agreed && invoice.status === 'open') return 'agreed'
  return invoice.billing_reason === 'subscription_create' ? 'first' : 'later'
}

function owedSince({ latest_invoice: invoice, created }: Subscription): number {
  return invoice ? dueSince(invoice) : created
}

/** When an invoice became due, in seconds. */
export const dueSince = ({ due_date, status_transitions, created }: Invoice): number =>
  due_date ?? status_transitions?.finalized_at ?? created
