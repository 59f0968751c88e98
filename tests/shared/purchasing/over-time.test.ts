import { entitlement, licenses, PAST_DUE_MS, RENEWAL_GRACE_MS } from '@securemailmerge/shared/licensing/entitlement'
import type { Subscription, SubscriptionState, Term } from '@securemailmerge/shared/licensing/subscription'
import { applied } from '@securemailmerge/shared/purchasing/apply'
import { extend } from '@securemailmerge/shared/purchasing/managing'
import { moneyTable } from '@securemailmerge/shared/stripe/money'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aState, aSubscription, day, decided, hour, later, noon, second } from '../../builders.ts'
import {
  type AnInvoice,
  type ASubscription,
  aCancelledSubscription,
  anInvoice,
  anItem,
  anOpenInvoice,
  aStripeSubscription,
  periodEnd,
  seconds,
  seen,
} from '../../stripe-objects.ts'

/** What stands here after one look at the seller. No event comes after it: all else is done by time alone. */
const looked = (told: object, ours?: Subscription, at = noon, invoices: AnInvoice[] = []): Subscription =>
  applied(ours, seen(told, { now: at, invoices }), null, at).subscription

/** What a person is told at an instant. */
const codeAt = (subscription: Subscription, at: Date) => entitlement(subscription, at).code

const trialEnd = '2026-03-15T12:00:00.000Z'
const finalised = '2026-03-01T01:00:00.000Z'
const cancelAt = '2026-03-20T09:30:00.000Z'
const first = { billing_reason: 'subscription_create' } as const

describe('what licenses, and for how long when nothing more is heard', () => {
  type Row = [string, status: string, invoice: string, Partial<ASubscription>, code: string, end: Date, then: string]
  const rows: Row[] = [
    ['a renewal that is late', 'active', 'nothing owed', {}, 'licensed', later(72 * hour, periodEnd), 'ended'],
    [
      'an agreed invoice within its terms',
      'active',
      'open, due later by agreement',
      {
        latest_invoice: anOpenInvoice({ collection_method: 'send_invoice', due_date: seconds('2026-03-31T00:00:00Z') }),
      },
      'licensed',
      later(72 * hour, periodEnd),
      'ended',
    ],
    [
      'cancelled with the period',
      'active',
      'nothing owed',
      { cancel_at_period_end: true },
      'licensed_ending',
      new Date(periodEnd),
      'ended',
    ],
    [
      'cancelled at an instant',
      'active',
      'nothing owed',
      { cancel_at: seconds(cancelAt) },
      'licensed_ending',
      new Date(cancelAt),
      'ended',
    ],
    ['a trial', 'trialing', 'any', { trial_end: seconds(trialEnd) }, 'licensed', new Date(trialEnd), 'ended'],
    [
      'a trial that was cancelled',
      'trialing',
      'any',
      { trial_end: seconds(trialEnd), cancel_at_period_end: true },
      'licensed_ending',
      new Date(trialEnd),
      'ended',
    ],
    [
      'a renewal that failed',
      'past_due',
      'any other',
      { latest_invoice: anOpenInvoice() },
      'licensed',
      later(14 * day, finalised),
      'ended_unpaid',
    ],
    [
      'a renewal that is not paid yet',
      'active',
      'later one, owed',
      { latest_invoice: anOpenInvoice() },
      'licensed',
      later(14 * day, finalised),
      'ended_unpaid',
    ],
    [
      'one that failed and was cancelled after that',
      'past_due',
      'any other',
      { latest_invoice: anOpenInvoice(), cancel_at: seconds('2026-03-05T00:00:00Z') },
      'licensed_ending',
      new Date('2026-03-05T00:00:00Z'),
      'ended',
    ],
  ]

  it.each(rows)('%s (%s, %s)', (_, status, invoice, some, code, end, then) => {
    const told = aStripeSubscription({ status, ...some })
    const subscription = looked(told)
    const row = moneyTable.find((one) => one.status === status && one.invoice === invoice)
    expect(subscription).toMatchObject({ state: row?.state, why: row?.why })
    for (const ms of [-second, -1]) expect(codeAt(subscription, later(ms, end))).toBe(code)
    for (const ms of [0, 1, second]) {
      expect(entitlement(subscription, later(ms, end))).toEqual({ licenses: false, code: then, until: null })
    }
    expect(licenses(subscription, later(400 * day, end))).toBe(false)
    // And from now on until then without a gap.
    for (let at = noon; at < end; at = later(6 * hour, at)) expect(licenses(subscription, at), String(at)).toBe(true)
  })

  const never: [status: string, invoice: string, told: object, code: string][] = [
    ['active', 'first one, owed', aStripeSubscription({ latest_invoice: anOpenInvoice(first) }), 'payment_pending'],
    [
      'past_due',
      'first one, owed',
      aStripeSubscription({ status: 'past_due', latest_invoice: anOpenInvoice(first) }),
      'payment_pending',
    ],
    [
      'incomplete',
      'any',
      aStripeSubscription({ status: 'incomplete', latest_invoice: anOpenInvoice(first) }),
      'payment_pending',
    ],
    [
      'incomplete_expired',
      'any',
      aStripeSubscription({ status: 'incomplete_expired', ended_at: seconds(noon) }),
      'ended_unpaid',
    ],
    ['unpaid', 'any', aStripeSubscription({ status: 'unpaid', latest_invoice: anOpenInvoice() }), 'ended_unpaid'],
    [
      'canceled',
      'given up for want of payment',
      aCancelledSubscription(noon, {
        cancellation_details: { comment: null, feedback: null, reason: 'payment_failed' },
      }),
      'ended_unpaid',
    ],
    ['canceled', 'any other', aCancelledSubscription(noon), 'ended'],
    ['paused', 'any', aStripeSubscription({ status: 'paused' }), 'paused'],
  ]

  it.each(never)('%s, %s: nobody, at no time', (status, invoice, told, code) => {
    const subscription = looked(told)
    const row = moneyTable.find((one) => one.status === status && one.invoice === invoice)
    expect(subscription).toMatchObject({ state: row?.state, why: row?.why })
    for (const at of [noon, later(-second, periodEnd), new Date(periodEnd), later(14 * day), later(400 * day)]) {
      expect(entitlement(subscription, at)).toEqual({ licenses: false, code, until: null })
    }
  })

  it('shows every row of the table', () => {
    const shown = new Set(
      [...rows.map(([, status, invoice]) => [status, invoice]), ...never].map(([a, b]) => `${a}, ${b}`),
    )
    expect([...shown].sort()).toEqual(moneyTable.map(({ status, invoice }) => `${status}, ${invoice}`).sort())
  })

  it('the two graces are those that the boundaries were written with', () => {
    expect([RENEWAL_GRACE_MS, PAST_DUE_MS]).toEqual([72 * hour, 14 * day])
  })
})

