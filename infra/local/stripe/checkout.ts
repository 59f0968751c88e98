import type { Calendar } from './calendar.ts'
import { priceAmount } from './catalogue.ts'
import type { Events } from './events.ts'
import { type Form, groupOf, listOf, numberOf, onlyOf, textOf, textsOf } from './form.ts'
import type { Store, Thing } from './store.ts'
import { invalid, missing, StripeError } from './stripe-error.ts'
import type { Subscriptions } from './subscriptions.ts'
import type { Card } from './till.ts'

/** What a buyer enters on the page. */
export interface Paying {
  card?: Card
  /** Of the first line. */
  quantity?: number
  email?: string
  country?: string
}

interface Line {
  price: string
  quantity: number
}

/** What was ordered with a page, which the API does not show. */
interface Order {
  items: Line[]
  metadata: Record<string, string>
  trialDays?: number
}

const MOST_LINES = 20
const day = 86_400

/** Opens a checkout page from the parameters of a call. */
export function openSession(store: Store, form: Form, at: number, origin: string): Thing {
  if (form.mode !== 'subscription') invalid('mode', 'The local Stripe knows mode subscription only.')
  if (form.success_url === undefined)
    throw new StripeError(400, 'Missing required param: success_url.', {
      code: 'parameter_missing',
      param: 'success_url',
    })
  const expires = numberOf(form.expires_at, 'expires_at') ?? at + day
  if (expires < at + 1800 || expires > at + day)
    invalid('expires_at', 'The `expires_at` timestamp must be 30 minutes to 24 hours from Checkout Session creation.')
  const id = store.newId('cs_test')
  const data = onlyOf(form.subscription_data, 'subscription_data', ['metadata', 'trial_period_days'])
  const page = store.put({
    id,
    object: 'checkout.session',
    livemode: false,
    mode: 'subscription',
    status: 'open',
    payment_status: 'unpaid',
    created: at,
    expires_at: expires,
    url: `${origin}/pay/${id}`,
    success_url: form.success_url,
    cancel_url: form.cancel_url ?? null,
    client_reference_id: form.client_reference_id ?? null,
    customer: null,
    customer_details: null,
    customer_email: form.customer_email ?? null,
    subscription: null,
    invoice: null,
    locale: form.locale ?? null,
    metadata: textsOf(form.metadata),
  })
  store.note(id, {
    items: linesOf(store, form),
    metadata: textsOf(data.metadata),
    trialDays: numberOf(data.trial_period_days, 'subscription_data[trial_period_days]'),
    note: textOf(groupOf(groupOf(form.custom_text).submit).message),
  })
  return page
}

function linesOf(store: Store, form: Form): Line[] {
  const lines = listOf(form.line_items)
  if (lines.length === 0)
    throw new StripeError(400, 'Missing required param: line_items.', {
      code: 'parameter_missing',
      param: 'line_items',
    })
  if (lines.length > MOST_LINES) invalid('line_items', `You may only specify ${MOST_LINES} line items.`)
  return lines.map((one, index) => {
    const name = `line_items[${index}]`
    const line = onlyOf(one, name, ['price', 'quantity', 'adjustable_quantity'])
    const price = textOf(line.price) ?? ''
    if (store.get(price)?.object !== 'price') missing('price', price, `${name}[price]`, 400)
    return { price, quantity: numberOf(line.quantity, `${name}[quantity]`) ?? 1 }
  })
}

/** The parts of the seller that a purchase needs. */
interface Parts {
  store: Store
  events: Events
  subscriptions: Subscriptions
  calendar: Calendar
}

/** A page is finished; answers the subscription, or the payment intent when the card is refused. @throws Error when the page is over */
export function pay(parts: Parts, page: Thing, paying: Paying, at: number): Thing {
  const { store, events, subscriptions, calendar } = parts
  const { card = 'good', quantity, country, email = 'buyer@contoso.example' } = paying
  if (page.status !== 'open') throw new Error(`the page is ${page.status}`)
  const order = store.hiddenOf(page.id) as unknown as Order
  const items = order.items.map((item, index) => (index === 0 && quantity ? { ...item, quantity } : item))
  if (card === 'declines' && !order.trialDays) return refuse(parts, items, at)
  const address = country === undefined ? {} : { address: { country } }
  const customer = subscriptions.customer({ email, card, ...address }, at)
  const { metadata, trialDays } = order
  const subscription = calendar.begin({ customer: customer.id, items, metadata, trialDays }, at)
  const { id, latest_invoice } = subscription
  const isDelayed = store.must(latest_invoice).status === 'open'
  Object.assign(page, {
    status: 'complete',
    payment_status: isDelayed ? 'unpaid' : trialDays ? 'no_payment_required' : 'paid',
    subscription: id,
    invoice: latest_invoice,
    customer: customer.id,
    customer_details: { email, ...address },
    url: null,
  })
  if (isDelayed) store.note(latest_invoice, { session: page.id })
  events.make('checkout.session.completed', page, at)
  return subscription
}

// The page stays open, and nothing was bought.
function refuse({ store, subscriptions }: Parts, items: Line[], at: number): Thing {
  const { payments } = subscriptions.till
  const amount = items.reduce((sum, { price, quantity }) => sum + priceAmount(store.must(price), quantity), 0)
  const intent = payments.intent({ customer: null, currency: 'eur', amount }, at)
  payments.fail(intent, at)
  return intent
}
