import {
  CURRENCY,
  costOf,
  intervalOf,
  lookupKeyOf,
  MOST_SEATS_AT_CHECKOUT,
  SEAT_PRODUCT,
} from '@securemailmerge/shared/purchasing/prices'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const intervals = ['monthly', 'yearly'] as const

describe('what seats cost', () => {
  it.each([
    ['monthly', 1, 1200, 1200],
    ['monthly', 9, 1200, 10_800],
    ['monthly', 10, 960, 9_600],
    ['monthly', 11, 960, 10_560],
    ['monthly', 5_000, 960, 4_800_000],
    ['yearly', 1, 12_000, 12_000],
    ['yearly', 9, 12_000, 108_000],
    ['yearly', 10, 9_600, 96_000],
    ['yearly', 400, 9_600, 3_840_000],
  ] as const)('%s, %i: each %i, together %i', (interval, quantity, unitAmount, amount) => {
    expect(costOf(interval, quantity)).toEqual({ unitAmount, amount })
  })

  it('all seats at the price of their number, never dearer each for more, never nothing', () => {
    fc.assert(
      fc.property(fc.constantFrom(...intervals), fc.integer({ min: 1, max: 100_000 }), (interval, quantity) => {
        const { unitAmount, amount } = costOf(interval, quantity)
        expect(amount).toBe(unitAmount * quantity)
        expect(unitAmount).toBeGreaterThan(0)
        expect(costOf(interval, quantity + 1).unitAmount).toBeLessThanOrEqual(unitAmount)
        expect(Number.isSafeInteger(amount)).toBe(true)
      }),
    )
  })

  it('a year costs ten months, whatever the number', () => {
    for (const quantity of [1, 9, 10, 5_000]) {
      expect(costOf('yearly', quantity).amount).toBe(10 * costOf('monthly', quantity).amount)
    }
  })
})

describe('what the seller calls it', () => {
  it('one product, two prices, each found under its own name', () => {
    expect([SEAT_PRODUCT, CURRENCY]).toEqual(['securemailmerge_seat', 'eur'])
    expect(intervals.map(lookupKeyOf)).toEqual(['seat_monthly', 'seat_yearly'])
  })

  it.each([
    ['month', 'monthly'],
    ['year', 'yearly'],
    ['day', null],
    ['week', null],
    ['monthly', null],
    [null, null],
  ])('%s is %s', (unit, interval) => {
    expect(intervalOf(unit)).toBe(interval)
  })

  it('one purchase has a limit, which a page of the seller knows', () => {
    expect(MOST_SEATS_AT_CHECKOUT).toBe(5_000)
  })
})