describe('a debt that something else was paid after', () => {
  const since = '2026-02-20T01:00:00.000Z'
  const older = (some: Partial<AnInvoice> = {}) =>
    anOpenInvoice({ id: 'in_0', status_transitions: { finalized_at: seconds(since), paid_at: null }, ...some })
  const paid: [string, Partial<AnInvoice>][] = [
    ['a licence more', { billing_reason: 'subscription_update', amount_due: 1200, amount_paid: 1200 }],
    ['the next renewal', {}],
    ['a renewal from a credit', { amount_due: 0, amount_paid: 0, starting_balance: -9000 }],
  ]

  it.each(paid)('%s: licensed for 14 days since the debt began, and no longer', (_, some) => {
    for (const owed of [older(), older({ status: 'uncollectible' })]) {
      const ours = looked(aStripeSubscription({ latest_invoice: anInvoice(some) }), undefined, noon, [owed])
      const end = later(14 * day, since)
      expect(entitlement(ours, noon)).toEqual({ licenses: true, code: 'licensed', until: end })
      for (let at = noon; at < end; at = later(6 * hour, at)) expect(licenses(ours, at), String(at)).toBe(true)
      for (const ms of [0, 400 * day]) expect(codeAt(ours, later(ms, end))).toBe('ended_unpaid')
    }
  })

  it.each(paid)('%s, and the first money never was: nobody, at no time', (_, some) => {
    const ours = looked(aStripeSubscription({ latest_invoice: anInvoice(some) }), undefined, noon, [older(first)])
    for (const at of [noon, later(14 * day), later(400 * day)]) expect(codeAt(ours, at)).toBe('payment_pending')
  })

  it('paid in the end, it is as if nothing had been', () => {
    const told = aStripeSubscription()
    const owing = looked(told, undefined, noon, [older()])
    expect(looked(told, owing, noon, [older({ status: 'paid', amount_remaining: 0 })])).toEqual(looked(told))
  })
})

