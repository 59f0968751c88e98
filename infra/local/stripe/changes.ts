import { type Form, listOf, numberOf, onlyOf, textOf, textsOf } from './form.ts'
import { lineOf, nextPeriodOf, prorationsOf, totalOf } from './lines.ts'
import type { Store, Thing } from './store.ts'
import { invalid, missing, StripeError } from './stripe-error.ts'
import { isOver, type Subscriptions } from './subscriptions.ts'

interface Parts {
  store: Store
  subscriptions: Subscriptions
}

/** Another quantity of an item. */
interface Wish {
  item: Thing
  quantity: number
}

const PENDING_SECONDS = 23 * 3600
const MOST_QUANTITY = 999_999

/** POST /v1/subscriptions/{id}. @throws StripeError */
export function updateSubscription(parts: Parts, subscription: Thing, form: Form, at: number): Thing {
  if (isOver(subscription))
    throw new StripeError(400, 'A canceled subscription can only update its cancellation_details and metadata.')
  const how = waysOf(form)
  if (how.waits) refuseToWait(parts, subscription)
  const wishes = listOf(form.items).map((one, index) => wishOf(subscription, one, `items[${index}]`))
  const fields: Record<string, unknown> = {}
  if (form.cancel_at_period_end !== undefined)
    Object.assign(fields, ending(subscription, form.cancel_at_period_end === 'true', at))
  if (form.metadata !== undefined) fields.metadata = merged(subscription.metadata, textsOf(form.metadata))
  if (Object.keys(fields).length > 0) parts.subscriptions.change(subscription, fields, at)
  for (const wish of wishes) setQuantity(parts, subscription, wish, how, at)
  return subscription
}

interface Ways {
  proration: string
  waits: boolean
}

function waysOf({ proration_behavior, payment_behavior, cancel_at_period_end }: Form): Ways {
  const proration = textOf(proration_behavior) ?? 'create_prorations'
  const payment = textOf(payment_behavior) ?? 'allow_incomplete'
  if (!['always_invoice', 'create_prorations', 'none'].includes(proration))
    invalid('proration_behavior', `The local Stripe does not know proration_behavior ${proration}.`)
  if (!['allow_incomplete', 'pending_if_incomplete'].includes(payment))
    invalid('payment_behavior', `The local Stripe does not know payment_behavior ${payment}.`)
  if (!['true', 'false'].includes(textOf(cancel_at_period_end) ?? 'true'))
    invalid('cancel_at_period_end', `Invalid boolean: ${String(cancel_at_period_end)}`)
  return { proration, waits: payment === 'pending_if_incomplete' }
}

// The service says which methods can be kept waiting; a card can, what takes days cannot.
function refuseToWait({ subscriptions: { till } }: Parts, { collection_method, customer }: Thing): void {
  const card = till.cardOf(customer)
  if (collection_method === 'send_invoice' || card === 'sepa' || card === 'sepa_fails')
    invalid('payment_behavior', 'Pending updates are not supported for send_invoice, nor for bank debits.')
}

function wishOf(subscription: Thing, asked: Form | string, name: string): Wish {
  const { id, quantity } = onlyOf(asked, name, ['id', 'quantity'])
  const item = subscription.items.data.find((known: Thing) => known.id === id)
  if (!item) missing('subscription item', String(id), `${name}[id]`)
  const wanted = numberOf(quantity, `${name}[quantity]`) ?? item.quantity ?? 0
  if (wanted < 0 || wanted > MOST_QUANTITY)
    invalid(`${name}[quantity]`, `This value must be between 0 and ${MOST_QUANTITY}.`)
  return { item, quantity: wanted }
}

// In flexible billing the end is told as an instant, too.
function ending({ items, status, trial_end, cancellation_details }: Thing, ends: boolean, at: number): object {
  const periodEnd = Math.min(...items.data.map((item: Thing) => item.current_period_end))
  const reason = ends ? 'cancellation_requested' : null
  return {
    cancel_at_period_end: ends,
    cancel_at: ends ? (status === 'trialing' ? trial_end : periodEnd) : null,
    canceled_at: ends ? at : null,
    cancellation_details: { ...cancellation_details, reason },
  }
}

// An empty text takes a name away.
const merged = (known: Record<string, string>, given: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries({ ...known, ...given }).filter(([, text]) => text !== ''))

