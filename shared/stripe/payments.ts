import type Stripe from 'stripe'
import type { Reversal } from '../purchasing/purchase.ts'
import { allOf, listed } from './read.ts'
import { Charge, Dispute, type Invoice, InvoicePayment, Refund } from './shapes.ts'

/**
 * Whether the payment of one of these invoices, which pay for the running period, was taken back in full: by refunds
 * that succeeded, or by a lost dispute. Partial refunds and open disputes change nothing (B2, F37).
 */
export async function reversalOf(stripe: Stripe, customer: string, invoices: Invoice[]): Promise<Reversal | null> {
  const paid = invoices.filter(({ status, amount_paid }) => status === 'paid' && amount_paid > 0)
  if (paid.length === 0) return null
  // One list of all that the customer has paid since, however many invoices that is; mostly nothing of it went back.
  const created = { gte: Math.min(...paid.map((invoice) => invoice.created)) }
  const charges = await allOf(Charge, (page) => stripe.charges.list({ customer, created, ...page }))
  for (const charge of charges.filter(mayBeBack)) {
    const reversal = await reversalOfCharge(stripe, charge)
    if (reversal && (await tookAll(stripe, charge, paid))) return reversal
  }
  return null
}

const mayBeBack = ({ amount, amount_refunded, disputed }: Charge): boolean =>
  (amount > 0 && amount_refunded >= amount) || disputed === true

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

/** Whether one of the invoices has lost all its money with this charge. Money of any one payment that stays keeps it. */
async function tookAll(stripe: Stripe, charge: Charge, paid: Invoice[]): Promise<boolean> {
  // A charge without an intent was no payment of an invoice that a subscription made.
  if (!charge.payment_intent) return false
  const payments = await paymentsOf(stripe, { paymentIntent: charge.payment_intent })
  const about = payments.map(({ invoice }) => invoice).filter((id) => paid.some((one) => one.id === id))
  const lost = await Promise.all(about.map((id) => (id ? hasLostAll(stripe, id) : false)))
  return lost.includes(true)
}

async function hasLostAll(stripe: Stripe, invoice: string): Promise<boolean> {
  const charges = (await paymentsOf(stripe, { invoice })).flatMap(({ status, payment }) => {
    const charge = payment.payment_intent?.latest_charge ?? payment.charge
    return status === 'paid' && charge ? [charge] : []
  })
  const reversals = await Promise.all(charges.map((charge) => reversalOfCharge(stripe, charge)))
  return reversals.every((one) => one !== null)
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
