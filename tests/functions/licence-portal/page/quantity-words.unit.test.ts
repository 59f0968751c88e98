import { describe, expect, it } from 'vitest'
import type { Subscription } from '../../../../functions/licence-portal/page/data/answers.ts'
import { Problem } from '../../../../functions/licence-portal/page/data/problem.ts'
import { adviceOn, barOf } from '../../../../functions/licence-portal/page/pages/subscription/advice.ts'
import { intentionFor, isAnswered } from '../../../../functions/licence-portal/page/pages/subscription/intention.ts'
import { stateOf, toneOf } from '../../../../functions/licence-portal/page/pages/subscription/invoices/invoice-state.ts'
import {
  costLines,
  lastDayOf,
  typedQuantity,
} from '../../../../functions/licence-portal/page/pages/subscription/quantity/cost.ts'
import { listWith } from '../../../../functions/licence-portal/page/pages/subscriptions/licences/list-with.ts'

const now = new Date('2026-11-28T12:00:00.000Z')
const aSubscription = (more: Partial<Subscription> = {}): Subscription => ({
  ...{ id: 'sub_1', name: 'Contoso', reference: null, contact: null, source: 'purchased', interval: 'yearly' },
  ...{ quantity: 12, assigned: 9, ceiling: null, free: 3, overQuantity: 0 },
  ...{ licensing: true, state: 'active', term: 'renewing', endsAt: null, paidUntil: '2027-03-01T00:00:00.000Z' },
  ...{ role: 'owner', may: ['see', 'quantity', 'billing'] },
  ...more,
})
const aPreview = { quantity: 15, currency: 'eur', change: 7440, total: 8854, mustWithdraw: 0 }
const lines = (preview: Partial<typeof aPreview>, more: Partial<Subscription> = {}) =>
  costLines({ ...aPreview, ...preview }, aSubscription(more))
const keys = (...asked: Parameters<typeof lines>) => lines(...asked).map(({ key }) => key)

describe('what another quantity costs', () => {
  it('more are due at once, with tax, and without where that differs', () => {
    expect(lines({})).toEqual([
      { key: 'quantity.due_now', amount: 8854 },
      { key: 'quantity.before_tax', amount: 7440 },
      { key: 'quantity.counts_when_paid' },
      { key: 'quantity.all_charged', count: 15 },
    ])
    expect(keys({ change: 8854 })).not.toContain('quantity.before_tax')
  })

  it('the licence that makes all of them cheaper brings a credit', () => {
    expect(lines({ quantity: 13, change: -1000, total: -1190 })[0]).toEqual({
      key: 'quantity.credited_now',
      amount: 1190,
    })
  })

  it('in a trial nothing is due', () => {
    expect(keys({ change: 0, total: 0 })).toEqual(['quantity.nothing_now', 'quantity.all_charged'])
  })

  it('no later invoice is spoken of when it does not renew', () => {
    expect(keys({}, { term: 'cancelled' })).not.toContain('quantity.all_charged')
    expect(keys({ quantity: 10, change: -500 }, { term: 'cancelled' })).toContain('quantity.no_next')
  })

  it('fewer are credited, and the next invoice is told', () => {
    expect(lines({ quantity: 10, change: -4960, total: 90000 })).toEqual([
      { key: 'quantity.period_credited', amount: 4960 },
      { key: 'quantity.next', amount: 90000 },
      { key: 'quantity.counts_at_once' },
    ])
  })

  it('fewer may cost more each, or leave a credit beyond the next invoice', () => {
    expect(lines({ quantity: 9, change: 300, total: 90000 })[0]).toEqual({ key: 'quantity.period_added', amount: 300 })
    expect(lines({ quantity: 9, change: -99000, total: -500 })[1]).toEqual({ key: 'quantity.next_left', amount: 500 })
    expect(keys({ quantity: 9, change: 0, total: 0 })[0]).toBe('quantity.period_same')
  })
})

it.each([
  ['12', 12],
  [' 7 ', 7],
  ['100000', 100_000],
  ['100001', undefined],
  ['0', undefined],
  ['-3', undefined],
  ['1.5', undefined],
  ['1e3', undefined],
  ['', undefined],
])('a typed quantity %j is %j', (typed, quantity) => {
  expect(typedQuantity(typed)).toBe(quantity)
})

