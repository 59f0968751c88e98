import { openSession } from './checkout.ts'
import { EVENTS_KEPT_SECONDS } from './events.ts'
import { groupOf, listOf, textsOf } from './form.ts'
import { page, paged } from './page.ts'
import { known, list, one, type Route } from './route.ts'
import { missing } from './stripe-error.ts'

const prices: Route = {
  takes: [...paged, 'lookup_keys', 'active', 'product'],
  answer: ({ store }, form) => {
    const keys = listOf(form.lookup_keys)
    const found = store
      .all('price')
      .filter((price) => keys.length === 0 || keys.includes(price.lookup_key))
      .filter((price) => form.product === undefined || price.product === form.product)
      .filter((price) => form.active === undefined || String(price.active) === form.active)
    return page(found, '/v1/prices', form, store.orderOf('price'))
  },
}

const checkoutParameters = [
  ...['mode', 'line_items', 'success_url', 'cancel_url', 'metadata', 'subscription_data', 'client_reference_id'],
  ...['customer_email', 'automatic_tax', 'tax_id_collection', 'billing_address_collection', 'custom_text', 'locale'],
  ...['expires_at', 'allow_promotion_codes', 'payment_method_collection', 'expand'],
]

const makeConfiguration: Route = {
  takes: ['features', 'metadata', 'business_profile', 'default_return_url', 'expand'],
  answer: ({ store, at }, form) =>
    store.put({
      id: store.newId('bpc'),
      object: 'billing_portal.configuration',
      active: true,
      is_default: false,
      livemode: false,
      created: at(),
      features: groupOf(form.features),
      metadata: textsOf(form.metadata),
    }),
}

const openPortal: Route = {
  takes: ['customer', 'return_url', 'configuration', 'locale', 'flow_data', 'expand'],
  answer: (parts, form) => {
    const { store, at, origin } = parts
    const customer = known(parts, 'customer', String(form.customer), 'customer')
    if (store.hiddenOf(customer.id).deleted) missing('customer', customer.id, 'customer', 400)
    if (form.configuration !== undefined)
      known(parts, 'billing_portal.configuration', String(form.configuration), 'configuration')
    const id = store.newId('bps')
    store.note(id, { customer: customer.id, back: form.return_url, locale: form.locale })
    return {
      id,
      object: 'billing_portal.session',
      livemode: false,
      created: at(),
      customer: customer.id,
      configuration: form.configuration ?? null,
      return_url: form.return_url ?? null,
      url: `${origin}/billing/${id}`,
    }
  },
}

const events = list('event', 'events', ['type'], ({ store, at }) =>
  store.all('event').filter(({ created }) => created > at() - EVENTS_KEPT_SECONDS),
)

const event: Route = {
  takes: ['expand'],
  answer: (parts, _form, id) => {
    const found = known(parts, 'event', id)
    return found.created > parts.at() - EVENTS_KEPT_SECONDS ? found : missing('event', id)
  },
}

/** Prices, checkout pages, customers, the billing portal, events. */
export const sellingRoutes: Record<string, Route> = {
  'GET prices': prices,
  'GET prices/:id': one('price'),
  'POST checkout/sessions': {
    takes: checkoutParameters,
    answer: ({ store, at, origin }, form) => openSession(store, form, at(), origin),
  },
  'GET checkout/sessions': list('checkout.session', 'checkout/sessions', ['subscription', 'customer', 'status']),
  'GET checkout/sessions/:id': one('checkout.session'),
  'GET customers/:id': one('customer'),
  'GET billing_portal/configurations': list('billing_portal.configuration', 'billing_portal/configurations', []),
  'POST billing_portal/configurations': makeConfiguration,
  'POST billing_portal/sessions': openPortal,
  'GET events': events,
  'GET events/:id': event,
}
for (const name of ['active', 'is_default']) sellingRoutes['GET billing_portal/configurations']?.takes.push(name)
