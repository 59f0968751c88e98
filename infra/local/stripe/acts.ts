import type { Calendar } from './calendar.ts'
import { updateSubscription } from './changes.ts'
import { type Paying, pay } from './checkout.ts'
import type { Delivery, Events } from './events.ts'
import { MoneyBack } from './money-back.ts'
import type { Store, Thing } from './store.ts'
import { missing } from './stripe-error.ts'
import type { Subscriptions } from './subscriptions.ts'
import type { Card } from './till.ts'
import type { Time } from './time.ts'

/** A purchase that no page of ours led to. */
export interface Purchase {
  /** 5 when it is left out; undefined: the line has none. */
  quantity?: number | undefined
  price?: string
  metadata?: Record<string, string>
  card?: Card | 'none'
  trialDays?: number
  daysUntilDue?: number
  email?: string
}

/** What acts work on. */
export interface ActParts {
  store: Store
  events: Events
  subscriptions: Subscriptions
  calendar: Calendar
  time: Time
}

/** What people and banks do at the seller, for tests and the pages of this machine. What is due by now happens before. */
export class Acts {
  readonly #parts: ActParts
  readonly #store: Store
  readonly #subscriptions: Subscriptions
  readonly #moneyBack: MoneyBack

  constructor(parts: ActParts) {
    this.#parts = parts
    this.#store = parts.store
    this.#subscriptions = parts.subscriptions
    this.#moneyBack = new MoneyBack(parts.store, parts.events)
  }

  /** Where events go. */
  listenAt(url: string): void {
    this.#parts.events.url = url
  }

