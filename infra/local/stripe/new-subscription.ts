import { periodEnd } from './catalogue.ts'
import type { Store, Thing } from './store.ts'

/** What a new subscription is made of. */
export interface Beginning {
  customer: string
  items: { price: string; quantity: number | undefined }[]
  metadata: Record<string, string>
  trialDays?: number | undefined
  daysUntilDue?: number | undefined
}

const day = 86_400

/** A subscription that nothing has been paid for yet. `at` in seconds. */
export function newSubscription(
  store: Store,
  { customer, items, metadata, trialDays, daysUntilDue }: Beginning,
  at: number,
): Thing {
  const trialEnd = trialDays ? at + trialDays * day : null
  const id = store.newId('sub')
  const subscription = store.put({
    id,
    object: 'subscription',
    livemode: false,
    customer,
    status: 'incomplete',
    created: at,
    start_date: at,
    currency: 'eur',
    collection_method: daysUntilDue === undefined ? 'charge_automatically' : 'send_invoice',
    days_until_due: daysUntilDue ?? null,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, reason: null },
    ended_at: null,
    trial_start: trialEnd ? at : null,
    trial_end: trialEnd,
    pause_collection: null,
    pending_update: null,
    metadata,
    latest_invoice: null,
    default_payment_method: null,
    billing_mode: { type: 'flexible' },
    status_details: null,
    items: { object: 'list', data: [], has_more: false },
  })
  for (const { price, quantity } of items)
    subscription.items.data.push(newItem(store, { subscription: id, price, quantity, trialEnd }, at))
  store.hiddenOf(id).anchorDay = new Date((trialEnd ?? at) * 1000).getUTCDate()
  return subscription
}

/** What a new line is made of. */
export interface NewItem {
  subscription: string
  price: string
  quantity: number | undefined
  trialEnd: number | null
}

/** A line whose period begins at `at`, in seconds. */
export function newItem(
  store: Store,
  { subscription, price: priceId, quantity, trialEnd }: NewItem,
  at: number,
): Thing {
  const price = store.must(priceId)
  const end = trialEnd ?? periodEnd(at, price.recurring.interval, new Date(at * 1000).getUTCDate())
  return {
    id: store.newId('si'),
    object: 'subscription_item',
    subscription,
    price,
    ...(quantity === undefined ? {} : { quantity }),
    created: at,
    metadata: {},
    current_period_start: at,
    current_period_end: end,
  }
}
