import { aboutOf, partsOf } from '@securemailmerge/shared/purchasing/event'
import { Envelope, eventTypes, type Named, named } from '@securemailmerge/shared/stripe/events'
import fc from 'fast-check'
import type Stripe from 'stripe'
import { describe, expect, it } from 'vitest'
import {
  aCancelledSubscription,
  aCharge,
  aCustomer,
  aDispute,
  anEvent,
  anInvoice,
  anOpenInvoice,
  aRefund,
  aSession,
  aStripeSubscription,
  aWarning,
  seconds,
} from '../../stripe-objects.ts'

const nobody: Named = { subscription: null, customer: null, paymentIntent: null, charge: null }
const theSubscription = { ...nobody, subscription: 'sub_1' }
const thePayment = { ...nobody, paymentIntent: 'pi_1', charge: 'ch_1' }

/** Whom an event names, as it comes over the wire. */
const namedIn = (type: string, object: unknown) =>
  named(Envelope.parse(JSON.parse(JSON.stringify(anEvent(type, object)))))

type Row = [type: Stripe.Event.Type, object: object, whom: Named | 'nobody']
const rows: Row[] = [
  ['checkout.session.completed', aSession(), theSubscription],
  ['checkout.session.completed', aSession({ payment_status: 'unpaid' }), theSubscription],
  ['checkout.session.completed', aSession({ mode: 'payment', subscription: null, payment_intent: 'pi_1' }), 'nobody'],
  ['checkout.session.completed', aSession({ mode: 'setup', subscription: null, customer: 'cus_1' }), 'nobody'],
  ['checkout.session.async_payment_succeeded', aSession(), theSubscription],
  ['checkout.session.async_payment_failed', aSession({ payment_status: 'unpaid' }), theSubscription],
  ['checkout.session.expired', aSession({ status: 'expired', subscription: null, customer: null }), 'nobody'],
  ['customer.subscription.created', aStripeSubscription({ status: 'incomplete' }), theSubscription],
  ['customer.subscription.updated', aStripeSubscription(), theSubscription],
  ['customer.subscription.deleted', aCancelledSubscription('2026-03-01T12:00:00Z'), theSubscription],
  ['customer.subscription.paused', aStripeSubscription({ status: 'paused' }), theSubscription],
  ['customer.subscription.resumed', aStripeSubscription(), theSubscription],
  ['customer.subscription.trial_will_end', aStripeSubscription({ status: 'trialing' }), theSubscription],
  ['customer.subscription.pending_update_applied', aStripeSubscription(), theSubscription],
  ['customer.subscription.pending_update_expired', aStripeSubscription(), theSubscription],
  ['invoice.finalized', anInvoice({ status: 'open' }), theSubscription],
  ['invoice.paid', anInvoice(), theSubscription],
  ['invoice.paid', anInvoice({ parent: null }), 'nobody'],
  ['invoice.paid', anInvoice({ parent: { type: 'quote_details', subscription_details: null } }), 'nobody'],
  ['invoice.payment_failed', anOpenInvoice(), theSubscription],
  ['invoice.payment_action_required', anOpenInvoice(), theSubscription],
  ['invoice.finalization_failed', anInvoice({ status: 'draft' }), theSubscription],
  ['invoice.overdue', anOpenInvoice({ collection_method: 'send_invoice', due_date: 1772366400 }), theSubscription],
  ['invoice.voided', anInvoice({ status: 'void' }), theSubscription],
  ['invoice.marked_uncollectible', anOpenInvoice({ status: 'uncollectible' }), theSubscription],
  ['charge.refunded', aCharge({ amount_refunded: 3600, refunded: true }), thePayment],
  ['charge.refunded', aCharge({ payment_intent: null }), { ...nobody, charge: 'ch_1' }],
  ['charge.refunded', aCharge({ id: 'py_1' }), { ...thePayment, charge: 'py_1' }],
  ['refund.created', aRefund({ status: 'pending' }), thePayment],
  ['refund.created', aRefund({ charge: null }), { ...nobody, paymentIntent: 'pi_1' }],
  ['refund.created', aRefund({ charge: null, payment_intent: null }), 'nobody'],
  ['refund.updated', aRefund(), thePayment],
  ['refund.failed', aRefund({ status: 'failed' }), thePayment],
  ['charge.dispute.created', aDispute(), thePayment],
  ['charge.dispute.updated', aDispute({ payment_intent: null }), { ...nobody, charge: 'ch_1' }],
  ['charge.dispute.closed', aDispute({ status: 'lost' }), thePayment],
  ['charge.dispute.funds_withdrawn', aDispute(), thePayment],
  ['charge.dispute.funds_reinstated', aDispute({ status: 'won' }), thePayment],
  ['radar.early_fraud_warning.created', aWarning(), thePayment],
  ['customer.updated', aCustomer(), { ...nobody, customer: 'cus_1' }],
  ['customer.deleted', aCustomer({ email: null }), { ...nobody, customer: 'cus_1' }],
]

describe('whom an event names', () => {
  it.each(rows)('%s: %o', (type, object, whom) => {
    expect(namedIn(type, object)).toEqual(whom)
  })

  it('has a row for every type', () => {
    expect([...new Set(rows.map(([type]) => type))].sort()).toEqual(Object.keys(eventTypes).sort())
  })

  it.each(rows)('%s, with what it refers to in full, names the same', (type, object, whom) => {
    // Stripe may send an object where it mostly sends an id.
    const references = ['subscription', 'payment_intent', 'charge']
    const full = Object.entries(object).map(([field, value]) => [
      field,
      references.includes(field) && typeof value === 'string' ? { id: value, object: field } : value,
    ])
    expect(namedIn(type, Object.fromEntries(full))).toEqual(whom)
  })
})

