import type Stripe from 'stripe'
import type { Reversal } from '../purchasing/purchase.ts'
import { dueSince } from './money.ts'
import { listed } from './read.ts'
import { Dispute, type Invoice, InvoicePayment, Invoice as InvoiceShape, Refund, type Subscription } from './shapes.ts'

const ofThePeriod = new Set(['subscription_create', 'subscription_cycle'])

/**
 * Whether the payment of an invoice, that of the running period, was taken back in full: by refunds that succeeded, or
 * by a lost dispute.
 * Partial refunds, open disputes, and payments of anything else change nothing (B2, F37).
 */
export async function reversalOf(stripe: Stripe, invoice: Invoice | null): Promise<Reversal | null> {
  if (invoice?.status !== 'paid' || invoice.amount_paid === 0) return null
  const charges = (await paymentsOf(stripe, { invoice: invoice.id })).flatMap(({ status, payment }) => {
    const charge = payment.payment_intent?.latest_charge ?? payment.charge
    return status === 'paid' && charge ? [charge] : []
  })
  const reversals = await Promise.all(charges.map((charge) => reversalOfCharge(stripe, charge)))
  // Money of any one payment that stays with us keeps the licence.
  return reversals.every((one) => one !== null) ? (reversals[0] ?? null) : null
}

type Charge = { id: string; amount: number; amount_refunded: number; disputed?: boolean | null | undefined }

async function reversalOfCharge(stripe: Stripe, charge: Charge): Promise<Reversal | null> {
  if (charge.amount_refunded >= charge.amount) {
    const refunds = await listed(Refund, () => stripe.refunds.list({ charge: charge.id, limit: 100 }))
    const done = refunds.filter(({ status }) => status === 'succeeded')
    const [last] = done
    if (last && done.reduce((sum, { amount }) => sum + amount, 0) >= charge.amount)
      return { kind: 'refund', id: last.id }
  }
  if (!charge.disputed) return null
  const disputes = await listed(Dispute, () => stripe.disputes.list({ charge: charge.id, limit: 100 }))
  const lost = disputes.find(({ status }) => status === 'lost')
  return lost ? { kind: 'dispute', id: lost.id } : null
}

/** The invoice of the running period: mostly the latest one, but a raised quantity has an invoice of its own. */
export async function periodInvoice(
  stripe: Stripe,
  { id, latest_invoice: latest }: Subscription,
): Promise<Invoice | null> {
  if (!latest || ofThePeriod.has(latest.billing_reason ?? '')) return latest
  const invoices = await listed(InvoiceShape, () => stripe.invoices.list({ subscription: id, limit: 100 }))
  return invoices.find(({ billing_reason }) => ofThePeriod.has(billing_reason ?? '')) ?? null
}

/** Payments of an invoice, or the payments that a payment intent made. */
export async function paymentsOf(
  stripe: Stripe,
  which: { invoice: string } | { paymentIntent: string },
): Promise<InvoicePayment[]> {
  const filter =
    'invoice' in which
      ? { invoice: which.invoice, expand: ['data.payment.payment_intent.latest_charge', 'data.payment.charge'] }
      : { payment: { type: 'payment_intent' as const, payment_intent: which.paymentIntent } }
  return listed(InvoicePayment, () => stripe.invoicePayments.list({ ...filter, limit: 100 }))
}

/** When the oldest of several unpaid invoices became due, in seconds; null when none is open. */
export async function owedSince(stripe: Stripe, subscription: string): Promise<number | null> {
  const open = await listed(InvoiceShape, () => stripe.invoices.list({ subscription, status: 'open', limit: 100 }))
  return open.length === 0 ? null : Math.min(...open.map(dueSince))
}
