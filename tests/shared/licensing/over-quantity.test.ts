import { isOver, overFrom } from '@securemailmerge/shared/licensing/over-quantity'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { aReleasedSeat, aSeat, noon } from '../../builders.ts'

const place = (order: number) => ({ seatId: `seat-${order}`, order })

it('begins at the first seat that is not bought: the newest are over', () => {
  expect(overFrom([5, 2, 9].map(place), [], 2)).toBe(9)
  expect(overFrom([5, 2, 9].map(place), [], 1)).toBe(5)
})

it('is nowhere while there are enough', () => {
  expect(overFrom([5, 2, 9].map(place), [], 3)).toBeNull()
  expect(overFrom([], [], 1)).toBeNull()
  expect(isOver({ order: 9 }, { overFrom: null })).toBe(false)
})

it('looks at what the same batch is about to write', () => {
  const [first, second, third] = ['a', 'b', 'c'].map((name, order) => aSeat(`${name}@contoso.example`, { order }))
  const stored = [first, second].map((seat) => ({ seatId: seat!.seatId, order: seat!.order }))
  expect(overFrom(stored, [third!], 2)).toBe(2)
  expect(overFrom(stored, [aReleasedSeat('a@contoso.example', noon), third!], 2)).toBeNull()
  expect(overFrom(stored, [{ ...second!, order: 7 }, third!], 2)).toBe(7)
})

it("never reaches the owner's own place, even when several seats have it", () => {
  const seats = [0, 0, 1, 2].map((order, index) => ({ seatId: `seat-${index}`, order }))
  const from = overFrom(seats, [], 1)
  expect(seats.map((seat) => isOver(seat, { overFrom: from }))).toEqual([false, false, true, true])
})

it('leaves exactly the quantity, the oldest first, in whatever order it is asked', () => {
  const orders = fc.uniqueArray(fc.nat(10_000), { minLength: 1, maxLength: 50 })
  fc.assert(
    fc.property(orders, fc.integer({ min: 1, max: 60 }), (given, quantity) => {
      const from = overFrom(given.map(place), [], quantity)
      expect(overFrom([...given].reverse().map(place), [], quantity)).toBe(from)
      const kept = given.filter((order) => !isOver({ order }, { overFrom: from }))
      expect(kept).toHaveLength(Math.min(quantity, given.length))
      expect(Math.max(...kept)).toBe(given.toSorted((a, b) => a - b)[kept.length - 1])
    }),
  )
})
