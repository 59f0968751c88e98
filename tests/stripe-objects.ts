import type { Purchase } from '@securemailmerge/shared/purchasing/purchase'
import { API_VERSION } from '@securemailmerge/shared/stripe/client'
import { type Look, purchaseOf, unseen } from '@securemailmerge/shared/stripe/purchase'
import { read } from '@securemailmerge/shared/stripe/read'
import { Invoice, Subscription } from '@securemailmerge/shared/stripe/shapes'
import type Stripe from 'stripe'
import { noon } from './builders.ts'

// Objects of Stripe as its API version has them, which the package's types hold. They carry what our code reads, and the
// fields beside it that a reader could take for it.

/** Stripe's times: whole seconds. */
export const seconds = (instant: Date | string): number => Math.floor(new Date(instant).getTime() / 1000)

/** The month that is paid for in these tests, which happen at its first noon. */
export const periodStart = '2026-03-01T00:00:00.000Z'
export const periodEnd = '2026-04-01T00:00:00.000Z'

export type AnItem = Pick<Stripe.SubscriptionItem, 'id' | 'object' | 'created' | 'subscription' | 'metadata'> &
  Partial<Pick<Stripe.SubscriptionItem, 'current_period_start' | 'current_period_end'>> & {
    quantity?: number | null
    price: Pick<Stripe.Price, 'id' | 'object' | 'currency' | 'lookup_key' | 'type'> & {
      product: string
      recurring: { interval: string } | null
    }
  }

/** The line with the seats: three, paid by the month. */
export const anItem = (some: Partial<AnItem> = {}): AnItem => ({
  id: 'si_seats',
  object: 'subscription_item',
  created: seconds(periodStart),
  current_period_start: seconds(periodStart),
  current_period_end: seconds(periodEnd),
  metadata: {},
  price: {
    id: 'price_seat_monthly',
    object: 'price',
    currency: 'eur',
    lookup_key: 'seat_monthly',
    product: 'securemailmerge_seat',
    recurring: { interval: 'month' },
    type: 'recurring',
  },
  quantity: 3,
  subscription: 'sub_1',
  ...some,
})

/** A line that sells something else. */
export const aForeignItem = (some: Partial<AnItem> = {}): AnItem => {
  const item = anItem({ id: 'si_training', quantity: 1 })
  return { ...item, price: { ...item.price, id: 'price_training', lookup_key: null, product: 'training' }, ...some }
}

export type AnInvoice = Pick<
  Stripe.Invoice,
  | 'id'
  | 'object'
  | 'amount_due'
  | 'amount_paid'
  | 'amount_remaining'
  | 'attempt_count'
  | 'billing_reason'
  | 'collection_method'
  | 'created'
  | 'currency'
  | 'customer_email'
  | 'due_date'
  | 'number'
  | 'period_end'
  | 'period_start'
  | 'status'
  | 'total'
> & {
  customer: string
  parent: {
    type: 'subscription_details' | 'quote_details'
    subscription_details: { subscription: string; metadata: Stripe.Metadata } | null
  } | null
  starting_balance: number
  lines: { object: 'list'; data: { id: string; amount: number }[] }
  status_transitions: Pick<Stripe.Invoice.StatusTransitions, 'finalized_at' | 'paid_at'>
}

/** The invoice of the running period, which renewed the subscription and is paid. */
export const anInvoice = (some: Partial<AnInvoice> = {}): AnInvoice => ({
  id: 'in_1',
  object: 'invoice',
  amount_due: 3600,
  amount_paid: 3600,
  amount_remaining: 0,
  attempt_count: 1,
  billing_reason: 'subscription_cycle',
  collection_method: 'charge_automatically',
  created: seconds(periodStart),
  currency: 'eur',
  customer: 'cus_1',
  customer_email: 'buyer@contoso.example',
  due_date: null,
  lines: { object: 'list', data: [{ id: 'il_1', amount: 3600 }] },
  number: 'A-0001',
  parent: { type: 'subscription_details', subscription_details: { subscription: 'sub_1', metadata: {} } },
  period_end: seconds(periodStart),
  period_start: seconds('2026-02-01T00:00:00Z'),
  starting_balance: 0,
  status: 'paid',
  status_transitions: { finalized_at: seconds('2026-03-01T01:00:00Z'), paid_at: seconds('2026-03-01T01:00:00Z') },
  total: 3600,
  ...some,
})

