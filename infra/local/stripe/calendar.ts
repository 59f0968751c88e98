import { itemOf, lineOf, nextPeriodOf } from './lines.ts'
import type { Store, Thing } from './store.ts'
import { isOver, type Subscriptions } from './subscriptions.ts'
import type { Till } from './till.ts'

/** What a new subscription is made of. */
export interface Beginning {
  customer: string
  items: { price: string; quantity?: number | undefined }[]
  metadata: Record<string, string>
  trialDays?: number | undefined
  daysUntilDue?: number | undefined
}

const day = 86_400
const FIRST_PAYMENT_SECONDS = 23 * 3600
const renewing = ['active', 'past_due', 'trialing', 'unpaid']

/** When subscriptions begin, renew and end. Times are seconds. */
export class Calendar {
  readonly #store: Store
  readonly #subscriptions: Subscriptions
  readonly #till: Till

  constructor(store: Store, subscriptions: Subscriptions, till: Till) {
    this.#store = store
    this.#subscriptions = subscriptions
    this.#till = till
  }

  /** A new subscription, with its first invoice and the try to have it paid. */
  begin({ customer, items, metadata, trialDays, daysUntilDue }: Beginning, at: number): Thing {
    const trialEnd = trialDays ? at + trialDays * day : null
    const subscription = this.#store.put({
      ...blank(this.#store.newId('sub'), at),
      customer,
      metadata,
      collection_method: daysUntilDue === undefined ? 'charge_automatically' : 'send_invoice',
      days_until_due: daysUntilDue ?? null,
      billing_cycle_anchor: trialEnd ?? at,
      trial_start: trialEnd && at,
      trial_end: trialEnd,
    })
    for (const { price, quantity } of items) subscription.items.data.push(this.#item(subscription, price, quantity, at))
    const lines = (subscription.items.data as Thing[]).map((item) => lineOf(this.#store, item))
    const invoice = this.#till.bill(
      subscription,
      'subscription_create',
      at,
      trialEnd ? lines.map((line) => ({ ...line, amount: 0 })) : lines,
    )
    subscription.latest_invoice = invoice.id
    if (trialEnd) subscription.status = 'trialing'
    this.#till.finalise(invoice, at, trialEnd ? null : (daysUntilDue ?? null))
    this.#subscriptions.events.make('customer.subscription.created', subscription, at)
    if (!trialEnd) this.#firstPayment(subscription, invoice, at)
    return subscription
  }

  /** Another line. It ends with the others, and costs nothing before. */
  addItem(subscription: Thing, price: string, quantity: number | undefined, at: number): void {
    const { items } = subscription
    const data = [...items.data, this.#item(subscription, price, quantity, at)]
    this.#subscriptions.change(subscription, { items: { ...items, data } }, at)
  }

  /** Goes on after a pause. When its period is over, another begins now. */
  resume(subscription: Thing, at: number): void {
    const isPast = subscription.items.data.some((item: Thing) => item.current_period_end <= at)
    const fields = { status: 'active', status_details: null }
    this.#subscriptions.change(subscription, fields, at, 'customer.subscription.resumed')
    if (!isPast) return
    subscription.billing_cycle_anchor = at
    for (const item of subscription.items.data) item.current_period_end = at
    this.#renew(subscription, at)
  }

  /** When something happens to it by itself; undefined when nothing does. */
  dueOf(subscription: Thing): number | undefined {
    if (isOver(subscription)) return undefined
    const { status, created, cancel_at, trial_end, pending_update, items } = subscription
    const times: (number | null)[] = [cancel_at]
    if (status === 'incomplete') times.push(created + FIRST_PAYMENT_SECONDS)
    if (pending_update && !this.#waitsForBank(subscription)) times.push(pending_update.expires_at)
    if (renewing.includes(status)) times.push(...items.data.map((item: Thing) => item.current_period_end))
    if (this.#isToBeWarned(subscription)) times.push(Math.max(created, trial_end - 3 * day))
    const known = times.filter((one) => one !== null)
    return known.length === 0 ? undefined : Math.min(...known)
  }

  /** Does what is due at `at`. */
  happen(subscription: Thing, at: number): void {
    const { status, created, cancel_at, pending_update } = subscription
    if (cancel_at && at >= cancel_at) this.#subscriptions.end(subscription, 'cancellation_requested', at)
    else if (status === 'incomplete' && at >= created + FIRST_PAYMENT_SECONDS)
      this.#subscriptions.close(this.#store.must(subscription.latest_invoice), 'void', at)
    else if (pending_update && at >= pending_update.expires_at && !this.#waitsForBank(subscription))
      this.#subscriptions.dropPendingUpdate(subscription, at, 'customer.subscription.pending_update_expired')
    else if (this.#isToBeWarned(subscription)) {
      this.#store.note(subscription.id, { warned: true })
      this.#subscriptions.events.make('customer.subscription.trial_will_end', subscription, at)
    } else this.#periodEnds(subscription, at)
  }

  #periodEnds(subscription: Thing, at: number): void {
    const { status, customer, cancel_at_period_end } = subscription
    const lacksCard = status === 'trialing' && this.#till.cardOf(customer) === 'none'
    if (cancel_at_period_end || (lacksCard && this.#till.afterTrialWithoutCard === 'canceled'))
      this.#subscriptions.end(subscription, 'cancellation_requested', at)
    else if (lacksCard) this.#subscriptions.pause(subscription, 'trial_end_without_payment_method', at)
    else this.#renew(subscription, at)
  }

  #renew(subscription: Thing, at: number): void {
    const { items, billing_cycle_anchor: anchor, status, pause_collection } = subscription
    const isDue = (item: Thing) => item.current_period_end <= at
    const renewed = {
      ...items,
      data: items.data.map((item: Thing) => (isDue(item) ? nextPeriodOf(item, anchor) : item)),
    }
    const lines = renewed.data.filter((item: Thing) => !items.data.includes(item))
    const { owed = [] } = this.#store.hiddenOf(subscription.id) as { owed?: Thing[] }
    this.#store.note(subscription.id, { owed: undefined })
    const invoice = this.#till.bill(subscription, 'subscription_cycle', at, [
      ...owed,
      ...lines.map((item: Thing) => lineOf(this.#store, item)),
    ])
    if (status === 'unpaid' || pause_collection) this.#till.rest(invoice)
    const fields = { items: renewed, latest_invoice: invoice.id, status: status === 'trialing' ? 'active' : status }
    this.#subscriptions.change(subscription, fields, at)
    const ends = { void: 'void', mark_uncollectible: 'uncollectible' } as const
    const end = ends[pause_collection?.behavior as keyof typeof ends]
    if (end) this.#till.close(invoice, end, at)
  }

  #firstPayment(subscription: Thing, invoice: Thing, at: number): void {
    const isInvoiced = subscription.collection_method === 'send_invoice'
    const outcome = isInvoiced ? 'processing' : this.#till.charge(invoice, at, 'clock')
    if (outcome === 'processing') this.#subscriptions.change(subscription, { status: 'active' }, at)
    else this.#subscriptions.follow(invoice, outcome, at, 'clock')
  }

  #waitsForBank(subscription: Thing): boolean {
    const invoice = this.#subscriptions.pendingInvoiceOf(subscription)
    return invoice !== undefined && this.#till.isProcessing(invoice)
  }

  #isToBeWarned = ({ id, status }: Thing): boolean => status === 'trialing' && !this.#store.hiddenOf(id).warned

  #item({ id, billing_cycle_anchor: anchor }: Thing, price: string, quantity: number | undefined, at: number): Thing {
    return itemOf(this.#store, { subscription: id, price: this.#store.must(price), quantity, at, anchor })
  }
}

const blank = (id: string, at: number): Thing => ({
  id,
  object: 'subscription',
  livemode: false,
  status: 'incomplete',
  created: at,
  start_date: at,
  currency: 'eur',
  cancel_at: null,
  cancel_at_period_end: false,
  canceled_at: null,
  cancellation_details: { comment: null, feedback: null, reason: null },
  ended_at: null,
  pause_collection: null,
  pending_update: null,
  latest_invoice: null,
  default_payment_method: null,
  billing_mode: { type: 'flexible' },
  status_details: null,
  items: { object: 'list', data: [], has_more: false },
})
