import * as z from 'zod'
import { PlainName } from '../../licensing/plain-text.ts'
import { SubscriptionId } from '../../licensing/subscription.ts'
import { MOST_SEATS_AT_CHECKOUT } from '../../purchasing/prices.ts'
import { type Client, route } from '../contract.ts'
import { SubscriptionView } from './views.ts'

const none = z.object({})
const clients: Client[] = ['addIn', 'portal']
const OneSubscription = z.object({ subscriptionId: SubscriptionId })
const Interval = z.enum(['monthly', 'yearly'])
const Quantity = z.coerce.number().int().min(1).max(100_000)
const Money = z.int().meta({ description: 'In the smallest unit of the currency.' })
const Link = z.url().meta({ description: 'A page of the payment provider. Open it now; it is not to be kept.' })

const common = { clients, query: none, bodyLimit: 16 * 1024 } as const
const reading = { ...common, method: 'GET', body: z.undefined(), bodyLimit: 0, perMinute: 60 } as const
// Each of these is a call of the seller, which has limits of its own.
const telling = { ...common, method: 'POST', keepsKey: true, perMinute: 20 } as const

// What moves money is asked of who has just shown who they are: not of a browser left open, nor of a token that leaked.
const money = { needsFreshSignIn: () => true }

const ending = (action: string, summary: string) =>
  route({
    ...telling,
    ...money,
    path: `purchases/subscriptions/{subscriptionId}/${action}`,
    summary,
    params: OneSubscription,
    body: z.strictObject({}),
    answer: SubscriptionView,
    refusals: ['not_found', 'not_purchased', 'not_licensing'],
  })

/** Routes of purchase-webhooks that people use. The seller's own is no part of the contract. */
export const purchaseWebhooks = {
  open_checkout: route({
    ...telling,
    path: 'purchases/checkout',
    summary: 'Opens the page where a subscription is bought; it will belong to the signed-in person.',
    params: none,
    body: z.strictObject({
      name: PlainName.meta({ description: 'For whom it is bought: shown in every list.' }),
      reference: PlainName.nullable().default(null).meta({ description: "The buyer's own reference." }),
      quantity: z.int().min(1).max(MOST_SEATS_AT_CHECKOUT),
      interval: Interval,
    }),
    answer: z.object({ intent: z.string(), url: Link }),
    refusals: [],
  }),
  show_intent: route({
    ...reading,
    path: 'purchases/intents/{intentId}',
    summary: 'What became of a purchase: `open`, `confirming`, `arrived` with its subscription, or `expired`.',
    params: z.object({ intentId: z.string().regex(/^intent_[\w-]{1,100}$/, 'not_an_intent_id') }),
    answer: z.object({
      id: z.string(),
      state: z.enum(['open', 'confirming', 'arrived', 'expired']).meta({
        description:
          '`open`: not paid yet. `confirming`: finished at the payment provider, on its way to us. `arrived`: see ' +
          '`subscription`, whose `licensing` says whether the money is there, too. `expired`: it can be paid no more.',
      }),
      name: z.string(),
      quantity: z.int(),
      interval: Interval,
      subscription: SubscriptionView.nullable(),
    }),
    refusals: ['not_found'],
  }),
  show_prices: route({
    ...reading,
    path: 'purchases/prices',
    summary: 'What a quantity costs for one period, before tax.',
    params: none,
    query: z.object({ quantity: Quantity.default(1) }),
    answer: z.object({
      currency: z.string(),
      quantity: z.int(),
      monthly: z.object({ unitAmount: Money, amount: Money }),
      yearly: z.object({ unitAmount: Money, amount: Money }),
    }),
    refusals: [],
  }),
  preview_quantity: route({
    ...reading,
    perMinute: 30,
    path: 'purchases/subscriptions/{subscriptionId}/quantity',
    summary: 'What another quantity would cost, before anything is changed.',
    params: OneSubscription,
    query: z.object({ quantity: Quantity }),
    answer: z.object({
      quantity: z.int(),
      currency: z.string(),
      change: Money.meta({ description: 'What the change brings for the running period; negative is a credit.' }),
      total: Money.meta({ description: 'Of the next invoice, tax included.' }),
      mustWithdraw: z.int().min(0).meta({ description: 'Seats to withdraw first.' }),
    }),
    refusals: ['not_found', 'not_purchased'],
  }),
  set_quantity: route({
    ...telling,
    ...money,
    path: 'purchases/subscriptions/{subscriptionId}/quantity',
    summary:
      'Buys more seats or gives some back. More count when they are paid, and are sold only while nothing is owed; ' +
      'fewer than are assigned are refused. One change at a time: another is `changed_meanwhile` until it is settled.',
    params: OneSubscription,
    body: z.strictObject({ quantity: z.int().min(1).max(100_000) }),
    answer: SubscriptionView,
    refusals: ['not_found', 'not_purchased', 'not_licensing', 'below_assigned', 'payment_failed'],
  }),
  cancel_subscription: ending('cancel', 'Ends it with the period that is paid for; all licences stay until then.'),
  undo_cancel: ending('undo-cancel', 'Takes a cancellation back, before its end.'),
  list_invoices: route({
    ...reading,
    path: 'purchases/subscriptions/{subscriptionId}/invoices',
    summary: 'Invoices, newest first, with links that are fetched now.',
    params: OneSubscription,
    query: z.object({
      limit: z.coerce.number().int().min(1).max(100).default(20),
      next: z
        .string()
        .regex(/^in_\w{1,200}$/, 'not_a_continuation')
        .nullable()
        .default(null),
    }),
    answer: z.object({
      invoices: z.array(
        z.object({
          number: z.string().nullable(),
          at: z.iso.datetime(),
          state: z.string().meta({
            description: '`draft`, `open`, `paid`, `void` or `uncollectible`, in words of the payment provider.',
          }),
          currency: z.string(),
          total: Money,
          paid: Money,
          page: Link.nullable(),
          pdf: Link.nullable(),
        }),
      ),
      next: z.string().nullable().meta({ description: 'Address of the next page, or null.' }),
    }),
    refusals: ['not_found', 'not_purchased'],
  }),
  open_billing: route({
    ...telling,
    ...money,
    keepsKey: false,
    path: 'purchases/subscriptions/{subscriptionId}/billing',
    summary: "A link to the payment provider's page: payment method, or all billing details.",
    params: OneSubscription,
    body: z.strictObject({ what: z.enum(['payment_method', 'billing']) }),
    answer: z.object({ url: Link }),
    refusals: ['not_found', 'not_purchased'],
  }),
}