describe('C08 cancelling grants nothing', () => {
  const of = (quantity: number) => [anItem({ quantity })]

  it('3, then 10, then 7, then nothing: 7 is history', () => {
    let ours: Subscription | undefined
    const limits: number[] = []
    const dids: (string | null)[] = []
    for (const told of [
      aStripeSubscription({}, of(3)),
      aStripeSubscription({}, of(10)),
      aStripeSubscription({}, of(7)),
      aCancelledSubscription(noon, { items: aStripeSubscription({}, of(7)).items }),
    ]) {
      const { subscription, did } = applied(ours, seen(told), null, noon)
      ours = subscription
      limits.push(licenses(subscription, noon) ? subscription.quantity : 0)
      dids.push(did)
    }
    expect(limits).toEqual([3, 10, 7, 0])
    // One entry for each real transition.
    expect(dids).toEqual(['purchased', 'changed_at_seller', 'changed_at_seller', 'changed_at_seller'])
    expect(ours).toMatchObject({ state: 'ended', quantity: 7 })
  })

  it.each([0, 1, 7, 100_000])('whatever the quantity was: %i', (quantity) => {
    const items = aStripeSubscription({}, of(quantity)).items
    expect(licenses(looked(aStripeSubscription({}, of(quantity))), noon)).toBe(true)
    expect(licenses(looked(aCancelledSubscription(noon, { items })), noon)).toBe(false)
  })
})

describe('C09 cancelled is not ended', () => {
  const march15 = 1773576000
  const rows: [string, object, code: string, end: string][] = [
    ['(a) with the period', aStripeSubscription({ cancel_at_period_end: true }), 'licensed_ending', periodEnd],
    [
      '(c) in the middle of the period',
      aStripeSubscription({ cancel_at: march15 }),
      'licensed_ending',
      '2026-03-15T12:00:00.000Z',
    ],
    [
      '(e) the newer form',
      aStripeSubscription({ cancel_at: march15, cancel_at_period_end: false }),
      'licensed_ending',
      '2026-03-15T12:00:00.000Z',
    ],
  ]
  it.each(rows)('%s: licensed strictly until then, and no grace', (_, told, code, end) => {
    const subscription = looked(told)
    expect(entitlement(subscription, noon)).toEqual({ licenses: true, code, until: new Date(end) })
    expect(licenses(subscription, later(-second, end))).toBe(true)
    expect(licenses(subscription, new Date(end))).toBe(false)
  })

  it('(b) at once: over from that instant on', () => {
    const before = looked(aStripeSubscription())
    const ours = looked(aCancelledSubscription(noon), before)
    expect(ours.paidUntil).toBe(noon.toISOString())
    expect(entitlement(ours, noon)).toEqual({ licenses: false, code: 'ended', until: null })
  })

  it('(d) taken back: renewing as before, with its grace', () => {
    const before = looked(aStripeSubscription())
    const cancelled = looked(aStripeSubscription({ cancel_at_period_end: true }), before)
    expect(looked(aStripeSubscription(), cancelled)).toEqual(before)
    expect(licenses(looked(aStripeSubscription(), cancelled), later(71 * hour, periodEnd))).toBe(true)
  })

  it('whatever the instant of the end', () => {
    fc.assert(
      fc.property(fc.integer({ min: seconds(noon) + 1, max: seconds('2030-01-01T00:00:00Z') }), (cancel_at) => {
        const subscription = looked(aStripeSubscription({ cancel_at }))
        expect(licenses(subscription, new Date(cancel_at * 1000 - 1))).toBe(true)
        expect(licenses(subscription, new Date(cancel_at * 1000))).toBe(false)
      }),
    )
  })
})

describe('C12 (d) a customer who was deleted', () => {
  it.each([0, 1, 3])('ends the subscription; the %i seats that were given away stay for history', (assigned) => {
    const before = { ...looked(aStripeSubscription()), assigned, nextOrder: assigned + 1 }
    const deleted = { id: 'cus_1', object: 'customer', deleted: true } as const
    const ours = looked(aCancelledSubscription(noon, { customer: deleted }), before)
    expect(ours).toMatchObject({ state: 'ended', assigned, nextOrder: assigned + 1, quantity: 3 })
    expect(licenses(ours, noon)).toBe(false)
  })
})

