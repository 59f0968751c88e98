import { SEAT_PRODUCT } from '@securemailmerge/shared/purchasing/prices'
import { Unreadable } from '@securemailmerge/shared/stripe/purchase'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  aCancelledSubscription,
  aForeignItem,
  anInvoice,
  anItem,
  anOpenInvoice,
  aStripeSubscription,
  periodEnd,
  seconds,
  seen,
  seenIn,
} from '../../stripe-objects.ts'

/** What makes a look unreadable; an answer, or another fault, fails the test. */
function unreadable(told: object): string {
  try {
    seenIn(told)
  } catch (error) {
    if (error instanceof Unreadable) return error.message
    throw error
  }
  throw new Error('it was read')
}

it('says in our words what the seller says', () => {
  expect(seen(aStripeSubscription())).toEqual({
    seller: { mode: 'test', subscription: 'sub_1', customer: 'cus_1', item: 'si_seats', interval: 'monthly' },
    state: 'active',
    why: 'paid',
    quantity: 3,
    term: 'renewing',
    paidUntil: periodEnd,
    pastDueSince: null,
    intent: null,
    reversal: null,
  })
  expect(seen(aStripeSubscription({ livemode: true })).seller.mode).toBe('live')
})

it.each([
  ['month', 'monthly'],
  ['year', 'yearly'],
  ['week', null],
  ['of_the_future', null],
])('a price by the %s is %s', (interval, ours) => {
  const item = anItem()
  const told = aStripeSubscription({}, [{ ...item, price: { ...item.price, recurring: { interval } } }])
  expect(seen(told).seller.interval).toBe(ours)
})

