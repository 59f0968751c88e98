import { Bank } from './bank.ts'
import type { Delivery } from './events.ts'
import type { Thing } from './store.ts'
import { missing } from './stripe-error.ts'
import type { Card } from './till.ts'

/** What people and banks do at the seller, for tests and the pages of this machine. */
export class Acts extends Bank {
  /** Where events go. */
  listenAt(url: string): void {
    this.events.url = url
  }

  deliver(how: Partial<Delivery>): void {
    Object.assign(this.events.delivery, how)
  }

  /** The buyer finishes a checkout page. Answers the subscription. */
  pay(
    session: string,
    {
      card = 'good',
      quantity,
      email = 'buyer@contoso.example',
    }: { card?: Card; quantity?: number; email?: string } = {},
  ): Thing {
    const page = this.store.get(session) ?? missing('checkout.session', session)
    if (page.status !== 'open') throw new Error(`the page is ${page.status}`)
    const order = this.store.hiddenOf(session) as {
      items: { price: string; quantity: number }[]
      metadata: Record<string, string>
      trialDays?: number
    }
    const items = order.items.map((item, at) => (at === 0 && quantity ? { ...item, quantity } : item))
    const customer = this.#customer(email, card)
    const at = this.at
    const subscription = this.subscriptions.begin(
      { customer: customer.id, items, metadata: order.metadata, trialDays: order.trialDays },
      at,
    )
    if (subscription.status === 'incomplete') {
      // A refused card leaves the page open; nothing was bought.
      this.subscriptions.end(subscription, 'payment_failed', at)
      return subscription
    }
    const paid = card === 'good'
    Object.assign(page, {
      status: 'complete',
      payment_status: paid ? 'paid' : 'unpaid',
      subscription: subscription.id,
      customer: customer.id,
      url: null,
    })
    page.customer_details = { email }
    this.store.touched()
    this.events.make('checkout.session.completed', page, at)
    if (!paid) this.store.hiddenOf(subscription.latest_invoice).session = session
    return subscription
  }

  /** A purchase that no page of ours led to: a payment link, or somebody at the seller's dashboard. */
  buy(
    some: {
      quantity?: number | undefined
      price?: string
      metadata?: Record<string, string>
      card?: Card
      trialDays?: number
      daysUntilDue?: number
      email?: string
    } = {},
  ): Thing {
    const {
      price = this.priceOf('seat_monthly'),
      metadata = {},
      card = 'good',
      trialDays,
      daysUntilDue,
      email = 'buyer@contoso.example',
    } = some
    const quantity = 'quantity' in some ? some.quantity : 5
    const customer = this.#customer(email, card)
    return this.subscriptions.begin(
      { customer: customer.id, items: [{ price, quantity }], metadata, trialDays, daysUntilDue },
      this.at,
    )
  }

  priceOf(lookupKey: string): string {
    return this.store.all('price').find((one) => one.lookup_key === lookupKey)?.id ?? missing('price', lookupKey)
  }

  setCard(customer: string, card: Card): void {
    this.store.hiddenOf(customer).card = card
    this.events.make('customer.updated', this.store.must(customer), this.at)
  }

  setQuantity(subscription: string, quantity: number | undefined): void {
    const thing = this.store.must(subscription)
    thing.items.data[0].quantity = quantity
    this.subscriptions.change(thing, {}, this.at)
  }

  addItem(subscription: string, price: string, quantity: number | undefined): void {
    this.subscriptions.addItem(this.store.must(subscription), price, quantity, this.at)
  }

  change(subscription: string, fields: Record<string, unknown>): void {
    this.subscriptions.change(this.store.must(subscription), fields, this.at)
  }

  cancelNow(subscription: string): void {
    this.subscriptions.end(this.store.must(subscription), 'cancellation_requested', this.at)
  }

  pause(subscription: string): void {
    const status_details = { paused: { subscription: { type: 'pause_requested' } } }
    this.subscriptions.change(
      this.store.must(subscription),
      { status: 'paused', status_details },
      this.at,
      'customer.subscription.paused',
    )
  }

  resume(subscription: string): void {
    this.subscriptions.change(
      this.store.must(subscription),
      { status: 'active', status_details: null },
      this.at,
      'customer.subscription.resumed',
    )
  }

  /** The seller deletes a customer; its subscriptions end. */
  deleteCustomer(customer: string): void {
    const thing = this.store.must(customer)
    for (const one of this.store.all('subscription'))
      if (one.customer === customer) this.subscriptions.end(one, 'cancellation_requested', this.at)
    this.store.hiddenOf(customer).deleted = true
    this.events.make('customer.deleted', thing, this.at)
  }

  resend(event: string): void {
    this.events.send(this.store.must(event))
  }

  /** Sends an event that a test made up, truly signed. */
  emit(event: Partial<Thing> & { type: string; data: { object: object } }): Thing {
    const made = { ...this.events.build(event.type, event.data.object, this.at), ...event }
    this.events.send(made)
    return made
  }

  #customer(email: string, card: Card): Thing {
    const customer = this.store.put({
      id: this.store.newId('cus'),
      object: 'customer',
      livemode: false,
      email,
      name: null,
      created: this.at,
      metadata: {},
      currency: 'eur',
    })
    this.store.hiddenOf(customer.id).card = card
    this.events.make('customer.created', customer, this.at)
    return customer
  }
}
