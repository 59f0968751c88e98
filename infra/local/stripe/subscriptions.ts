import { periodEnd, priceAmount } from './catalogue.ts'
import type { Events } from './events.ts'
import { type Beginning, newItem, newSubscription } from './new-subscription.ts'
import type { Store, Thing } from './store.ts'
import type { Till } from './till.ts'

const day = 86_400
const over = ['canceled', 'incomplete_expired']

/** The lives of subscriptions: everything that happens to them by themselves or by a call. Times are seconds. */
export class Subscriptions {
  readonly store: Store
  readonly events: Events
  readonly till: Till

  constructor(store: Store, events: Events, till: Till) {
    this.store = store
    this.events = events
    this.till = till
  }

  /** Somebody buys. */
  begin(beginning: Beginning, at: number): Thing {
    const { daysUntilDue } = beginning
    const subscription = newSubscription(this.store, beginning, at)
    if (subscription.trial_end) {
      subscription.status = 'trialing'
      this.till.finalise(this.till.bill(subscription, 'subscription_create', at, 0), at)
      this.events.make('customer.subscription.created', subscription, at)
      return subscription
    }
    const invoice = this.till.bill(subscription, 'subscription_create', at)
    this.till.finalise(invoice, at, daysUntilDue ?? null)
    this.events.make('customer.subscription.created', subscription, at)
    this.#firstPayment(subscription, invoice, at)
    return subscription
  }

  /** Changes fields and says so, with what they were. */
  change(
    subscription: Thing,
    fields: Record<string, unknown>,
    at: number,
    type = 'customer.subscription.updated',
  ): void {
    const before = Object.fromEntries(Object.keys(fields).map((name) => [name, subscription[name]]))
    Object.assign(subscription, fields)
    this.store.touched()
    this.events.make(type, subscription, at, before)
  }

  /** What follows from an invoice that was paid. */
  paid(invoice: Thing, at: number): void {
    const subscription = this.store.must(invoice.parent.subscription_details.subscription)
    const { pending } = this.store.hiddenOf(invoice.id) as { pending?: { item: string; quantity: number } }
    if (pending && subscription.pending_update) {
      this.#itemOf(subscription, pending.item).quantity = pending.quantity
      this.change(subscription, { pending_update: null }, at, 'customer.subscription.pending_update_applied')
      this.change(subscription, {}, at)
    }
    const owing = this.store
      .invoicesOf(subscription.id)
      .some(({ status, amount_remaining }) => status === 'open' && amount_remaining > 0)
    if (['incomplete', 'past_due', 'unpaid'].includes(subscription.status) && !owing)
      this.change(subscription, { status: 'active' }, at)
  }

  /** What follows from a try that failed. */
  refused(invoice: Thing, at: number): void {
    const subscription = this.store.must(invoice.parent.subscription_details.subscription)
    if (subscription.status === 'active' && !subscription.pending_update)
      this.change(subscription, { status: 'past_due' }, at)
    const last = invoice.billing_reason === 'subscription_cycle' && invoice.next_payment_attempt === null
    if (last && subscription.status === 'past_due') this.#giveUp(subscription, at)
  }

  /** Ends it at once. */
  end(subscription: Thing, reason: string, at: number): void {
    if (over.includes(subscription.status)) return
    Object.assign(subscription, {
      status: 'canceled',
      ended_at: at,
      canceled_at: subscription.canceled_at ?? at,
      cancel_at_period_end: false,
    })
    subscription.cancellation_details = { ...subscription.cancellation_details, reason }
    this.store.touched()
    this.events.make('customer.subscription.deleted', subscription, at)
  }