describe('C06 where the end of the paid time stands', () => {
  const april = 1775001600
  const may = 1777593600
  const { current_period_end: _, current_period_start: __, ...endless } = anItem()
  const told = (old: number | null | undefined, ends: (number | null | undefined)[]) => ({
    ...aStripeSubscription({}, []),
    ...(old === undefined ? {} : { current_period_end: old }),
    items: {
      object: 'list',
      has_more: false,
      data: ends.map((end) => ({ ...endless, ...(end === undefined ? {} : { current_period_end: end }) })),
    },
  })

  it.each<[string, object, string]>([
    ['(a) at the subscription alone', told(april, [undefined]), '2026-04-01T00:00:00.000Z'],
    ['(a) at the subscription, and nothing at the line', told(april, [null]), '2026-04-01T00:00:00.000Z'],
    ['(b) at the line alone', told(undefined, [april]), '2026-04-01T00:00:00.000Z'],
    ['(b) at the line, and nothing at the subscription', told(null, [april]), '2026-04-01T00:00:00.000Z'],
    ['(c) at both, differing: the line counts', told(april, [may]), '2026-05-01T00:00:00.000Z'],
    ['(c) the other way round', told(may, [april]), '2026-04-01T00:00:00.000Z'],
    ['of several lines the shortest counts', told(undefined, [may, april, may]), '2026-04-01T00:00:00.000Z'],
    ['of several lines, one of them without', told(april, [may, undefined]), '2026-04-01T00:00:00.000Z'],
  ])('%s', (_, subscription, until) => {
    expect(seen(subscription).paidUntil).toBe(until)
  })

  it.each([
    ['missing', told(undefined, [undefined])],
    ['null', told(null, [null])],
  ])('(d) at neither, %s: it is not understood, and nothing is made up', (_, subscription) => {
    expect(unreadable(subscription)).toBe('nothing says until when it is paid')
  })

  it('the line of something else says nothing about the seats', () => {
    const items = [aForeignItem({ current_period_end: may }), { ...endless, current_period_end: april }]
    expect(seen(aStripeSubscription({}, items as never)).paidUntil).toBe('2026-04-01T00:00:00.000Z')
    const { current_period_end: _, ...none } = anItem()
    expect(unreadable(aStripeSubscription({}, [aForeignItem(), none]))).toBe('nothing says until when it is paid')
  })

  it.each([
    ['milliseconds', 1775001600000],
    ['a text', '1775001600'],
    ['a time before all time', -1],
    ['a part of a second', 1775001600.5],
  ])('%s is no end', (_, end) => {
    expect(unreadable(told(undefined, [end as number]))).toMatch(/^items\.data\.0\.current_period_end: \w+$/)
    expect(unreadable(told(end as number, [undefined]))).toMatch(/^current_period_end: \w+$/)
  })

  it('every end that is understood is an instant that a calendar has', () => {
    const end = fc.oneof(
      fc.constant(undefined),
      fc.constant(null),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.maxSafeInteger(),
    )
    fc.assert(
      fc.property(end, end, (old, atLine) => {
        try {
          const { paidUntil } = seen(told(old, [atLine]))
          expect(paidUntil).toBe(new Date((atLine ?? old)! * 1000).toISOString())
          expect(paidUntil).toMatch(/^\d{4}-/)
        } catch (error) {
          expect(error).toBeInstanceOf(Unreadable)
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('C08 the quantity is what is paid for', () => {
  it.each([0, 1, 3, 7, 10, 100_000])('%i', (quantity) => {
    expect(seen(aStripeSubscription({}, [anItem({ quantity })])).quantity).toBe(quantity)
  })

  const { quantity: _, ...without } = anItem()
  it.each([
    ['missing', without],
    ['null, as for what is metered', anItem({ quantity: null })],
  ])('%s: a mistake at the seller, and no number of ours takes its place', (_, item) => {
    expect(unreadable(aStripeSubscription({}, [item]))).toBe('a seat line has no quantity')
    expect(unreadable(aStripeSubscription({}, [anItem(), item]))).toBe('a seat line has no quantity')
  })

  it.each([-1, 1.5, '3', Number.MAX_SAFE_INTEGER + 1])('%s is no quantity', (quantity) => {
    const told = aStripeSubscription({}, [anItem({ quantity: quantity as number })])
    expect(unreadable(told)).toMatch(/^items\.data\.0\.quantity: \w+$/)
  })

  it('of several lines of seats the sum; then only the seller can change it', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100_000), { minLength: 1, maxLength: 20 }), (quantities) => {
        const items = quantities.map((quantity, index) => anItem({ id: `si_${index}`, quantity }))
        const { quantity, seller } = seen(aStripeSubscription({}, items))
        expect(quantity).toBe(quantities.reduce((sum, one) => sum + one, 0))
        expect(seller.item).toBe(quantities.length === 1 ? 'si_0' : null)
      }),
    )
  })
})

describe('lines that sell something else', () => {
  it.each([
    ['before the seats', [aForeignItem({ quantity: 40 }), anItem()]],
    ['after the seats', [anItem(), aForeignItem({ quantity: 40 })]],
    ['metered', [aForeignItem({ quantity: null }), anItem()]],
    ['without a period price', [aForeignItem({ price: { ...aForeignItem().price, recurring: null } }), anItem()]],
  ])('%s: count for nothing', (_, items) => {
    const { quantity, seller } = seen(aStripeSubscription({}, items))
    expect(quantity).toBe(3)
    expect(seller).toMatchObject({ item: 'si_seats', interval: 'monthly' })
  })

  it('alone: the subscription is none of ours, whatever else is wrong with it', () => {
    expect(seenIn(aStripeSubscription({}, [aForeignItem()]))).toBeNull()
    expect(seenIn(aStripeSubscription({}, [aForeignItem({ quantity: null })]))).toBeNull()
    expect(seenIn(aStripeSubscription({}, []))).toBeNull()
  })

  it('a price is one of seats by its product, which may come in full, and by nothing else', () => {
    const item = anItem()
    const priced = (price: object) => ({ ...item, price: { ...item.price, ...price } })
    const lapsed = priced({
      id: 'price_of_2019',
      lookup_key: null,
      product: { id: SEAT_PRODUCT, object: 'product', active: false },
    })
    expect(seen(aStripeSubscription({}, [lapsed as never])).quantity).toBe(3)
    for (const product of ['training', 'securemailmerge', `${SEAT_PRODUCT}s`, SEAT_PRODUCT.toUpperCase()]) {
      expect(seenIn(aStripeSubscription({}, [priced({ product })]))).toBeNull()
    }
  })
})

describe('C09 cancelled is not ended: the end that was told', () => {
  const march15 = 1773576000
  const noon = 1772366400
  it.each<[string, object, 'cancelled' | 'renewing', string]>([
    ['(a) with the period', { cancel_at_period_end: true }, 'cancelled', periodEnd],
    [
      '(a) with the period, told twice',
      { cancel_at_period_end: true, cancel_at: seconds(periodEnd) },
      'cancelled',
      periodEnd,
    ],
    ['(b) at once', { status: 'canceled', canceled_at: noon, ended_at: noon }, 'cancelled', '2026-03-01T12:00:00.000Z'],
    [
      '(b) at once, after another end was agreed',
      { status: 'canceled', ended_at: noon, cancel_at: march15 },
      'cancelled',
      '2026-03-01T12:00:00.000Z',
    ],
    [
      '(c) in the middle of the period',
      { cancel_at: march15, cancel_at_period_end: true },
      'cancelled',
      '2026-03-15T12:00:00.000Z',
    ],
    ['(d) taken back', { cancel_at_period_end: false, canceled_at: noon }, 'renewing', periodEnd],
    [
      '(e) the newer form',
      { cancel_at: march15, cancel_at_period_end: false },
      'cancelled',
      '2026-03-15T12:00:00.000Z',
    ],
    [
      'a trial, with its end',
      { status: 'trialing', trial_end: march15, cancel_at_period_end: true },
      'cancelled',
      '2026-03-15T12:00:00.000Z',
    ],
    ['a trial that goes on', { status: 'trialing', trial_end: march15 }, 'renewing', '2026-03-15T12:00:00.000Z'],
    ['a trial that is long over', { trial_end: seconds('2026-01-01T00:00:00Z') }, 'renewing', periodEnd],
  ])('%s', (_, some, term, paidUntil) => {
    expect(seen(aStripeSubscription(some))).toMatchObject({ term, paidUntil })
  })
})

describe('C12 who bought it', () => {
  it.each([
    ['nothing', {}, null],
    ['our intent', { intent: 'intent_1' }, 'intent_1'],
    ['what a buyer could type', { tenantId: 'T2', owner: 'mallory', client_reference_id: 'intent_1' }, null],
  ])('(a, e) of %s in its metadata our intent alone is read', (_, metadata, intent) => {
    expect(seen(aStripeSubscription({ metadata })).intent).toBe(intent)
  })

  it('(b) no metadata at all is an ordinary purchase', () => {
    const { metadata: _, ...told } = aStripeSubscription()
    expect(seen(told).intent).toBeNull()
    expect(seen({ ...told, metadata: null }).intent).toBeNull()
  })

  it.each([
    ['active', aStripeSubscription(), 'active'],
    ['ended with it', aCancelledSubscription('2026-03-01T12:00:00Z'), 'ended'],
  ])('(d) a customer who was deleted, the subscription %s, is still its customer', (_, told, state) => {
    const deleted = { ...told, customer: { id: 'cus_1', object: 'customer' as const, deleted: true as const } }
    expect(seen(deleted)).toEqual(seen(told))
    expect(seen(deleted)).toMatchObject({ state, quantity: 3, seller: { customer: 'cus_1' } })
  })
})

describe('money that was taken back', () => {
  const refund = { kind: 'refund', id: 're_1' } as const
  const dispute = { kind: 'dispute', id: 'du_1' } as const

  it.each([
    [refund, 'refunded in full'],
    [dispute, 'lost dispute'],
  ])('%o ends it, and it is to be cancelled at the seller', (reversal, why) => {
    expect(seen(aStripeSubscription(), { reversal })).toMatchObject({
      state: 'ended',
      why,
      reversal,
      pastDueSince: null,
    })
    // The paid time is what it was: what ends it is the state.
    expect(seen(aStripeSubscription(), { reversal }).paidUntil).toBe(periodEnd)
  })

  it('once cancelled there, the reason stays and nothing is left to cancel', () => {
    const told = aCancelledSubscription('2026-03-01T12:00:00Z')
    expect(seen(told, { reversal: refund })).toMatchObject({ state: 'ended', why: 'refunded in full', reversal: null })
  })

  it('ends also what owes something: it is not owed to us any more', () => {
    const told = aStripeSubscription({ status: 'past_due', latest_invoice: anOpenInvoice() })
    expect(seen(told, { reversal: dispute })).toMatchObject({ state: 'ended', pastDueSince: null })
  })
})

describe('since when it is past due', () => {
  const told = aStripeSubscription({ status: 'past_due', latest_invoice: anOpenInvoice() })
  const older = (at: string) =>
    anOpenInvoice({ id: 'in_0', status_transitions: { finalized_at: seconds(at), paid_at: null } })

  it.each([
    ['the latest invoice, when it is the only one', [], '2026-03-01T01:00:00.000Z'],
    ['an older one that is still open', [older('2026-02-01T01:00:00Z')], '2026-02-01T01:00:00.000Z'],
    ['the latest one, when another is due later', [older('2026-03-09T00:00:00Z')], '2026-03-01T01:00:00.000Z'],
  ])('%s', (_, invoices, since) => {
    expect(seen(told, { invoices }).pastDueSince).toBe(since)
  })

  it('never, when nothing is', () => {
    expect(seen(aStripeSubscription(), { invoices: [anInvoice({ id: 'in_0' })] }).pastDueSince).toBeNull()
  })
})

describe('a running period that no invoice began', () => {
  it.each([
    ['active', { status: 'active' }],
    ['trialing', { status: 'trialing' }],
    ['past due', { status: 'past_due', latest_invoice: anOpenInvoice() }],
  ])('%s: not known, and by no means paid', (_, some) => {
    expect(seen(aStripeSubscription(some), { isPeriodKnown: false })).toMatchObject({
      state: 'unknown',
      why: 'no invoice of the running period',
      pastDueSince: null,
    })
  })

  it.each([['canceled'], ['unpaid'], ['paused'], ['incomplete']])('%s: is what it is', (status) => {
    const told = aStripeSubscription({ status })
    expect(seen(told, { isPeriodKnown: false })).toEqual(seen(told))
  })
})

describe('what cannot be understood', () => {
  it('an invoice that was not sent along is not one that owes nothing', () => {
    expect(unreadable(aStripeSubscription({ latest_invoice: 'in_1' }))).toBe('latest_invoice: invalid_type')
  })

  it.each([
    ['customer', { customer: null }],
    ['status', { status: null }],
    ['livemode', { livemode: 'false' }],
    ['items', { items: null }],
    ['items.data', { items: { data: null } }],
    ['items.data.0.price', { items: { data: [{ ...anItem(), price: 'price_seat_monthly' }] } }],
    ['items.data.0.price.product', { items: { data: [{ ...anItem(), price: { ...anItem().price, product: null } }] } }],
    ['latest_invoice.amount_remaining', { latest_invoice: { ...anOpenInvoice(), amount_remaining: '0' } }],
    ['cancel_at', { cancel_at: 1775001600000 }],
    ['ended_at', { ended_at: '2026-03-01' }],
  ])('names the field: %s', (field, some) => {
    expect(unreadable({ ...aStripeSubscription(), ...some })).toMatch(
      new RegExp(`^${field.replaceAll('.', '\\.')}: \\w+$`),
    )
  })

  it('says nothing of what stood there', () => {
    const told = { ...aStripeSubscription(), status: { of: 'buyer@contoso.example' } }
    expect(unreadable(told)).toBe('status: invalid_type')
  })

  it('a field that we do not know hinders nobody', () => {
    const told = { ...aStripeSubscription(), of_the_future: { anything: true } }
    expect(seen(told)).toEqual(seen(aStripeSubscription()))
  })
})