/** One that is finalised, and that nobody has paid. */
export const anOpenInvoice = (some: Partial<AnInvoice> = {}): AnInvoice =>
  anInvoice({
    status: 'open',
    amount_paid: 0,
    amount_remaining: 3600,
    status_transitions: { finalized_at: seconds('2026-03-01T01:00:00Z'), paid_at: null },
    ...some,
  })

export type ASubscription = Pick<
  Stripe.Subscription,
  | 'id'
  | 'object'
  | 'cancel_at'
  | 'cancel_at_period_end'
  | 'canceled_at'
  | 'collection_method'
  | 'created'
  | 'currency'
  | 'ended_at'
  | 'livemode'
  | 'metadata'
  | 'pause_collection'
  | 'pending_update'
  | 'start_date'
  | 'status'
  | 'trial_end'
  | 'trial_start'
> & {
  cancellation_details: Pick<Stripe.Subscription.CancellationDetails, 'comment' | 'feedback' | 'reason'> | null
  customer: string | { id: string; object: 'customer'; deleted: true }
  items: { object: 'list'; data: AnItem[]; has_more: boolean; url: string }
  latest_invoice: AnInvoice | string | null
  status_details?: { paused: { subscription: { type: string }; transitioned_at: number; type: string } }
}

/** A monthly subscription of three seats that is paid for and renews. */
export const aStripeSubscription = (
  some: Partial<ASubscription> = {},
  items: AnItem[] = [anItem()],
): ASubscription => ({
  id: 'sub_1',
  object: 'subscription',
  cancel_at: null,
  cancel_at_period_end: false,
  canceled_at: null,
  cancellation_details: { comment: null, feedback: null, reason: null },
  collection_method: 'charge_automatically',
  created: seconds('2026-02-01T00:00:00Z'),
  currency: 'eur',
  customer: 'cus_1',
  ended_at: null,
  items: { object: 'list', data: items, has_more: false, url: '/v1/subscription_items?subscription=sub_1' },
  latest_invoice: anInvoice(),
  livemode: false,
  metadata: {},
  pause_collection: null,
  pending_update: null,
  start_date: seconds('2026-02-01T00:00:00Z'),
  status: 'active',
  trial_end: null,
  trial_start: null,
  ...some,
})

/** One that is over since an instant. */
export const aCancelledSubscription = (at: Date | string, some: Partial<ASubscription> = {}): ASubscription =>
  aStripeSubscription({
    status: 'canceled',
    canceled_at: seconds(at),
    ended_at: seconds(at),
    cancellation_details: { comment: null, feedback: null, reason: 'cancellation_requested' },
    ...some,
  })

export type ASession = Pick<
  Stripe.Checkout.Session,
  | 'id'
  | 'object'
  | 'client_reference_id'
  | 'created'
  | 'customer_email'
  | 'expires_at'
  | 'livemode'
  | 'metadata'
  | 'mode'
  | 'payment_status'
  | 'status'
  | 'url'
> & {
  customer: string | null
  customer_details: { email: string | null } | null
  invoice: string | null
  payment_intent: string | null
  payment_link: string | null
  subscription: string | null
}

/** A page on which somebody has bought. */
export const aSession = (some: Partial<ASession> = {}): ASession => ({
  id: 'cs_test_1',
  object: 'checkout.session',
  client_reference_id: null,
  created: seconds(periodStart),
  customer: 'cus_1',
  customer_details: { email: 'Owner@Contoso.example' },
  customer_email: null,
  expires_at: seconds('2026-03-02T00:00:00Z'),
  invoice: 'in_1',
  livemode: false,
  metadata: {},
  mode: 'subscription',
  payment_intent: null,
  payment_link: null,
  payment_status: 'paid',
  status: 'complete',
  subscription: 'sub_1',
  url: null,
  ...some,
})

export type ACharge = Pick<Stripe.Charge, 'id' | 'object' | 'amount' | 'amount_refunded' | 'disputed' | 'refunded'> & {
  customer: string | null
  payment_intent: string | null
}
export const aCharge = (some: Partial<ACharge> = {}): ACharge => ({
  id: 'ch_1',
  object: 'charge',
  amount: 3600,
  amount_refunded: 0,
  customer: 'cus_1',
  disputed: false,
  payment_intent: 'pi_1',
  refunded: false,
  ...some,
})

