import { previewOf, updateSubscription } from './changes.ts'
import { groupOf, textOf } from './form.ts'
import { madeWithin, page, paged } from './page.ts'
import { known, list, one, type Route } from './route.ts'
import type { Thing } from './store.ts'
import { missing } from './stripe-error.ts'
import { isOver } from './subscriptions.ts'

const subscriptions: Route = {
  takes: [...paged, 'status', 'customer', 'created'],
  answer: ({ store }, form) => {
    const status = textOf(form.status)
    const found = store
      .all('subscription')
      .filter(({ customer }) => form.customer === undefined || customer === form.customer)
      .filter((thing) => isAskedFor(thing, status))
    return page(madeWithin(found, form), '/v1/subscriptions', form, store.orderOf('subscription'))
  },
}

const isAskedFor = (thing: Thing, status: string | undefined): boolean => {
  if (status === undefined) return thing.status !== 'canceled'
  if (status === 'ended') return isOver(thing)
  return status === 'all' || thing.status === status
}

const cancel: Route = {
  takes: ['invoice_now', 'prorate', 'expand'],
  answer: (parts, _form, id) => {
    const subscription = known(parts, 'subscription', id)
    if (isOver(subscription)) missing('subscription', id)
    parts.subscriptions.end(subscription, 'cancellation_requested', parts.at())
    return subscription
  },
}

const items: Route = {
  takes: [...paged, 'subscription'],
  answer: (parts, form) => {
    const { data } = known(parts, 'subscription', String(form.subscription), 'subscription').items
    // The first of a subscription comes first.
    const ids = (data as Thing[]).map(({ id }) => id).reverse()
    const orderOf = (id: string) => (ids.includes(id) ? ids.indexOf(id) : undefined)
    return page(data.toReversed(), '/v1/subscription_items', form, orderOf)
  },
}

const invoices = list('invoice', 'invoices', ['customer', 'status', 'collection_method'], ({ store }, form) =>
  form.subscription === undefined ? store.all('invoice') : store.invoicesOf(String(form.subscription)),
)

const invoicePayments: Route = {
  takes: [...paged, 'invoice', 'payment', 'status'],
  answer: ({ store }, form) => {
    const intent = textOf(groupOf(form.payment).payment_intent)
    const about = intent ?? textOf(form.invoice)
    const noted = about === undefined ? undefined : store.hiddenOf(about).payment
    const all = about === undefined ? store.all('invoice_payment') : noted ? [store.must(String(noted))] : []
    const found = all
      .filter(({ invoice }) => form.invoice === undefined || invoice === form.invoice)
      .filter(({ status }) => form.status === undefined || status === form.status)
    return page(found, '/v1/invoice_payments', form, store.orderOf('invoice_payment'))
  },
}

/** Subscriptions, what they cost, what was paid and what was given back. */
export const moneyRoutes: Record<string, Route> = {
  'GET subscriptions': subscriptions,
  'GET subscriptions/:id': one('subscription'),
  'POST subscriptions/:id': {
    takes: ['items', 'proration_behavior', 'payment_behavior', 'cancel_at_period_end', 'metadata', 'expand'],
    answer: (parts, form, id) => updateSubscription(parts, known(parts, 'subscription', id), form, parts.at()),
  },
  'DELETE subscriptions/:id': cancel,
  'GET subscription_items': items,
  'GET invoices': { ...invoices, takes: [...invoices.takes, 'subscription'] },
  'GET invoices/:id': one('invoice'),
  'POST invoices/create_preview': {
    takes: ['subscription', 'subscription_details', 'expand'],
    answer: (parts, form) => previewOf(parts, form, parts.at()),
  },
  'GET invoice_payments': invoicePayments,
  'GET charges': list('charge', 'charges', ['customer', 'payment_intent']),
  'GET charges/:id': one('charge'),
  'GET payment_intents/:id': one('payment_intent'),
  'GET refunds': list('refund', 'refunds', ['charge', 'payment_intent']),
  'GET refunds/:id': one('refund'),
  'GET disputes': list('dispute', 'disputes', ['charge', 'payment_intent']),
  'GET disputes/:id': one('dispute'),
}
