import type { SubscriptionState } from '../licensing/subscription.ts'
import type { Invoice, Subscription } from './shapes.ts'

/** What a subscription's status and its invoices mean, in our words. */
export interface Money {
  state: SubscriptionState | 'unknown'
  why: string
  /** When the debt began that makes it `past_due`. */
  pastDueSince: number | null
}

/** One row of the table: the first that fits decides. docs/purchases.md shows the same rows; a test compares them. */
export interface MoneyRow {
  status: string
  /** What is owed: of several invoices the worst, in the order first, later, agreed. */
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

/** Status at the seller and what is owed → our state (design.md, Rules about money; F38, W-5). */
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
 * @param invoices of the subscription, all that are owed among them: one that is paid pays for no other
 */
export function moneyOf(subscription: Subscription, invoices: Invoice[], now: Date): Money {
  const { status, latest_invoice: latest, cancellation_details, created } = subscription
  const debts = withLatest(invoices, latest).map((invoice) => ({ invoice, debt: debtOf(subscription, invoice, now) }))
  const debt = worst.find((kind) => debts.some((one) => one.debt === kind)) ?? 'none'
  const facts: Facts = { debt, unpaid: cancellation_details?.reason === 'payment_failed' }
  const found = moneyTable.find((one) => one.status === status && one.fits(facts))
  if (!found) return { state: 'unknown', why: 'the seller says something new', pastDueSince: null }
  const { state, why } = found
  const since = debts.flatMap((one) => (one.debt === 'later' ? [dueSince(one.invoice)] : []))
  const oldest = since.length > 0 ? Math.min(...since) : latest ? dueSince(latest) : created
  return { state, why, pastDueSince: state === 'past_due' ? oldest : null }
}

const worst = ['first', 'later', 'agreed'] as const

const withLatest = (invoices: Invoice[], latest: Invoice | null): Invoice[] =>
  latest ? [latest, ...invoices.filter(({ id }) => id !== latest.id)] : invoices

function debtOf({ latest_invoice, pending_update }: Subscription, invoice: Invoice, now: Date): Facts['debt'] {
  const owed = invoice.status === 'open' || invoice.status === 'uncollectible'
  if (!owed || invoice.amount_remaining <= 0) return 'none'
  const { billing_reason } = invoice
  // Nobody owes what is not delivered: these seats count when they are paid, and are forgotten when they are not.
  if (pending_update && billing_reason === 'subscription_update' && invoice.id === latest_invoice?.id) return 'none'
  const agreed = invoice.collection_method === 'send_invoice' && (invoice.due_date ?? 0) * 1000 > now.getTime()
  if (agreed && invoice.status === 'open') return 'agreed'
  return billing_reason === 'subscription_create' ? 'first' : 'later'
}

/** When an invoice became due, in seconds. */
const dueSince = ({ due_date, status_transitions, created }: Invoice): number =>
  due_date ?? status_transitions?.finalized_at ?? created
