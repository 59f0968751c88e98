import { entitlement, licenses, PAST_DUE_MS, RENEWAL_GRACE_MS } from '@securemailmerge/shared/licensing/entitlement'
import { Grant } from '@securemailmerge/shared/licensing/grant'
import type { Subscription, SubscriptionState, Term } from '@securemailmerge/shared/licensing/subscription'
import { verdict } from '@securemailmerge/shared/licensing/verdict'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { anAccount, aSeat, aSubscription, day, hour, later, noon, owner } from '../../builders.ts'

const end = '2026-04-01T00:00:00.000Z'
const justBefore = later(-1, end)
const at = (instant: string | Date) => new Date(instant)

describe('what licenses, and until when', () => {
  const rows: [string, Partial<Subscription>, { last: Date; until: Date | null; code: string; next: string }][] = [
    [
      'one that renews, 72 h longer than it is paid',
      { term: 'renewing' },
      { last: later(72 * hour - 1, end), until: null, code: 'licensed', next: 'ended' },
    ],
    [
      'an agreed one strictly before its end',
      { term: 'fixed' },
      { last: justBefore, until: at(end), code: 'licensed', next: 'ended' },
    ],
    [
      'a cancelled one strictly before its end',
      { term: 'cancelled' },
      { last: justBefore, until: at(end), code: 'licensed_ending', next: 'ended' },
    ],
    [
      'a trial strictly before its end, also when no event says so',
      { state: 'trialing', term: 'renewing' },
      { last: justBefore, until: at(end), code: 'licensed', next: 'ended' },
    ],
    [
      'a cancelled trial strictly before its end',
      { state: 'trialing', term: 'cancelled' },
      { last: justBefore, until: at(end), code: 'licensed_ending', next: 'ended' },
    ],
    [
      'an unpaid one for 14 days from the first failure',
      { state: 'past_due', term: 'renewing', pastDueSince: '2026-04-01T03:00:00.000Z' },
      {
        last: at('2026-04-15T02:59:59.999Z'),
        until: at('2026-04-15T03:00:00.000Z'),
        code: 'licensed',
        next: 'ended_unpaid',
      },
    ],
    [
      'an unpaid one for 14 days from its end when the failure has no time',
      { state: 'past_due', term: 'renewing' },
      { last: later(14 * day - 1, end), until: later(14 * day, end), code: 'licensed', next: 'ended_unpaid' },
    ],
    [
      'an unpaid one that was cancelled',
      { state: 'past_due', term: 'cancelled' },
      { last: later(-1, end), until: new Date(end), code: 'licensed_ending', next: 'ended' },
    ],
    [
      'an unpaid one that was cancelled, 14 days from the failure when that comes first',
      { state: 'past_due', term: 'cancelled', pastDueSince: later(-20 * day, end).toISOString() },
      { last: later(-6 * day - 1, end), until: later(-6 * day, end), code: 'licensed_ending', next: 'ended_unpaid' },
    ],
  ]

  it.each(rows)('%s', (_, some, { last, until, code, next }) => {
    const subscription = aSubscription({ paidUntil: end, ...some })
    expect(entitlement(subscription, noon)).toEqual({ licenses: true, code, until })
    expect(entitlement(subscription, last)).toEqual({ licenses: true, code, until })
    expect(entitlement(subscription, later(1, last))).toEqual({ licenses: false, code: next, until: null })
  })

  it.each<SubscriptionState>(['payment_pending', 'paused', 'ended', 'ended_unpaid'])(
    'nobody while it is %s',
    (state) => {
      for (const term of ['renewing', 'fixed', 'cancelled'] satisfies Term[]) {
        expect(entitlement(aSubscription({ state, term }), noon)).toEqual({ licenses: false, code: state, until: null })
      }
    },
  )

  it('states its two graces', () => {
    expect(RENEWAL_GRACE_MS).toBe(72 * hour)
    expect(PAST_DUE_MS).toBe(14 * day)
  })
})