it.each([
  ['a paid period that goes on', {}, '2027-03-01T00:00:00.000Z'],
  ['a trial', { state: 'trialing', endsAt: '2026-12-05T00:00:00.000Z' }, '2026-12-05T00:00:00.000Z'],
  ['a renewal that is late', { paidUntil: '2026-11-27T00:00:00.000Z' }, null],
  ['a missing payment', { state: 'past_due', endsAt: '2026-12-05T00:00:00.000Z' }, null],
] as const)('until when all stay licensed is promised only where it is known: %s', (_, more, day) => {
  expect(lastDayOf(aSubscription(more), now)).toBe(day)
})

describe('what is in the way', () => {
  it.each([
    [{ source: 'granted' }, false, 'quantity.granted'],
    [{ state: 'ended' }, false, 'quantity.over'],
    [{ state: 'ended_unpaid' }, true, 'quantity.over'],
    [{ state: 'past_due' }, true, 'quantity.barred.past_due'],
    [{ state: 'payment_pending' }, true, 'quantity.barred.payment_pending'],
    [{ state: 'paused' }, true, 'quantity.barred.paused'],
    [{ state: 'past_due' }, false, undefined],
    [{ state: 'active' }, true, undefined],
  ] as const)('of %j, wanting more: %j', (more, isMore, key) => {
    expect(barOf(aSubscription(more), isMore)?.key).toBe(key)
  })

  it('a refusal says what to do, and where', () => {
    const advice = (code: string, details = {}, more: Partial<Subscription> = {}) =>
      adviceOn(new Problem(code, 409, details), aSubscription(more))
    expect(advice('below_assigned', { mustWithdraw: 4 })).toEqual({
      key: 'quantity.withdraw',
      values: { count: 4 },
      place: { to: '/subscriptions/sub_1', name: 'quantity.to_licences' },
    })
    expect(advice('payment_failed')?.place?.to).toBe('/subscriptions/sub_1/invoices')
    expect(advice('changed_meanwhile')?.key).toBe('refused.changed_meanwhile')
    expect(advice('not_purchased')?.key).toBe('refused.not_purchased')
    expect(advice('not_purchased', {}, { source: 'granted' })?.key).toBe('quantity.granted')
    expect(advice('not_licensing', {}, { state: 'paused' })?.key).toBe('quantity.barred.paused')
    expect(advice('too_many_requests')).toBeUndefined()
  })
})

describe('the key of a wish', () => {
  const newKey = () => 'new'
  it('stays while nobody has answered, and is another one for another wish', () => {
    const open = { wish: '15', key: 'first' }
    expect(intentionFor('15', open, newKey)).toBe(open)
    expect(intentionFor('16', open, newKey)).toEqual({ wish: '16', key: 'new' })
    expect(intentionFor('15', null, newKey).key).toBe('new')
  })

  it.each([
    [new Problem('unreachable', 0), false],
    [new Problem('unavailable', 503), false],
    [new Problem('internal', 500), false],
    [new Error('anything'), false],
    [new Problem('read_only', 503), true],
    [new Problem('payment_failed', 402), true],
    [new Problem('changed_meanwhile', 409), true],
  ])('%s is an answer: %j', (error, answered) => {
    expect(isAnswered(error)).toBe(answered)
  })
})

it('states of invoices that we have no words for are coloured by nothing', () => {
  expect(stateOf('paid')).toBe('paid')
  expect(stateOf('tomorrow')).toBeUndefined()
  expect([toneOf('paid'), toneOf('open'), toneOf('uncollectible'), toneOf(undefined)]).toEqual([
    'success',
    'warning',
    'danger',
    'subtle',
  ])
})

it('addresses that are to have a licence again join the list, each once', () => {
  expect(listWith('', ['a@x.example', 'b@x.example'])).toBe('a@x.example\nb@x.example')
  expect(listWith(' typed@x.example \n\na@x.example', ['a@x.example', 'b@x.example'])).toBe(
    'typed@x.example\na@x.example\nb@x.example',
  )
})
