import * as z from 'zod'

/** What an event says about whom to look at; nothing else of it is believed or kept (B10, F39). */
export interface Named {
  /** The seller's subscription, where the event names it. */
  subscription: string | null
  /** Otherwise the way to it. */
  customer: string | null
  paymentIntent: string | null
  charge: string | null
}

type Way = 'subscription' | 'invoice' | 'session' | 'payment' | 'customer'

/** Every type that we act on and where it names the subscription; docs/purchases.md shows them. Others are counted only. */
export const eventTypes: Record<string, Way> = {
  'checkout.session.completed': 'session',
  'checkout.session.async_payment_succeeded': 'session',
  'checkout.session.async_payment_failed': 'session',
  'checkout.session.expired': 'session',
  'customer.subscription.created': 'subscription',
  'customer.subscription.updated': 'subscription',
  'customer.subscription.deleted': 'subscription',
  'customer.subscription.paused': 'subscription',
  'customer.subscription.resumed': 'subscription',
  'customer.subscription.trial_will_end': 'subscription',
  'customer.subscription.pending_update_applied': 'subscription',
  'customer.subscription.pending_update_expired': 'subscription',
  'invoice.finalized': 'invoice',
  'invoice.paid': 'invoice',
  'invoice.payment_failed': 'invoice',
  'invoice.payment_action_required': 'invoice',
  'invoice.finalization_failed': 'invoice',
  'invoice.overdue': 'invoice',
  'invoice.voided': 'invoice',
  'invoice.marked_uncollectible': 'invoice',
  'charge.refunded': 'payment',
  'refund.created': 'payment',
  'refund.updated': 'payment',
  'refund.failed': 'payment',
  'charge.dispute.created': 'payment',
  'charge.dispute.updated': 'payment',
  'charge.dispute.closed': 'payment',
  'charge.dispute.funds_withdrawn': 'payment',
  'charge.dispute.funds_reinstated': 'payment',
  'radar.early_fraud_warning.created': 'payment',
  'customer.updated': 'customer',
  'customer.deleted': 'customer',
}

const id = z.string().regex(/^[a-z]+_[A-Za-z0-9_]{1,200}$/)
const reference = z.union([id, z.looseObject({ id }).transform((object) => object.id)]).nullish()

/** The outside of an event, whatever it is about. */
export const Envelope = z.looseObject({
  id: z.string().regex(/^evt_[A-Za-z0-9_]{1,200}$/),
  type: z.string().max(200),
  livemode: z.boolean(),
  account: z.string().nullish(),
  // Up to the end of the year 9999: what lies beyond has no form that we could store.
  created: z.int().min(0).max(253_402_300_799),
  api_version: z.string().max(100).nullish(),
  data: z.looseObject({ object: z.looseObject({}) }),
})
export type Envelope = z.output<typeof Envelope>

const Thing = z.looseObject({
  id,
  subscription: reference,
  parent: z.looseObject({ subscription_details: z.looseObject({ subscription: reference }).nullish() }).nullish(),
  payment_intent: reference,
  charge: reference,
})

const nobody: Named = { subscription: null, customer: null, paymentIntent: null, charge: null }

/**
 * Whom an event of a known type names; `nobody` when its object belongs to no subscription (an ordinary invoice, a
 * session that bought nothing yet); null when the object cannot be understood.
 */
export function named({ type, data }: Envelope): Named | 'nobody' | null {
  const thing = Thing.safeParse(data.object)
  if (!thing.success) return null
  const { id: objectId, subscription, parent, payment_intent, charge } = thing.data
  switch (eventTypes[type]) {
    case 'subscription':
      return { ...nobody, subscription: objectId }
    case 'customer':
      return { ...nobody, customer: objectId }
    case 'session':
      return subscription ? { ...nobody, subscription } : 'nobody'
    case 'invoice': {
      // The second place is where it stood before API 2025-03-31; old events can be sent again (C06).
      const about = parent?.subscription_details?.subscription ?? subscription
      return about ? { ...nobody, subscription: about } : 'nobody'
    }
    case 'payment': {
      const itself = objectId.startsWith('ch_') || objectId.startsWith('py_') ? objectId : null
      const found = { ...nobody, paymentIntent: payment_intent ?? null, charge: charge ?? itself }
      return found.paymentIntent || found.charge ? found : 'nobody'
    }
    default:
      return 'nobody'
  }
}
