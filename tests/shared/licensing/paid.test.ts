import { reallyPaidUntil } from '@securemailmerge/shared/licensing/paid'
import type { Subscription } from '@securemailmerge/shared/licensing/subscription'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { aSubscription, day, later, noon } from '../../builders.ts'

const seller = (interval: 'monthly' | 'yearly' | null) => ({
  mode: 'test' as const,
  subscription: 'sub_1',
  customer: 'cus_1',
  item: 'si_1',
  interval,
})
const paid = (some: Partial<Subscription>) => reallyPaidUntil(aSubscription({ source: 'purchased', ...some }))
const pastDue = (interval: 'monthly' | 'yearly' | null, paidUntil: string, pastDueSince: string | null) =>
  paid({ state: 'past_due', seller: seller(interval), paidUntil, pastDueSince })

it.each(['active', 'trialing', 'ended'] as const)('%s: as it is stored', (state) => {
  expect(paid({ state, paidUntil: '2026-04-01T00:00:00.000Z' })).toBe('2026-04-01T00:00:00.000Z')
})

it.each(['payment_pending', 'ended_unpaid', 'paused'] as const)('%s: nothing is known to be paid', (state) => {
  expect(paid({ state })).toBeNull()
})

it.each([
  ['a month', 'monthly', '2026-03-15T10:00:00.000Z', '2026-02-15T11:00:00.000Z', '2026-02-15T10:00:00.000Z'],
  ['a year', 'yearly', '2027-02-15T10:00:00.000Z', '2026-02-15T11:00:00.000Z', '2026-02-15T10:00:00.000Z'],
  [
    'a month of the 31st',
    'monthly',
    '2026-03-31T00:00:00.000Z',
    '2026-02-28T01:00:00.000Z',
    '2026-02-28T00:00:00.000Z',
  ],
  ['a leap year', 'yearly', '2024-02-29T00:00:00.000Z', '2023-02-28T01:00:00.000Z', '2023-02-28T00:00:00.000Z'],
  ['a sent invoice', 'monthly', '2026-03-15T10:00:00.000Z', '2026-02-25T10:00:00.000Z', '2026-02-15T10:00:00.000Z'],
  ['two periods', 'monthly', '2026-03-15T10:00:00.000Z', '2026-01-15T11:00:00.000Z', '2026-01-15T11:00:00.000Z'],
  ['another interval', null, '2026-03-15T10:00:00.000Z', '2026-02-15T11:00:00.000Z', '2026-02-15T11:00:00.000Z'],
] as const)(
  'past due for %s: until the period that is not paid, or the debt, began',
  (_, interval, end, since, until) => {
    expect(pastDue(interval, end, since)).toBe(until)
  },
)

it('past due: never later than the debt, nor than what is stored', () => {
  const ms = fc.integer({ min: -400, max: 400 }).map((days) => later(days * day).toISOString())
  fc.assert(
    fc.property(fc.constantFrom('monthly', 'yearly', null), ms, fc.option(ms), (interval, end, since) => {
      const until = pastDue(interval, end, since) ?? noon.toISOString()
      expect(until <= end && until <= (since ?? end)).toBe(true)
    }),
  )
})