export type ARefund = Pick<Stripe.Refund, 'id' | 'object' | 'amount' | 'created' | 'currency' | 'reason' | 'status'> & {
  charge: string | null
  payment_intent: string | null
}
export const aRefund = (some: Partial<ARefund> = {}): ARefund => ({
  id: 're_1',
  object: 'refund',
  amount: 3600,
  charge: 'ch_1',
  created: seconds(noon),
  currency: 'eur',
  payment_intent: 'pi_1',
  reason: 'requested_by_customer',
  status: 'succeeded',
  ...some,
})

export type ADispute = Pick<
  Stripe.Dispute,
  'id' | 'object' | 'amount' | 'created' | 'livemode' | 'reason' | 'status'
> & {
  charge: string
  payment_intent: string | null
}
export const aDispute = (some: Partial<ADispute> = {}): ADispute => ({
  id: 'du_1',
  object: 'dispute',
  amount: 3600,
  charge: 'ch_1',
  created: seconds(noon),
  livemode: false,
  payment_intent: 'pi_1',
  reason: 'fraudulent',
  status: 'needs_response',
  ...some,
})

export type AWarning = Pick<
  Stripe.Radar.EarlyFraudWarning,
  'id' | 'object' | 'actionable' | 'created' | 'fraud_type' | 'livemode'
> & { charge: string; payment_intent?: string }
export const aWarning = (some: Partial<AWarning> = {}): AWarning => ({
  id: 'issfr_1',
  object: 'radar.early_fraud_warning',
  actionable: true,
  charge: 'ch_1',
  created: seconds(noon),
  fraud_type: 'unauthorized_use_of_card',
  livemode: false,
  payment_intent: 'pi_1',
  ...some,
})

export type ACustomer = Pick<Stripe.Customer, 'id' | 'object' | 'created' | 'email' | 'livemode' | 'metadata'>
export const aCustomer = (some: Partial<ACustomer> = {}): ACustomer => ({
  id: 'cus_1',
  object: 'customer',
  created: seconds(periodStart),
  email: 'buyer@contoso.example',
  livemode: false,
  metadata: {},
  ...some,
})

/** An event as it is posted, about an object as it was then. */
export const anEvent = (type: string, object: unknown, some: Record<string, unknown> = {}) => ({
  id: 'evt_1',
  object: 'event' as const,
  api_version: API_VERSION,
  created: seconds(noon),
  data: { object },
  livemode: false,
  pending_webhooks: 1,
  request: { id: null, idempotency_key: null },
  type,
  ...some,
})

/** What C01 was signed with; shorter than our settings allow. */
export const c01Secret = 'whsec_test_c01'

/** Body and header of C01 as they came: a space after one comma, escapes that nobody needs, `1.0`, a last newline. */
export const c01 = {
  body: String.raw`{"id":"evt_c01", "object":"event","livemode":false,"type":"customer.subscription.updated","data":{"object":{"id":"sub_c01","note":"J\u00fcrgen \/ team","ratio":1.0}}}${'\n'}`,
  header: 't=1772366400,v1=34df1db9b362d32e8baae6d851b86597b1992d8bd92a3041d174fb2e9834c4dc',
}

/** What our code makes of a subscription as Stripe tells it, in these words and no others; null when it is not ours. */
export function seenIn(
  told: object,
  {
    now = noon,
    invoices = [],
    ...more
  }: Partial<Pick<Look, 'reversal' | 'isPeriodKnown'>> & { now?: Date; invoices?: AnInvoice[] } = {},
): Purchase | null {
  // As it comes over the wire: nothing but JSON.
  const subscription = read(Subscription, JSON.parse(JSON.stringify(told)))
  const look = unseen({ subscription, items: subscription.items.data })
  return purchaseOf({ ...look, ...more, invoices: invoices.map((one) => read(Invoice, one)) }, now)
}

/** The same of one that sells seats. */
export function seen(told: object, more: Parameters<typeof seenIn>[1] = {}): Purchase {
  const purchase = seenIn(told, more)
  if (!purchase) throw new Error('this is none of ours')
  return purchase
}