describe('C06 the invoice names its subscription in the new place or in the old one', () => {
  const { parent: _, ...parentless } = anInvoice()
  const details = (subscription: unknown) => ({ type: 'subscription_details', subscription_details: { subscription } })

  it.each([
    ['the new place alone', { ...parentless, parent: details('sub_c06') }, 'sub_c06'],
    ['the old place alone', { ...parentless, subscription: 'sub_c06' }, 'sub_c06'],
    ['the old place in full', { ...parentless, subscription: { id: 'sub_c06', object: 'subscription' } }, 'sub_c06'],
    ['the old place, and nothing in the new one', { ...parentless, parent: null, subscription: 'sub_c06' }, 'sub_c06'],
    ['both, differing', { ...parentless, parent: details('sub_c06'), subscription: 'sub_old' }, 'sub_c06'],
  ])('%s', (_, invoice, subscription) => {
    for (const type of Object.keys(eventTypes).filter((one) => eventTypes[one] === 'invoice')) {
      expect(namedIn(type, invoice)).toEqual({ ...nobody, subscription })
    }
  })

  it('neither: an invoice of something else', () => {
    expect(namedIn('invoice.paid', parentless)).toBe('nobody')
    expect(namedIn('invoice.paid', { ...parentless, subscription: null, parent: details(null) })).toBe('nobody')
  })
})

describe('what we do not use, or cannot read', () => {
  it.each(['invoice.created', 'product.created', 'v2.core.event', '', 'constructor', 'toString', '__proto__'])(
    'a type %j names nobody, whatever its object',
    (type) => {
      expect(namedIn(type, aStripeSubscription())).toBe('nobody')
      expect(namedIn(type, anInvoice())).toBe('nobody')
    },
  )

  it.each([
    ['no id', { object: 'subscription' }],
    ['an id that is none', { id: 'x' }],
    ['an id with what an id cannot have', { id: "sub_1' OR 1=1" }],
    ['an id of too many characters', { id: `sub_${'x'.repeat(201)}` }],
    ['a number for an id', { id: 4711 }],
    ['a number for a subscription', { id: 'in_1', subscription: 4711 }],
    ['a list for a subscription', { id: 'cs_1', subscription: [] }],
    ['a text for its parent', { id: 'in_1', parent: 'sub_1' }],
    ['a subscription without an id', { id: 'cs_1', subscription: { object: 'subscription' } }],
    ['a payment that is no id', { id: 're_1', payment_intent: 'pi 1' }],
  ])('an object with %s is not understood, whatever its type', (_, object) => {
    for (const type of Object.keys(eventTypes)) expect(namedIn(type, object)).toBeNull()
  })

  it('an object that is empty where we do not look names its subscription: that is fetched', () => {
    expect(namedIn('customer.subscription.updated', { ...aStripeSubscription(), items: null })).toEqual(theSubscription)
  })

  it.each([
    ['no object', { data: {} }],
    ['a text for its object', { data: { object: 'sub_1' } }],
    ['no data', { data: undefined }],
    ['no type', { type: undefined }],
    ['a list for its type', { type: ['invoice.paid'] }],
    ['no mode', { livemode: undefined }],
    ['a text for its mode', { livemode: 'false' }],
    ['an id of another thing', { id: 'sub_1' }],
    ['no id', { id: undefined }],
    ['a time that is a text', { created: '2026-03-01T12:00:00Z' }],
    ['a time before all time', { created: -1 }],
    ['half a second', { created: seconds('2026-03-01T12:00:00Z') + 0.5 }],
  ])('an event with %s has no envelope', (_, some) => {
    const text = JSON.stringify(anEvent('customer.subscription.updated', aStripeSubscription(), some))
    expect(Envelope.safeParse(JSON.parse(text)).success).toBe(false)
  })

  it.each([
    ['a text', '"evt_1"'],
    ['a list', '[]'],
    ['nothing', 'null'],
    ['a number', '1'],
  ])('%s is no event', (_, text) => {
    expect(Envelope.safeParse(JSON.parse(text)).success).toBe(false)
  })
})

describe('whatever is sent', () => {
  const id = fc.stringMatching(/^[a-z]{1,6}_[A-Za-z0-9_]{1,250}$/)
  const reference = fc.oneof(id, fc.record({ id }), fc.constant(null), fc.constant(undefined), fc.jsonValue())
  const objects = fc.record({
    id: fc.oneof({ weight: 9, arbitrary: id }, { weight: 1, arbitrary: fc.jsonValue() }),
    subscription: reference,
    payment_intent: reference,
    charge: reference,
    parent: fc.oneof(fc.constant(null), fc.record({ subscription_details: fc.record({ subscription: reference }) })),
    customer: reference,
  })

  it('an answer, never a fault; and whom it names has an address that a wake is understood with', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(eventTypes)), objects, (type, object) => {
        const whom = namedIn(type, object)
        if (whom === null || whom === 'nobody') return
        const ids = Object.values(whom).filter((one) => one !== null)
        expect(ids.length).toBeGreaterThan(0)
        for (const sellersId of ids) {
          expect(partsOf(aboutOf('test', sellersId))).toEqual({ mode: 'test', sellersId })
        }
        // Nothing else of the event is taken along (F39).
        expect(Object.keys(whom).sort()).toEqual(Object.keys(nobody).sort())
      }),
      { numRuns: 500 },
    )
  })
})
