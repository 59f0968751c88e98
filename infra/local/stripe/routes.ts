import { previewOf, updateSubscription } from './changes.ts'
import { openSession } from './checkout.ts'
import { page } from './expand.ts'
import { groupOf, listOf, textOf, textsOf } from './form.ts'
import { list, made, one, over, paged, type Route, shown, subscription } from './route.ts'
import type { Thing } from './store.ts'
import { missing } from './stripe-error.ts'

/** Every call that is understood, by method and path. */
export const routes: Record<string, Route> = {
  'GET prices': {
    takes: [...paged, 'lookup_keys', 'active', 'product'],
    answer: ({ store }, form) => {
      const keys = listOf(form.lookup_keys)
      const found = store.all('price').filter((price) => keys.length === 0 || keys.includes(price.lookup_key))
      return page(
        found.filter((price) => !form.product || price.product === form.product),
        '/v1/prices',
        form,
      )
    },
  },
  'GET prices/:id': one('price'),
  'POST checkout/sessions': {
    takes:
      'mode line_items success_url cancel_url metadata subscription_data client_reference_id customer_email automatic_tax tax_id_collection billing_address_collection custom_text locale expires_at allow_promotion_codes payment_method_collection expand'.split(
        ' ',
      ),
    answer: ({ store, at, origin }, form) => openSession(store, form, at(), origin),
  },
  'GET checkout/sessions': list('checkout.session', ['subscription', 'customer', 'status']),
  'GET checkout/sessions/:id': one('checkout.session'),
  'GET subscriptions': {
    takes: [...paged, 'status', 'customer', 'created'],
    answer: ({ store }, form) => {
      const status = textOf(form.status)
      const fits = (thing: Thing) =>
        status === undefined ? !over.includes(thing.status) : status === 'all' || thing.status === status
      const found = made(store.all('subscription'), form).filter(
        (thing) => fits(thing) && (!form.customer || thing.customer === form.customer),
      )
      const found2 = page(found, '/v1/subscriptions', form)
      return { ...found2, data: found2.data.map(shown) }
    },
  },
  'GET subscriptions/:id': { takes: ['expand'], answer: (parts, _form, id) => shown(subscription(parts, id)) },
  'POST subscriptions/:id': {
    takes: ['items', 'proration_behavior', 'payment_behavior', 'cancel_at_period_end', 'metadata', 'expand'],
    answer: (parts, form, id) => updateSubscription(parts, subscription(parts, id), form, parts.at()),
  },
  'DELETE subscriptions/:id': {
    takes: ['invoice_now', 'prorate', 'expand'],
    answer: (parts, _form, id) => {
      const thing = subscription(parts, id)
      if (over.includes(thing.status)) missing('subscription', id)
      parts.subscriptions.end(thing, 'cancellation_requested', parts.at())
      return thing
    },
  },
  'GET subscription_items': {
    takes: [...paged, 'subscription'],
    answer: (parts, form) =>
      page(subscription(parts, String(form.subscription)).items.data.toReversed(), '/v1/subscription_items', form),
  },
  'GET invoices': list('invoice', ['subscription', 'customer', 'status']),
  'GET invoices/:id': one('invoice'),
  'POST invoices/create_preview': {
    takes: ['subscription', 'subscription_details', 'expand'],
    answer: (parts, form) => previewOf(parts, form, parts.at()),
  },
  'GET invoice_payments': {
    takes: [...paged, 'invoice', 'payment', 'status'],
    answer: ({ store }, form) => {
      const intent = textOf(groupOf(form.payment).payment_intent)
      const direct = form.invoice
        ? [store.hiddenOf(String(form.invoice)).payment].flatMap((id) => (id ? [store.must(String(id))] : []))
        : store.all('invoice_payment')
      return page(
        direct.filter((one) => !intent || one.payment.payment_intent === intent),
        '/v1/invoice_payments',
        form,
      )
    },
  },
  'GET charges/:id': one('charge'),
  'GET payment_intents/:id': one('payment_intent'),
  'GET refunds': list('refund', ['charge', 'payment_intent']),
  'GET refunds/:id': one('refund'),
  'GET disputes': list('dispute', ['charge', 'payment_intent']),
  'GET disputes/:id': one('dispute'),
  'GET customers/:id': {
    takes: ['expand'],
    answer: (parts, form, id) =>
      parts.store.hiddenOf(id).deleted
        ? { id, object: 'customer', deleted: true }
        : one('customer').answer(parts, form, id),
  },
  'GET events': list('event', ['type']),
  'GET events/:id': one('event'),
  'GET billing_portal/configurations': list('billing_portal.configuration', [], ['active', 'is_default']),
  'POST billing_portal/configurations': {
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
  },
  'POST billing_portal/sessions': {
    takes: ['customer', 'return_url', 'configuration', 'locale', 'flow_data', 'expand'],
    answer: ({ store, at, origin }, form) => {
      if (store.get(String(form.customer))?.object !== 'customer') missing('customer', String(form.customer))
      const id = store.newId('bps')
      Object.assign(store.hiddenOf(id), { customer: form.customer, back: form.return_url })
      return {
        id,
        object: 'billing_portal.session',
        livemode: false,
        created: at(),
        customer: form.customer,
        configuration: form.configuration,
        return_url: form.return_url,
        url: `${origin}/billing/${id}`,
      }
    },
  },
}
