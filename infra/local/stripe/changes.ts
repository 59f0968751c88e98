import { type Form, groupOf, listOf, numberOf, textsOf } from './form.ts'
import type { Store, Thing } from './store.ts'
import { StripeError } from './stripe-error.ts'
import type { Subscriptions } from './subscriptions.ts'

interface Parts {
  store: Store
  subscriptions: Subscriptions
}

/** POST /v1/subscriptions/{id} */
export function updateSubscription(
  { store, subscriptions }: Parts,
  subscription: Thing,
  form: Form,
  at: number,
): Thing {
  if (['canceled', 'incomplete_expired'].includes(subscription.status)) {
    throw new StripeError(400, 'resource_missing', `No such subscription: '${subscription.id}'`, 'id')
  }
  const changed: Record<string, unknown> = {}
  if (form.cancel_at_period_end !== undefined)
    Object.assign(changed, ending(subscription, form.cancel_at_period_end === 'true', at))
  if (form.metadata !== undefined) changed.metadata = { ...subscription.metadata, ...textsOf(form.metadata) }
  if (Object.keys(changed).length > 0) subscriptions.change(subscription, changed, at)
  for (const one of listOf(form.items)) {
    const { id, quantity } = groupOf(one)
    const item = subscription.items.data.find((known: Thing) => known.id === id)
    if (!item)
      throw new StripeError(400, 'resource_missing', `No such subscription_item: '${String(id)}'`, 'items[0][id]')
    setQuantity(
      { store, subscriptions },
      subscription,
      item,
      numberOf(quantity, 'items[0][quantity]') ?? item.quantity,
      form,
      at,
    )
  }
  return subscription
}

// In flexible billing the end is told as an instant, too.
function ending(subscription: Thing, ends: boolean, at: number): Record<string, unknown> {
  const [first] = subscription.items.data
  const instant =
    subscription.trial_end && subscription.status === 'trialing' ? subscription.trial_end : first.current_period_end
  return { cancel_at_period_end: ends, cancel_at: ends ? instant : null, canceled_at: ends ? at : null }
}

function setQuantity(
  { store, subscriptions }: Parts,
  subscription: Thing,
  item: Thing,
  quantity: number,
  form: Form,
  at: number,
): void {
  const amount = subscriptions.prorated(item, quantity, at)
  if (form.proration_behavior !== 'always_invoice' || amount <= 0 || subscription.status === 'trialing') {
    item.quantity = quantity
    subscriptions.change(subscription, {}, at)
    return
  }
  const { till } = subscriptions
  const invoice = till.bill(subscription, 'subscription_update', at, amount)
  till.finalise(invoice, at)
  if (form.payment_behavior === 'pending_if_incomplete') {
    store.hiddenOf(invoice.id).pending = { item: item.id, quantity }
    subscriptions.change(
      subscription,
      { pending_update: { expires_at: at + 82_800, subscription_items: [{ id: item.id, quantity }] } },
      at,
    )
    if (till.charge(invoice, at)) subscriptions.paid(invoice, at)
    return
  }
  item.quantity = quantity
  if (till.charge(invoice, at)) subscriptions.paid(invoice, at)
  subscriptions.change(subscription, {}, at)
}

/** POST /v1/invoices/create_preview: the next invoice with another quantity; nothing is kept. */
export function previewOf({ store, subscriptions }: Parts, form: Form, at: number): object {
  const subscription = store.must(String(form.subscription))
  const [asked] = listOf(groupOf(form.subscription_details).items)
  const { id, quantity } = groupOf(asked)
  const item = subscription.items.data.find((one: Thing) => one.id === id)
  if (!item)
    throw new StripeError(
      400,
      'resource_missing',
      `No such subscription_item: '${String(id)}'`,
      'subscription_details[items][0][id]',
    )
  const wanted = Number(quantity)
  const amount = subscriptions.prorated(item, wanted, at)
  const line = (cents: number, proration: boolean) => ({
    id: store.newId('il_tmp'),
    object: 'line_item',
    amount: cents,
    currency: subscription.currency,
    quantity: wanted,
    parent: { type: 'subscription_item_details', subscription_item_details: { subscription_item: item.id, proration } },
  })
  const now = groupOf(form.subscription_details).proration_behavior === 'always_invoice'
  const full = subscriptions.fullPrice(item, wanted)
  const data = now ? [line(amount, true)] : [line(amount, true), line(full, false)]
  const total = data.reduce((sum, one) => sum + one.amount, 0)
  return {
    id: store.newId('upcoming_in'),
    object: 'invoice',
    currency: subscription.currency,
    total,
    amount_due: Math.max(0, total),
    subtotal: total,
    lines: { object: 'list', data, has_more: false },
  }
}