  /** How events go from now on. */
  deliver(how: Partial<Delivery>): void {
    Object.assign(this.#parts.events.delivery, how)
  }

  /**
   * The buyer finishes a checkout page. Answers the subscription; when the card is refused, the payment intent, and the
   * page stays open. @throws Error when the page is over
   */
  pay(session: string, paying: Paying = {}): Thing {
    const at = this.#now()
    return pay(this.#parts, this.#store.get(session) ?? missing('checkout.session', session), paying, at)
  }

  /** A purchase by a payment link, or by somebody at the seller's dashboard. Answers the subscription. */
  buy(some: Purchase = {}): Thing {
    const at = this.#now()
    const { price = this.priceOf('seat_monthly'), metadata = {}, card = 'good', trialDays, daysUntilDue, email } = some
    const quantity = 'quantity' in some ? some.quantity : 5
    const customer = this.#subscriptions.customer({ email, card }, at).id
    return this.#parts.calendar.begin({ customer, items: [{ price, quantity }], metadata, trialDays, daysUntilDue }, at)
  }

  priceOf(lookupKey: string): string {
    return this.#store.all('price').find((one) => one.lookup_key === lookupKey)?.id ?? missing('price', lookupKey)
  }

  setCard(customer: string, card: Card | 'none'): void {
    const at = this.#now()
    this.#store.note(customer, { card })
    this.#parts.events.make('customer.updated', this.#store.must(customer), at)
  }

  /** The customer pays what is open, as on the invoice's page. */
  payOpen(subscription: string): void {
    const at = this.#now()
    for (const invoice of this.#store.invoicesOf(subscription))
      if (invoice.status === 'open') this.#subscriptions.charge(invoice, at, 'hand')
  }

  /** The bank answers about a delayed payment, before or at its time. */
  settle(invoice: Thing, at: number = this.#now()): void {
    this.#subscriptions.settle(invoice, at)
  }

  /** Gives money back for the payment of an invoice; all of it without an amount. `failed` fails after it was made. */
  refund(invoice: string, { amount, status = 'succeeded' }: { amount?: number; status?: string } = {}): Thing {
    return this.#moneyBack.refund(invoice, this.#now(), amount, status)
  }

  /** Gives back all that was paid for the running period of a subscription. */
  refundPeriod(subscription: string): Thing {
    const ofThePeriod = ['subscription_create', 'subscription_cycle']
    const at = this.#now()
    const invoices = this.#store.invoicesOf(subscription)
    const invoice = invoices.findLast(({ billing_reason }) => ofThePeriod.includes(billing_reason))
    return this.#moneyBack.refund(String(invoice?.id), at, undefined, 'succeeded')
  }

  /** The bank has answered about a refund that was pending. */
  settleRefund(refund: string, status: 'succeeded' | 'failed'): void {
    this.#moneyBack.settleRefund(this.#store.must(refund), this.#now(), status)
  }

  /** The payer's bank asks for the money back. */
  dispute(invoice: string): Thing {
    return this.#moneyBack.dispute(invoice, this.#now())
  }

  decide(dispute: string, status: 'won' | 'lost'): void {
    this.#moneyBack.decide(this.#store.must(dispute), this.#now(), status)
  }

  fraudWarning(invoice: string): void {
    this.#moneyBack.fraudWarning(invoice, this.#now())
  }

  /** Another quantity of the first line, for the price of nothing, as the dashboard can. */
  setQuantity(subscription: string, quantity: number | undefined): void {
    const at = this.#now()
    const thing = this.#store.must(subscription)
    const items = this.#subscriptions.withQuantity(thing, thing.items.data[0].id, quantity)
    this.#subscriptions.change(thing, { items }, at)
  }

  /** The same for its price: more on an invoice of their own, fewer as a credit of the next one. */
  billQuantity(subscription: string, quantity: number, waits: boolean): void {
    const at = this.#now()
    const thing = this.#store.must(subscription)
    const [item] = thing.items.data
    const items = { 0: { id: item.id, quantity: String(quantity) } }
    const proration_behavior = quantity > item.quantity ? 'always_invoice' : 'create_prorations'
    const payment = waits ? { payment_behavior: 'pending_if_incomplete' } : {}
    updateSubscription(this.#parts, thing, { items, proration_behavior, ...payment }, at)
  }

  /** Another line. */
  addItem(subscription: string, price: string, quantity: number | undefined): void {
    this.#parts.calendar.addItem(this.#store.must(subscription), price, quantity, this.#now())
  }

  /** Other values of any fields; an event comes of it in any case. */
  change(subscription: string, fields: Record<string, unknown>): void {
    this.#subscriptions.change(this.#store.must(subscription), fields, this.#now())
  }

  cancelNow(subscription: string): void {
    this.#subscriptions.end(this.#store.must(subscription), 'cancellation_requested', this.#now())
  }

  pause(subscription: string): void {
    this.#subscriptions.pause(this.#store.must(subscription), 'pause_requested', this.#now())
  }

  resume(subscription: string): void {
    this.#parts.calendar.resume(this.#store.must(subscription), this.#now())
  }

  /** The seller deletes a customer; its subscriptions end. */
  deleteCustomer(customer: string): void {
    const at = this.#now()
    const thing = this.#store.must(customer)
    for (const one of this.#store.all('subscription'))
      if (one.customer === customer) this.#subscriptions.end(one, 'cancellation_requested', at)
    this.#parts.events.make('customer.deleted', thing, at)
    this.#store.note(customer, { deleted: true })
  }

  /** Ends an invoice without money. @throws Error when it is too late for that */
  close(invoice: string, status: 'void' | 'uncollectible'): void {
    const at = this.#now()
    this.#subscriptions.close(this.#store.must(invoice), status, at)
  }

  /** Sends an event once more. */
  resend(event: string): void {
    this.#parts.events.send(this.#store.must(event))
  }

  /** Sends an event that a test made up, truly signed. */
  emit(event: Partial<Thing> & { type: string; data: { object: object } }): Thing {
    const made = { ...this.#parts.events.build(event.type, event.data.object, this.#now()), ...event }
    this.#parts.events.send(made)
    return made
  }

  #now = (): number => this.#parts.time.tick()
}
