import * as z from 'zod'

// What we read of Stripe's objects, checked: its replies are input like any other. Unknown fields are let through, and
// enums are open, as Stripe says they are (docs.stripe.com/upgrades, 2026-10-28.endive).

const seconds = z.int().min(0).max(253_402_300_799)
/** A reference is an id, or the object when it was expanded. */
const reference = z.union([z.string(), z.looseObject({ id: z.string() }).transform(({ id }) => id)])
const metadata = z.record(z.string(), z.string()).nullish()

export const Item = z.looseObject({
  id: z.string(),
  quantity: z.int().min(0).nullish(),
  current_period_start: seconds.nullish(),
  current_period_end: seconds.nullish(),
  price: z.looseObject({
    id: z.string(),
    product: reference,
    recurring: z.looseObject({ interval: z.string() }).nullish(),
  }),
})
export type Item = z.output<typeof Item>

export const Invoice = z.looseObject({
  id: z.string(),
  number: z.string().nullish(),
  status: z.string().nullable(),
  billing_reason: z.string().nullish(),
  collection_method: z.string().nullish(),
  created: seconds,
  currency: z.string(),
  due_date: seconds.nullish(),
  total: z.int(),
  amount_due: z.int(),
  amount_paid: z.int(),
  amount_remaining: z.int(),
  /** What the customer had with the seller when it was made out; less than nothing is a credit. */
  starting_balance: z.int().nullish(),
  /** The first ten; what is credited comes before what is charged. */
  lines: z.looseObject({ data: z.array(z.looseObject({ amount: z.int() })) }).nullish(),
  status_transitions: z.looseObject({ finalized_at: seconds.nullish() }).nullish(),
  hosted_invoice_url: z.url({ protocol: /^https?$/ }).nullish(),
  invoice_pdf: z.url({ protocol: /^https?$/ }).nullish(),
  parent: z.looseObject({ subscription_details: z.looseObject({ subscription: reference }).nullish() }).nullish(),
})
export type Invoice = z.output<typeof Invoice>

export const Subscription = z.looseObject({
  id: z.string(),
  livemode: z.boolean(),
  customer: reference,
  status: z.string(),
  created: seconds,
  cancel_at: seconds.nullish(),
  cancel_at_period_end: z.boolean().nullish(),
  cancellation_details: z.looseObject({ reason: z.string().nullish() }).nullish(),
  ended_at: seconds.nullish(),
  /** A change that waits for its money. */
  pending_update: z.looseObject({}).nullish(),
  collection_method: z.string().nullish(),
  trial_end: seconds.nullish(),
  /** Where the period stood before API 2025-03-31 (C06). */
  current_period_end: seconds.nullish(),
  metadata,
  items: z.looseObject({ data: z.array(Item), has_more: z.boolean().nullish() }),
  /** Expanded in every question of ours: one that we did not see is not one that owes nothing. */
  latest_invoice: Invoice.nullable(),
})
export type Subscription = z.output<typeof Subscription>

export const Charge = z.looseObject({
  id: z.string(),
  payment_intent: reference.nullish(),
  amount: z.int(),
  amount_refunded: z.int(),
  refunded: z.boolean(),
  disputed: z.boolean().nullish(),
})
export type Charge = z.output<typeof Charge>

/** One payment of an invoice, with the charge behind it as far as there is one. */
export const InvoicePayment = z.looseObject({
  id: z.string(),
  status: z.string(),
  invoice: reference.nullish(),
  payment: z.looseObject({
    payment_intent: z
      .union([
        z.string().transform(() => null),
        z.looseObject({
          id: z.string(),
          latest_charge: z.union([Charge, z.string().transform(() => null), z.null()]).nullish(),
        }),
      ])
      .nullish(),
    charge: z.union([Charge, z.string().transform(() => null)]).nullish(),
  }),
})
export type InvoicePayment = z.output<typeof InvoicePayment>

export const Refund = z.looseObject({
  id: z.string(),
  amount: z.int(),
  status: z.string().nullable(),
  payment_intent: reference.nullish(),
  charge: reference.nullish(),
})
export const Dispute = z.looseObject({
  id: z.string(),
  status: z.string(),
  payment_intent: reference.nullish(),
  charge: reference.nullish(),
})

export const Session = z.looseObject({
  id: z.string(),
  livemode: z.boolean(),
  status: z.string().nullable(),
  payment_status: z.string().nullish(),
  subscription: reference.nullish(),
  metadata,
  url: z.url({ protocol: /^https?$/ }).nullish(),
})
export type Session = z.output<typeof Session>
