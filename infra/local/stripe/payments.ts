import type { Events } from './events.ts'
import type { Store, Thing } from './store.ts'

/** Payment intents, their charges, and how they belong to invoices. Times are seconds. */
export class Payments {
  readonly #store: Store
  readonly #events: Events

  constructor(store: Store, events: Events) {
    this.#store = store
    this.#events = events
  }

  /** The intent of an invoice; it is made when somebody first tries to pay. */
  intentOf(invoice: Thing, at: number): Thing {
    const known = this.#store.hiddenOf(invoice.id).intent as string | undefined
    if (known) return this.#store.must(known)
    const { customer, currency, amount_remaining: amount } = invoice
    const intent = this.intent({ customer, currency, amount }, at)
    const payment = this.#store.put({
      id: this.#store.newId('inpay'),
      object: 'invoice_payment',
      livemode: false,
      invoice: invoice.id,
      status: 'open',
      is_default: true,
      created: at,
      amount_requested: amount,
      amount_paid: null,
      currency,
      payment: { type: 'payment_intent', payment_intent: intent.id },
      status_transitions: { paid_at: null, canceled_at: null },
    })
    this.#store.note(invoice.id, { intent: intent.id, payment: payment.id })
    this.#store.note(intent.id, { payment: payment.id })
    return intent
  }

  /** An intent of its own, for nothing yet. */
  intent(fields: { customer: string | null; currency: string; amount: number }, at: number): Thing {
    return this.#store.put({
      id: this.#store.newId('pi'),
      object: 'payment_intent',
      livemode: false,
      ...fields,
      status: 'requires_payment_method',
      created: at,
      latest_charge: null,
      metadata: {},
    })
  }

  /** The money is there. */
  succeed(invoice: Thing, at: number): void {
    const intent = this.intentOf(invoice, at)
    intent.status = 'succeeded'
    this.#events.make('charge.succeeded', this.#charge(intent, 'succeeded', at), at)
    this.#events.make('payment_intent.succeeded', intent, at)
    const payment = this.#paymentOf(invoice)
    Object.assign(payment, { status: 'paid', amount_paid: intent.amount })
    payment.status_transitions.paid_at = at
    this.#events.make('invoice_payment.paid', payment, at)
  }

  /** The money does not come; without a card nobody was asked for it. */
  fail(intent: Thing, at: number, hasCard = true): void {
    intent.status = 'requires_payment_method'
    if (hasCard) this.#events.make('charge.failed', this.#charge(intent, 'failed', at), at)
    this.#events.make('payment_intent.payment_failed', intent, at)
  }

  /** The bank has been asked and takes its time. */
  process(invoice: Thing, at: number): void {
    const intent = this.intentOf(invoice, at)
    intent.status = 'processing'
    this.#events.make('payment_intent.processing', intent, at)
  }

  /** Nobody can pay any more. */
  cancel(invoice: Thing, at: number): void {
    if (this.#store.hiddenOf(invoice.id).intent === undefined) return
    const [intent, payment] = [this.intentOf(invoice, at), this.#paymentOf(invoice)]
    payment.status = intent.status = 'canceled'
    payment.status_transitions.canceled_at = at
    this.#store.touched(payment)
    this.#events.make('payment_intent.canceled', intent, at)
  }

  #paymentOf = ({ id }: Thing): Thing => this.#store.must(String(this.#store.hiddenOf(id).payment))

  #charge(intent: Thing, status: 'succeeded' | 'failed', at: number): Thing {
    const charge = this.#store.put({
      id: this.#store.newId('ch'),
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
}
