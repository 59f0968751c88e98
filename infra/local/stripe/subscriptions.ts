import type { Events } from './events.ts'
import type { Store, Thing } from './store.ts'
import { type Card, isRetried, type Outcome, type Till } from './till.ts'

/** Whether a subscription is over for good. */
export const isOver = ({ status }: Thing): boolean => status === 'canceled' || status === 'incomplete_expired'

/** Who buys, and how the payment method behaves. */
export interface NewCustomer {
  email?: string | undefined
  card: Card | 'none'
  address?: { country: string }
}

/** What happens to subscriptions, and what follows from their invoices. Times are seconds. */
export class Subscriptions {
  readonly store: Store
  readonly events: Events
  readonly till: Till

  constructor(store: Store, events: Events, till: Till) {
    this.store = store
    this.events = events
    this.till = till
  }

  /** A new customer. */
  customer({ email, card, address }: NewCustomer, at: number): Thing {
    const customer = this.store.put({
      id: this.store.newId('cus'),
      object: 'customer',
      livemode: false,
      email: email ?? 'buyer@contoso.example',
      name: null,
      address: address ?? null,
      created: at,
      metadata: {},
      currency: 'eur',
      balance: 0,
    })
    this.store.note(customer.id, { card })
    this.events.make('customer.created', customer, at)
    return customer
  }

  /** Changes fields and says so, with what they were. */
  change(
    subscription: Thing,
    fields: Record<string, unknown>,
    at: number,
    type = 'customer.subscription.updated',
  ): void {
    const changed = Object.keys(fields).filter((name) => isOther(subscription[name], fields[name]))
    const previous = Object.fromEntries(changed.map((name) => [name, previousOf(name, subscription, fields)]))
    Object.assign(subscription, fields)
    this.events.make(type, subscription, at, previous)
  }

  /** Another number of an item; answers the items of its subscription. */
  withQuantity = ({ items }: Thing, id: string, quantity: number | undefined): object => ({
    ...items,
    data: items.data.map((item: Thing) => (item.id === id ? { ...item, quantity } : item)),
  })

  /** Ends it at once. What is still open is asked for no more. */
  end(subscription: Thing, reason: string, at: number): void {
    if (isOver(subscription)) return
    const { cancel_at_period_end, cancel_at, canceled_at, cancellation_details } = subscription
    Object.assign(subscription, {
      status: 'canceled',
      ended_at: at,
      canceled_at: canceled_at ?? at,
      cancel_at_period_end: cancel_at_period_end && at >= (cancel_at ?? at),
      cancellation_details: { ...cancellation_details, reason },
      pending_update: null,
    })
    for (const invoice of this.store.invoicesOf(subscription.id))
      if (invoice.status === 'draft' || invoice.status === 'open') this.till.rest(invoice)
    this.events.make('customer.subscription.deleted', subscription, at)
  }

  /** Nothing is provided or asked for until it is resumed. */
  pause(subscription: Thing, type: string, at: number): void {
    const status_details = { paused: { subscription: { type } } }
    this.change(subscription, { status: 'paused', status_details }, at, 'customer.subscription.paused')
  }

  /** Takes the money for an invoice, with what follows. */
  charge(invoice: Thing, at: number, by: 'clock' | 'hand'): void {
    this.follow(invoice, this.till.charge(invoice, at, by), at, by)
  }

  /** The bank has answered about a delayed payment. */
  settle(invoice: Thing, at: number): void {
    const outcome = this.till.settle(invoice, at)
    const { session } = this.store.hiddenOf(invoice.id) as { session?: string }
    if (session) {
      const page = this.store.must(session)
      const good = outcome === 'paid'
      if (good) page.payment_status = 'paid'
      this.events.make(`checkout.session.async_payment_${good ? 'succeeded' : 'failed'}`, page, at)
    }
    this.follow(invoice, outcome, at, 'clock')
  }

  /** What follows from asking for money. */
  follow(invoice: Thing, outcome: Outcome, at: number, by: 'clock' | 'hand'): void {
    if (outcome === 'paid') this.#paid(invoice, at)
    else if (outcome === 'refused') this.#owed(invoice, at, by)
  }