const instants = fc.date({ min: at('2020-01-01T00:00:00Z'), max: at('2035-01-01T00:00:00Z'), noInvalidDate: true })
const stored = fc
  .record({
    state: fc.constantFrom<SubscriptionState>('active', 'trialing', 'past_due', 'payment_pending', 'paused', 'ended'),
    term: fc.constantFrom<Term>('renewing', 'fixed', 'cancelled'),
    paidUntil: instants.map((date) => date.toISOString()),
    pastDueSince: fc.option(instants.map((date) => date.toISOString())),
  })
  .map(aSubscription)

describe('C20 the end instant', () => {
  const zone = process.env.TZ
  afterEach(() => {
    if (zone === undefined) delete process.env.TZ
    else process.env.TZ = zone
  })

  it.each([
    ['America/Los_Angeles', 420],
    ['Asia/Kolkata', -330],
    ['Pacific/Kiritimati', -840],
    ['UTC', 0],
  ])('is the same in %s', (name, offset) => {
    process.env.TZ = name
    expect(at(end).getTimezoneOffset()).toBe(offset)
    for (const term of ['fixed', 'cancelled'] satisfies Term[]) {
      const subscription = aSubscription({ paidUntil: end, term })
      expect(licenses(subscription, new Date(1_775_001_599_999))).toBe(true)
      expect(licenses(subscription, new Date(1_775_001_600_000))).toBe(false)
    }
    const grant = (until: unknown) => Grant.safeParse({ owner, quantity: 1, until, name: 'Contoso', why: 'test' })
    expect(grant('2199-12-31T23:59:59Z').success).toBe(true)
    expect(grant('2200-01-01T00:00:00Z').success).toBe(false)
  })

  it.each([
    ['milliseconds instead of an instant', 1_775_001_600_000],
    ['seconds instead of an instant', 1_775_001_600],
    ['milliseconds as a text', '1775001600000'],
    ['the year 58,000 that they make', '+058217-03-26T00:00:00.000Z'],
    ['a day without a time', '2026-04-01'],
    ['a time without a zone', '2026-04-01T00:00:00'],
    ['a time of another zone', '2026-04-01T00:00:00+02:00'],
    ['a day that does not exist', '2026-02-30T00:00:00Z'],
  ])('cannot be given as %s', (_, until) => {
    const { error } = Grant.safeParse({ owner, quantity: 1, until, name: 'Contoso', why: 'test' })
    expect(error?.issues.map(({ path }) => path[0])).toContain('until')
  })

  it('is the one that was stored, whatever the calendar: 28 February after 31 January', () => {
    const february = aSubscription({ term: 'cancelled', paidUntil: '2026-02-28T10:00:00.000Z' })
    expect(entitlement(february, at('2026-02-28T09:59:59.999Z')).until).toEqual(at('2026-02-28T10:00:00.000Z'))
    expect(licenses(february, at('2026-02-28T10:00:00.000Z'))).toBe(false)
  })

  it('is strict: what has a known end licenses exactly before it', () => {
    fc.assert(
      fc.property(stored, instants, (subscription, now) => {
        const { until } = entitlement(subscription, now)
        if (!until) return
        expect(licenses(subscription, later(-1, until))).toBe(true)
        expect(licenses(subscription, until)).toBe(false)
      }),
      { numRuns: 500 },
    )
  })

  it('comes once: what has ended by the clock does not begin again by the clock', () => {
    fc.assert(
      fc.property(stored, instants, fc.nat(400), (subscription, now, days) => {
        if (!licenses(subscription, now)) expect(licenses(subscription, later(days * day, now))).toBe(false)
      }),
      { numRuns: 500 },
    )
  })

  it('answers a clock that steps back two seconds like any other instant', () => {
    const account = anAccount(2)
    const seat = aSeat('bob@contoso.example', { account })
    const found = [{ seat, subscription: aSubscription({ paidUntil: end }) }]
    const codes = [-1_000, 1_000, -1_000].map(
      (ms) => verdict({ account, evidence: [] }, found, [], later(ms, end)).code,
    )
    expect(codes).toEqual(['licensed', 'ended', 'licensed'])
  })
})
