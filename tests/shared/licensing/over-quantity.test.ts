import { isOver, type Place, placesAfter, ranked } from '@securemailmerge/shared/licensing/over-quantity'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { anAccount, aReleasedSeat, aSeat, aSubscription, noon, owner } from '../../builders.ts'

const place = (order: number, some: Partial<Place> = {}): Place => ({
  seatId: `seat-${order}`,
  order,
  account: null,
  ...some,
})
const own = (order: number) => place(order, { account: owner })
/** A subscription with these places, of which so many are bought. */
const bought = (quantity: number, places: Place[], some = {}) =>
  ranked(aSubscription({ quantity, assigned: places.length, ...some }), places)
const overOf = (places: Place[], quantity: number, some = {}) =>
  places.filter((one) => isOver(one, bought(quantity, places, some))).map(({ order }) => order)

it('begins at the first seat that is not bought: the newest are over', () => {
  expect(
    overOf(
      [5, 2, 9].map((order) => place(order)),
      2,
    ),
  ).toEqual([9])
  expect(
    overOf(
      [5, 2, 9].map((order) => place(order)),
      1,
    ),
  ).toEqual([5, 9])
})

it('is nowhere while there are enough', () => {
  const places = [5, 2, 9].map((order) => place(order))
  expect(bought(3, places)).toMatchObject({ overFrom: null, exempt: null })
  expect(overOf(places, 3)).toEqual([])
})

it('looks at what the same batch is about to write', () => {
  const [first, second, third] = ['a', 'b', 'c'].map((name, order) => aSeat(`${name}@contoso.example`, { order }))
  const stored = [first!, second!]
  const orders = (written: Parameters<typeof placesAfter>[1]) => placesAfter(stored, written).map(({ order }) => order)
  expect(orders([third!])).toEqual([0, 1, 2])
  expect(orders([aReleasedSeat('a@contoso.example', noon), third!])).toEqual([1, 2])
  expect(orders([{ ...second!, order: 7 }, third!])).toEqual([0, 7, 2])
})

it("never reaches the owner's seat, wherever it stands, and another is over instead", () => {
  expect(overOf([place(1), place(2), own(9)], 2)).toEqual([2])
  expect(overOf([place(1), place(2), own(9)], 1)).toEqual([1, 2])
})

it('reaches the further seats of the owner like any other', () => {
  expect(overOf([own(1), own(2), own(3)], 1)).toEqual([2, 3])
  expect(overOf([own(2), place(3), own(9)], 2)).toEqual([9])
})

it('moves with the owner', () => {
  const places = [place(1), place(2, { account: anAccount(2) }), own(9)]
  expect(overOf(places, 1, { owner: anAccount(2) })).toEqual([1, 9])
  expect(overOf(places, 1, { owner: null })).toEqual([2, 9])
})

it('spares the owner from the moment that a seat is theirs, before anybody has ranked anew', () => {
  const subscription = bought(1, [place(1), place(2)])
  expect(isOver(own(2), subscription)).toBe(false)
  expect(isOver(place(2, { account: anAccount(2) }), subscription)).toBe(true)
})

it('leaves exactly the quantity, the oldest first, in whatever order it is asked', () => {
  const orders = fc.uniqueArray(fc.nat(10_000), { minLength: 1, maxLength: 50 })
  fc.assert(
    fc.property(orders, fc.integer({ min: 1, max: 60 }), fc.boolean(), (given, quantity, owned) => {
      const places = given.map((order, index) => (owned && index % 3 === 0 ? own(order) : place(order)))
      const over = overOf(places, quantity)
      expect(overOf(places.toReversed(), quantity).toSorted()).toEqual(over.toSorted())
      expect(over).toHaveLength(Math.max(0, given.length - quantity))
      const kept = given.filter((order) => !over.includes(order)).toSorted((a, b) => a - b)
      const first = owned ? Math.min(...places.filter(({ account }) => account).map(({ order }) => order)) : -1
      const others = kept.filter((order) => order !== first)
      expect(Math.max(-1, ...others)).toBeLessThan(Math.min(Infinity, ...over))
    }),
  )
})