  /** The day on which an invoice was to be paid has passed. */
  overdue(invoice: Thing, at: number): void {
    this.store.note(invoice.id, { overdue: true })
    this.events.make('invoice.overdue', invoice, at)
    this.#owed(invoice, at, 'hand')
  }

  /** Ends an invoice without money, with what follows. */
  close(invoice: Thing, status: 'void' | 'uncollectible', at: number): void {
    this.till.close(invoice, status, at)
    const subscription = this.#of(invoice)
    if (this.pendingInvoiceOf(subscription) === invoice)
      this.dropPendingUpdate(subscription, at, 'customer.subscription.pending_update_expired')
    if (subscription.status !== 'incomplete') this.#settled(subscription, at)
    else if (status === 'void') this.change(subscription, { status: 'incomplete_expired', ended_at: at }, at)
  }

  /** A raised quantity was not paid for, and will not be. */
  dropPendingUpdate(subscription: Thing, at: number, type?: string): void {
    const invoice = this.store.must(String(this.store.hiddenOf(subscription.id).pendingInvoice))
    if (invoice.status === 'open') this.till.close(invoice, 'void', at)
    this.change(subscription, { pending_update: null }, at, type)
  }

  /** The invoice whose payment a pending update waits for. */
  pendingInvoiceOf({ id, pending_update }: Thing): Thing | undefined {
    return pending_update ? this.store.must(String(this.store.hiddenOf(id).pendingInvoice)) : undefined
  }

  #of = (invoice: Thing): Thing => this.store.must(invoice.parent.subscription_details.subscription)

  #paid(invoice: Thing, at: number): void {
    const subscription = this.#of(invoice)
    if (this.pendingInvoiceOf(subscription) === invoice) {
      const [{ id, quantity }] = subscription.pending_update.subscription_items
      const items = this.withQuantity(subscription, id, quantity)
      this.change(subscription, { pending_update: null, items }, at, 'customer.subscription.pending_update_applied')
      this.change(subscription, {}, at)
    }
    if (subscription.status === 'incomplete') this.change(subscription, { status: 'active' }, at)
    else this.#settled(subscription, at)
  }

  // As Stripe has it, the latest invoice decides; an older one that is still open does not.
  #settled(subscription: Thing, at: number): void {
    if (subscription.status !== 'past_due' && subscription.status !== 'unpaid') return
    const latest = this.store
      .invoicesOf(subscription.id)
      .findLast((one) => one.status !== 'draft' && (one.status === 'paid' || !this.store.hiddenOf(one.id).isPending))
    if (latest && latest.status !== 'open') this.change(subscription, { status: 'active' }, at)
  }

  #owed(invoice: Thing, at: number, by: 'clock' | 'hand'): void {
    const subscription = this.#of(invoice)
    if (subscription.status === 'active' && !this.store.hiddenOf(invoice.id).isPending)
      this.change(subscription, { status: 'past_due' }, at)
    const wasLast = by === 'clock' && isRetried(invoice) && invoice.next_payment_attempt === null
    if (wasLast && subscription.status === 'past_due') this.#giveUp(subscription, at)
  }

  #giveUp(subscription: Thing, at: number): void {
    const { afterLastTry } = this.till
    if (afterLastTry === 'canceled') this.end(subscription, 'payment_failed', at)
    else if (afterLastTry === 'unpaid') this.change(subscription, { status: 'unpaid' }, at)
  }
}

const isOther = (one: unknown, other: unknown): boolean => JSON.stringify(one) !== JSON.stringify(other)

// Of items all of them as they were, of metadata only what is other.
function previousOf(name: string, subscription: Thing, fields: Record<string, unknown>): unknown {
  const [before, after] = [subscription[name], fields[name]]
  if (name === 'items') return { data: before.data }
  if (name !== 'metadata') return before
  const names = Object.keys({ ...before, ...(after as object) })
  const differing = names.filter((key) => before[key] !== (after as Record<string, string>)[key])
  return Object.fromEntries(differing.map((key) => [key, before[key] ?? null]))
}