  /** When something happens to it by itself; undefined when nothing does. */
  dueOf(subscription: Thing): number | undefined {
    if (over.includes(subscription.status)) return undefined
    const ends = subscription.items.data.map((item: Thing) => item.current_period_end)
    const known = [
      subscription.cancel_at,
      subscription.status === 'incomplete' ? this.till.firstPaymentEnds(subscription) : null,
    ]
    if (['active', 'past_due', 'trialing'].includes(subscription.status)) known.push(...ends)
    if (subscription.status === 'trialing' && !this.store.hiddenOf(subscription.id).warned)
      known.push(subscription.trial_end - 3 * day)
    const times = known.filter((one) => typeof one === 'number')
    return times.length === 0 ? undefined : Math.min(...times)
  }

  /** Does what is due at `at`. */
  happen(subscription: Thing, at: number): void {
    if (subscription.status === 'incomplete' && at >= this.till.firstPaymentEnds(subscription)) {
      this.#expire(subscription, at)
      return
    }
    if (subscription.cancel_at && at >= subscription.cancel_at) {
      this.end(subscription, 'cancellation_requested', at)
      return
    }
    const hidden = this.store.hiddenOf(subscription.id)
    if (subscription.status === 'trialing' && !hidden.warned) {
      hidden.warned = true
      this.events.make('customer.subscription.trial_will_end', subscription, at)
      if (at < subscription.trial_end) return
    }
    if (subscription.cancel_at_period_end) {
      this.end(subscription, 'cancellation_requested', at)
      return
    }
    this.#renew(subscription, at)
  }

  #renew(subscription: Thing, at: number): void {
    const anchorDay = Number(this.store.hiddenOf(subscription.id).anchorDay)
    for (const item of subscription.items.data as Thing[]) {
      if (item.current_period_end > at) continue
      item.current_period_start = item.current_period_end
      item.current_period_end = periodEnd(item.current_period_start, item.price.recurring.interval, anchorDay)
    }
    if (subscription.status === 'trialing') subscription.status = 'active'
    const invoice = this.till.bill(subscription, 'subscription_cycle', at)
    if (subscription.pause_collection) this.till.close(invoice, 'void', at)
    this.change(subscription, { latest_invoice: invoice.id }, at)
  }

  #firstPayment(subscription: Thing, invoice: Thing, at: number): void {
    if (subscription.collection_method === 'send_invoice') {
      this.change(subscription, { status: 'active' }, at)
      return
    }
    const delayed = this.till.cardOf(subscription.customer).startsWith('sepa')
    if (this.till.charge(invoice, at)) this.paid(invoice, at)
    else if (delayed) this.change(subscription, { status: 'active' }, at)
  }

  #expire(subscription: Thing, at: number): void {
    this.till.close(this.store.must(subscription.latest_invoice), 'void', at)
    this.change(subscription, { status: 'incomplete_expired', ended_at: at }, at)
  }

  #giveUp(subscription: Thing, at: number): void {
    const { afterLastTry } = this.till
    if (afterLastTry === 'canceled') this.end(subscription, 'payment_failed', at)
    else if (afterLastTry === 'unpaid') this.change(subscription, { status: 'unpaid' }, at)
  }

  /** Another line. */
  addItem(subscription: Thing, price: string, quantity: number | undefined, at: number): void {
    const line = { subscription: subscription.id, price, quantity, trialEnd: null }
    subscription.items.data.push(newItem(this.store, line, at))
    this.change(subscription, {}, at)
  }

  #itemOf = (subscription: Thing, id: string): Thing => subscription.items.data.find((item: Thing) => item.id === id)

  /** What a whole period costs with a quantity. */
  fullPrice = (item: Thing, quantity: number): number => priceAmount(item.price, quantity)

  /** What the rest of the running period costs more or less with another quantity. */
  prorated(item: Thing, quantity: number, at: number): number {
    const { current_period_start: from, current_period_end: until } = item
    const rest = Math.max(0, Math.min(1, (until - at) / (until - from)))
    return Math.round((priceAmount(item.price, quantity) - priceAmount(item.price, item.quantity ?? 0)) * rest)
  }
}