describe('W-6 what cost paying customers their licence elsewhere', () => {
  it('a payment that failed is not the end: licensed while the seller tries again, and as before when it succeeds', () => {
    const before = looked(aStripeSubscription())
    const failed = looked(aStripeSubscription({ status: 'past_due', latest_invoice: anOpenInvoice() }), before)
    expect(codeAt(failed, noon)).toBe('licensed')
    expect(looked(aStripeSubscription(), failed)).toEqual(before)
  })

  it('the end of an old subscription says nothing about the one that was bought after it', () => {
    const old = looked(aStripeSubscription({ id: 'sub_old' }))
    const bought = looked(aStripeSubscription({ id: 'sub_new' }))
    expect(looked(aCancelledSubscription(noon, { id: 'sub_old' }), old).subscriptionId).not.toBe(bought.subscriptionId)
  })

  it.each([
    ['a debit on its way', aStripeSubscription({ latest_invoice: anOpenInvoice(first) })],
    ['a page that was left', aStripeSubscription({ status: 'incomplete', latest_invoice: anOpenInvoice(first) })],
  ])('%s is not money: no licence before it, a licence after it', (_, told) => {
    const pending = looked(told)
    expect(licenses(pending, noon)).toBe(false)
    expect(licenses(looked(aStripeSubscription({ latest_invoice: anInvoice(first) }), pending), noon)).toBe(true)
  })

  it('a renewal restores what had ended, with the seats that were remembered', () => {
    const ended = { ...looked(aStripeSubscription({ status: 'unpaid' })), assigned: 2, nextOrder: 3 }
    expect(licenses(ended, noon)).toBe(false)
    expect(looked(aStripeSubscription(), ended)).toMatchObject({ state: 'active', assigned: 2, nextOrder: 3 })
  })
})

describe('goodwill', () => {
  const until = later(10 * day).toISOString()

  it.each<[SubscriptionState]>([['ended'], ['ended_unpaid'], ['payment_pending'], ['paused'], ['past_due']])(
    'licenses one that is %s strictly until its end',
    (state) => {
      const ours = aSubscription({
        state,
        term: 'renewing',
        pastDueSince: later(-20 * day).toISOString(),
        extendedUntil: until,
      })
      const end = new Date(until)
      expect(entitlement(ours, noon)).toEqual({ licenses: true, code: 'licensed', until: end })
      expect(licenses(ours, later(-1, end))).toBe(true)
      expect(codeAt(ours, end)).toBe(codeAt({ ...ours, extendedUntil: null }, end))
      expect(licenses(ours, end)).toBe(false)
    },
  )

  it('goes on where a cancelled one ends', () => {
    const ours = aSubscription({ term: 'cancelled', paidUntil: later(3 * day).toISOString(), extendedUntil: until })
    expect(entitlement(ours, noon)).toEqual({ licenses: true, code: 'licensed', until: new Date(until) })
    expect(licenses(ours, later(3 * day))).toBe(true)
    expect(licenses(ours, new Date(until))).toBe(false)
  })

  it('shortens nothing', () => {
    const renewing = aSubscription({ term: 'renewing', extendedUntil: until })
    expect(entitlement(renewing, noon)).toEqual({ licenses: true, code: 'licensed', until: null })
    const ending = aSubscription({ term: 'cancelled', paidUntil: later(30 * day).toISOString(), extendedUntil: until })
    expect(entitlement(ending, noon)).toEqual({ licenses: true, code: 'licensed_ending', until: later(30 * day) })
  })

  it('outlives every look at the seller', () => {
    const extended = { ...looked(aStripeSubscription()), extendedUntil: until }
    const ended = looked(aCancelledSubscription(noon), extended)
    expect(ended).toMatchObject({ state: 'ended', extendedUntil: until })
    expect(licenses(ended, noon)).toBe(true)
  })

  it('is what an operator decided last, and stands in the history', () => {
    const before = aState({ state: 'ended', extendedUntil: later(90 * day).toISOString() })
    const decision = decided(extend(until), before)
    expect(decision.did).toBe('extended')
    expect(decision.subscription).toEqual({ ...before.subscription, extendedUntil: until })
    expect(decision.answer).toEqual({ subscriptionId: before.subscription.subscriptionId, extendedUntil: until })
  })

  it('never takes a licence away, adds none after its end, and has a strict end like any other', () => {
    const instants = fc.date({ min: later(-60 * day), max: later(60 * day), noInvalidDate: true })
    const stored = fc.record({
      state: fc.constantFrom<SubscriptionState>('active', 'trialing', 'past_due', 'payment_pending', 'paused', 'ended'),
      term: fc.constantFrom<Term>('renewing', 'fixed', 'cancelled'),
      paidUntil: instants.map((date) => date.toISOString()),
      pastDueSince: fc.option(instants.map((date) => date.toISOString())),
    })
    fc.assert(
      fc.property(stored, instants, instants, (some, extended, now) => {
        const bought = aSubscription(some)
        const ours = { ...bought, extendedUntil: extended.toISOString() }
        expect(licenses(ours, now)).toBe(licenses(bought, now) || now < extended)
        const { until: end } = entitlement(ours, now)
        if (!end) return
        expect(licenses(ours, later(-1, end))).toBe(true)
        expect(licenses(ours, end)).toBe(false)
      }),
      { numRuns: 500 },
    )
  })
})