function setQuantity(
  { store, subscriptions }: Parts,
  subscription: Thing,
  { item: { id }, quantity }: Wish,
  { proration, waits }: Ways,
  at: number,
): void {
  if (subscription.pending_update) subscriptions.dropPendingUpdate(subscription, at)
  const lines = linesFor({ store }, subscription, { item: itemOf(subscription, id), quantity }, at)
  const items = subscriptions.withQuantity(subscription, id, quantity)
  if (proration !== 'always_invoice' || totalOf(lines) === 0) {
    if (proration === 'create_prorations')
      store.note(subscription.id, { owed: [...owedBy(store, subscription), ...lines] })
    subscriptions.change(subscription, { items }, at)
    return
  }
  const { till } = subscriptions
  const invoice = till.bill(subscription, 'subscription_update', at, lines)
  if (waits) store.note(invoice.id, { isPending: true })
  const isSent = subscription.collection_method === 'send_invoice'
  till.finalise(invoice, at, isSent ? subscription.days_until_due : null)
  const outcome = isSent && invoice.status === 'open' ? 'processing' : till.charge(invoice, at, 'clock')
  if (outcome === 'paid' || !waits) {
    subscriptions.change(subscription, { items, latest_invoice: invoice.id }, at)
    subscriptions.follow(invoice, outcome, at, 'hand')
    return
  }
  store.note(subscription.id, { pendingInvoice: invoice.id })
  const pending_update = pendingOf(subscription, { id, quantity }, at)
  subscriptions.change(subscription, { latest_invoice: invoice.id, pending_update }, at)
}

const pendingOf = ({ items }: Thing, item: { id: string; quantity: number }, at: number) => ({
  expires_at: Math.min(at + PENDING_SECONDS, ...items.data.map((one: Thing) => one.current_period_end)),
  subscription_items: [item],
  billing_cycle_anchor: null,
  trial_end: null,
  trial_from_plan: null,
})

const itemOf = ({ items }: Thing, id: string): Thing => items.data.find((one: Thing) => one.id === id)

const owedBy = (store: Store, { id }: Thing): Thing[] => (store.hiddenOf(id).owed as Thing[] | undefined) ?? []

// A trial costs nothing, so no part of it does.
const linesFor = ({ store }: { store: Store }, { status }: Thing, { item, quantity }: Wish, at: number): Thing[] =>
  status === 'trialing' || item.quantity === quantity ? [] : prorationsOf(store, item, quantity, at)

/** POST /v1/invoices/create_preview: the next invoice with other quantities; nothing is kept. @throws StripeError */
export function previewOf({ store }: Pick<Parts, 'store'>, form: Form, at: number): object {
  const subscription = store.get(String(form.subscription))
  if (subscription?.object !== 'subscription') missing('subscription', String(form.subscription), 'subscription')
  if (isOver(subscription))
    throw new StripeError(404, 'No upcoming invoices: the subscription is over.', { code: 'invoice_upcoming_none' })
  const details = onlyOf(form.subscription_details, 'subscription_details', ['items', 'proration_behavior'])
  const { proration } = waysOf({ proration_behavior: details.proration_behavior })
  const wishes = listOf(details.items).map((one, index) =>
    wishOf(subscription, one, `subscription_details[items][${index}]`),
  )
  const changes = proration === 'none' ? [] : wishes.flatMap((wish) => linesFor({ store }, subscription, wish, at))
  const anchor = subscription.billing_cycle_anchor
  const ends = Math.min(...subscription.items.data.map((item: Thing) => item.current_period_end))
  const next = (subscription.items.data as Thing[])
    .filter((item) => item.current_period_end === ends)
    .map((item) => nextPeriodOf({ ...item, ...quantityOf(wishes, item) }, anchor))
    .map((item) => lineOf(store, item))
  const lines = proration === 'always_invoice' ? changes : [...owedBy(store, subscription), ...changes, ...next]
  const { customer, currency } = subscription
  const total = totalOf(lines)
  return {
    id: store.newId('upcoming_in'),
    object: 'invoice',
    livemode: false,
    created: at,
    ...{ customer, currency, total, subtotal: total },
    amount_due: Math.max(0, total + store.must(customer).balance),
    lines: { object: 'list', data: lines, has_more: false },
  }
}

const quantityOf = (wishes: Wish[], { id }: Thing): object => {
  const wish = wishes.find(({ item }) => item.id === id)
  return wish ? { quantity: wish.quantity } : {}
}
