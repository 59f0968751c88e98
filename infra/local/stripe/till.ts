import type { Events } from './events.ts'
import { newInvoice } from './new-invoice.ts'
import type { Store, Thing } from './store.ts'

/** How a customer's payment method behaves. */
export type Card = 'good' | 'declines' | 'sepa' | 'sepa_fails'

/** When a payment that was refused is tried again, in days after the first try. */
const RETRY_DAYS = [3, 8, 15]
const day = 86_400
const SEPA_DAYS = 5
const FIRST_PAYMENT_SECONDS = 23 * 3600

/** Invoices and what is paid for them. Times are seconds. */
export class Till {
  readonly store: Store
  readonly events: Events
  /** What a subscription becomes when the last try has failed. */
  afterLastTry: 'canceled' | 'unpaid' | 'past_due' = 'canceled'

  constructor(store: Store, events: Events) {
    this.store = store
    this.events = events
  }

  cardOf = (customer: string): Card => (this.store.hiddenOf(customer).card as Card) ?? 'good'

  /** An invoice for the running period of every line, or for the given amount. */
  bill(subscription: Thing, reason: string, at: number, amount?: number): Thing {
    const invoice = newInvoice(this.store, subscription, reason, at, amount)
    subscription.latest_invoice = invoice.id
    this.events.make('invoice.created', invoice, at)
    return invoice
  }

  /** From now on it can be paid; one that owes nothing is. */
  finalise(invoice: Thing, at: number, daysUntilDue: number | null = null): void {
    invoice.status = 'open'
    invoice.status_transitions.finalized_at = at
    if (daysUntilDue !== null) invoice.due_date = at + daysUntilDue * day
    this.events.make('invoice.finalized', invoice, at)
    if (invoice.amount_remaining === 0) this.#paid(invoice, at)
  }

  /** Tries to take the money. True when it is there. */
  charge(invoice: Thing, at: number): boolean {
    if (invoice.status !== 'open') return invoice.status === 'paid'
    const card = this.cardOf(invoice.customer)
    const intent = this.#intentOf(invoice, at)
    invoice.attempt_count += 1
    if (card === 'good') return this.#succeeds(invoice, intent, at)
    if (card === 'declines') return this.#fails(invoice, intent, at)
    intent.status = 'processing'
    this.store.hiddenOf(invoice.id).settles = at + SEPA_DAYS * day
    invoice.next_payment_attempt = null
    this.events.make('payment_intent.processing', intent, at)
    return false
  }

  /** The bank has answered about a delayed payment. */
  settle(invoice: Thing, at: number): boolean {
    const good = this.cardOf(invoice.customer) !== 'sepa_fails'
    delete this.store.hiddenOf(invoice.id).settles
    const intent = this.#intentOf(invoice, at)
    return good ? this.#succeeds(invoice, intent, at) : this.#fails(invoice, intent, at)
  }

  /** Ends an invoice without money. */
  close(invoice: Thing, status: 'void' | 'uncollectible', at: number): void {
    invoice.status = status
    invoice.next_payment_attempt = null
    if (status === 'void') invoice.amount_remaining = 0
    this.events.make(status === 'void' ? 'invoice.voided' : 'invoice.marked_uncollectible', invoice, at)
  }

  /** When somebody has to look at this invoice; undefined when never. */
  dueOf(invoice: Thing): number | undefined {
    const { settles } = this.store.hiddenOf(invoice.id) as { settles?: number }
    if (settles !== undefined) return settles
    if (invoice.status === 'draft') return invoice.created + 3600
    if (invoice.status !== 'open') return undefined
    if (invoice.due_date && !this.store.hiddenOf(invoice.id).overdue) return invoice.due_date
    return invoice.next_payment_attempt ?? undefined
  }

  /** When a first payment is given up. */
  firstPaymentEnds = (subscription: Thing): number => subscription.created + FIRST_PAYMENT_SECONDS

  #intentOf(invoice: Thing, at: number): Thing {
    const known = this.store.hiddenOf(invoice.id).intent as string | undefined
    if (known) return this.store.must(known)
    const intent = this.store.put({
      id: this.store.newId('pi'),
      object: 'payment_intent',
      livemode: false,
      amount: invoice.amount_remaining,
      currency: invoice.currency,
      customer: invoice.customer,
      status: 'requires_payment_method',
      created: at,
      latest_charge: null,
      metadata: {},
    })
    const payment = this.store.put({
      id: this.store.newId('inpay'),
      object: 'invoice_payment',
      livemode: false,
      invoice: invoice.id,
      status: 'open',
      is_default: true,
      created: at,
      amount_requested: invoice.amount_remaining,
      amount_paid: null,
      currency: invoice.currency,
      payment: { type: 'payment_intent', payment_intent: intent.id },
      status_transitions: { paid_at: null, canceled_at: null },
    })
    Object.assign(this.store.hiddenOf(invoice.id), { intent: intent.id, payment: payment.id })
    return intent
  }

  #succeeds(invoice: Thing, intent: Thing, at: number): boolean {
    intent.status = 'succeeded'
    const charge = this.#chargeOf(intent, 'succeeded', at)
    this.events.make('charge.succeeded', charge, at)
    this.events.make('payment_intent.succeeded', intent, at)
    const payment = this.paymentOf(invoice.id)
    Object.assign(payment, { status: 'paid', amount_paid: intent.amount })
    payment.status_transitions.paid_at = at
    this.events.make('invoice_payment.paid', payment, at)
    this.#paid(invoice, at)
    return true
  }

  #fails(invoice: Thing, intent: Thing, at: number): boolean {
    intent.status = 'requires_payment_method'
    this.events.make('charge.failed', this.#chargeOf(intent, 'failed', at), at)
    this.events.make('payment_intent.payment_failed', intent, at)
    const first = invoice.status_transitions.finalized_at
    const retry = RETRY_DAYS[invoice.attempt_count - 1]
    invoice.next_payment_attempt = invoice.billing_reason === 'subscription_cycle' && retry ? first + retry * day : null
    this.events.make('invoice.payment_failed', invoice, at)
    return false
  }

  #chargeOf(intent: Thing, status: string, at: number): Thing {
    const charge = this.store.put({
      id: this.store.newId('ch'),
      object: 'charge',
      livemode: false,
      amount: intent.amount,
      amount_refunded: 0,
      refunded: false,
      disputed: false,
      paid: status === 'succeeded',
      status,
      captured: true,
      currency: intent.currency,
      customer: intent.customer,
      payment_intent: intent.id,
      created: at,
    })
    intent.latest_charge = charge.id
    return charge
  }

  #paid(invoice: Thing, at: number): void {
    Object.assign(invoice, {
      status: 'paid',
      amount_paid: invoice.amount_due,
      amount_remaining: 0,
      next_payment_attempt: null,
    })
    invoice.status_transitions.paid_at = at
    this.events.make('invoice.paid', invoice, at)
  }

  /** The payment of an invoice that has been charged. */
  paymentOf = (invoice: string): Thing => this.store.must(String(this.store.hiddenOf(invoice).payment))
}
