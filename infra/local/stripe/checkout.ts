import { type Form, groupOf, listOf, numberOf, textOf, textsOf } from './form.ts'
import type { Store, Thing } from './store.ts'
import { StripeError } from './stripe-error.ts'

/** Opens a checkout page from the parameters of a call. */
export function openSession(store: Store, form: Form, at: number, origin: string): Thing {
  if (form.mode !== 'subscription')
    throw new StripeError(400, 'parameter_invalid', 'The local Stripe knows mode subscription only.', 'mode')
  const items = listOf(form.line_items).map((one) => {
    const line = groupOf(one)
    const price = textOf(line.price) ?? ''
    if (store.get(price)?.object !== 'price')
      throw new StripeError(400, 'resource_missing', `No such price: '${price}'`, 'line_items[0][price]')
    return { price, quantity: numberOf(line.quantity, 'line_items[0][quantity]') ?? 1 }
  })
  if (items.length === 0) throw new StripeError(400, 'parameter_missing', 'line_items is required', 'line_items')
  const expires = numberOf(form.expires_at, 'expires_at') ?? at + 86_400
  if (expires < at + 1800 || expires > at + 86_400) {
    throw new StripeError(
      400,
      'parameter_invalid',
      'expires_at must be between 30 minutes and 24 hours from now',
      'expires_at',
    )
  }
  const id = store.newId('cs_test')
  const data = groupOf(form.subscription_data)
  Object.assign(store.hiddenOf(id), {
    items,
    metadata: textsOf(data.metadata),
    trialDays: numberOf(data.trial_period_days, 'trial_period_days'),
    note: textOf(groupOf(groupOf(form.custom_text).submit).message),
  })
  return store.put({
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
    cancel_url: form.cancel_url,
    client_reference_id: form.client_reference_id ?? null,
    customer: null,
    customer_details: null,
    customer_email: form.customer_email ?? null,
    subscription: null,
    locale: form.locale ?? null,
    metadata: textsOf(form.metadata),
  })
}
