import type { TypedAddress } from '@securemailmerge/shared/licensing/address'
import { type Assigner, giveSeats, seatIdOf } from '@securemailmerge/shared/licensing/seats'
import { describe, expect, it } from 'vitest'
import {
  aChange,
  anAccount,
  anAddress,
  aReleasedSeat,
  aSeat,
  aState,
  day,
  decided,
  later,
  noon,
  owner,
  refusalOf,
  typed,
} from '../../builders.ts'

const [ann, bob, kim] = ['ann', 'bob', 'kim'].map((name) => typed(`${name}@contoso.example`)) as [
  TypedAddress,
  TypedAddress,
  TypedAddress,
]
const byOwner: Assigner = { account: owner, evidence: [], claimed: null }
const give = (...wanted: TypedAddress[]) => giveSeats(wanted, byOwner)

it('gives each address a seat and counts them', () => {
  const { answer, subscription, seats, did } = decided(give(ann, bob), aState({ assigned: 3, nextOrder: 7 }))
  expect(answer).toEqual({
    quantity: 10,
    assigned: 5,
    seats: [ann, bob].map(({ address }) => ({ seatId: seatIdOf(address), address, outcome: 'assigned' })),
  })
  expect(did).toBe('assigned')
  expect(subscription).toMatchObject({ assigned: 5, nextOrder: 9 })
  expect(seats?.map(({ address, order, state, account }) => [address, order, state, account])).toEqual([
    [ann.address, 7, 'assigned', null],
    [bob.address, 8, 'assigned', null],
  ])
})

it('keeps the address as it was typed, and where it belongs', () => {
  const [seat] = decided(give(typed('Kim.Lee@Contoso.Example')), aState()).seats ?? []
  expect(seat).toMatchObject({
    address: 'kim.lee@contoso.example',
    typed: 'Kim.Lee@Contoso.Example',
    domain: 'contoso.example',
    assignedAt: noon.toISOString(),
  })
})

it('gives one seat to an address that is named twice', () => {
  const { answer } = decided(give(ann, typed('ANN@contoso.example')), aState({ quantity: 1 }))
  expect(answer).toMatchObject({ assigned: 1, seats: [{ address: ann.address, outcome: 'assigned' }] })
})

it('changes nothing for someone who already holds a seat, even when full', () => {
  const state = aState({ quantity: 2 }, [aSeat(ann.address), aSeat(bob.address, { order: 2, account: anAccount(2) })])
  const decision = decided(give(ann, bob), state)
  expect(decision).toEqual({
    answer: {
      quantity: 2,
      assigned: 2,
      seats: [
        { seatId: seatIdOf(ann.address), address: ann.address, outcome: 'already_assigned' },
        { seatId: seatIdOf(bob.address), address: bob.address, outcome: 'already_bound' },
      ],
    },
  })
})

it('changes nothing for someone who already holds a seat, even when the subscription is over', () => {
  const state = aState({ state: 'ended' }, [aSeat(ann.address)])
  expect(decided(give(ann), state).did).toBeUndefined()
})

it('writes only the new ones into history', () => {
  const { deeds } = decided(give(ann, bob), aState({}, [aSeat(ann.address)]))
  expect(deeds).toEqual([{ seatId: seatIdOf(bob.address), address: bob.address, outcome: 'assigned' }])
})

it('gives all or none: too few free seats refuse every address, with the counts', () => {
  const state = aState({ quantity: 2 }, [aSeat(ann.address)])
  expect(refusalOf(() => decided(give(ann, bob, kim), state))).toEqual({
    code: 'no_free_seat',
    message: 'Assigned: 1 of 2 licences; 1 more would be needed.',
    details: { quantity: 2, assigned: 1, free: 1, missing: 1 },
  })
})

it('counts against a reduction that is under way', () => {
  const state = aState({ quantity: 10, ceiling: 1 }, [aSeat(ann.address)])
  expect(refusalOf(() => decided(give(bob), state)).details).toMatchObject({ free: 0, missing: 1 })
})

it('does not tell of negative free seats while more is assigned than bought', () => {
  const state = aState({ quantity: 1 }, [aSeat(ann.address), aSeat(bob.address, { order: 2 })])
  expect(refusalOf(() => decided(give(kim), state)).details).toMatchObject({ free: 0, missing: 1 })
})

it.each(['ended', 'ended_unpaid', 'paused', 'payment_pending'] as const)('gives nothing while it is %s', (state) => {
  const { code, message, details } = refusalOf(() => decided(give(ann), aState({ state })))
  expect([code, details]).toEqual(['not_licensing', { reason: state }])
  expect(message).toMatch({ payment_pending: /first payment/, paused: /paused/ }[state as string] ?? /has ended/)
})

it('gives nothing from the end instant on', () => {
  const state = aState({ paidUntil: noon.toISOString() })
  expect(refusalOf(() => decided(give(ann), state)).code).toBe('not_licensing')
  expect(decided(give(ann), state, aChange({ at: later(-1) })).did).toBe('assigned')
})

it('begins a released seat anew: unbound, with a new place, remembered no longer', () => {
  const former = aReleasedSeat(ann.address, later(-day), { order: 3, account: anAccount(2) })
  const { seats } = decided(give(ann), aState({ nextOrder: 8 }, [former]))
  const generation = (former.generation ?? 0) + 1
  expect(seats).toEqual([aSeat(ann.address, { order: 8, typed: ann.typed, generation })])
  expect(seats?.[0]).not.toHaveProperty('ttl')
})

it('begins a seat that was forgotten in a generation that no earlier one can have had', () => {
  const generationAt = (at: Date) => decided(give(ann), aState(), aChange({ at })).seats?.[0]?.generation ?? 0
  expect(generationAt(later(91 * day))).toBeGreaterThan(aReleasedSeat(ann.address, noon).generation ?? Infinity)
})

it('tells the address where it has a seat', () => {
  const { hints } = decided(give(ann), aState())
  expect(hints?.map(({ kind, of }) => [kind, of])).toEqual([['seat', ann.address]])
})

describe('a seat given to oneself', () => {
  it('is bound at once, in the place that comes next', () => {
    const self = { ...byOwner, evidence: [ann.address] }
    const { seats, hints, subscription } = decided(giveSeats([bob, ann], self), aState({ nextOrder: 4 }))
    expect(seats?.map(({ order, state, account }) => [order, state, account])).toEqual([
      [4, 'assigned', null],
      [5, 'bound', owner],
    ])
    expect(seats?.[1]?.boundAt).toBe(noon.toISOString())
    expect(hints?.map(({ of }) => of)).toEqual([bob.address, ann.address, owner])
    expect(subscription?.nextOrder).toBe(6)
  })

  it('has the usual place when the subscription belongs to someone else', () => {
    const other: Assigner = { account: anAccount(5), evidence: [ann.address], claimed: null }
    const { seats } = decided(giveSeats([ann], other), aState({ nextOrder: 4 }))
    expect(seats).toMatchObject([{ order: 4, state: 'bound', account: anAccount(5) }])
  })

  it('of an address that is only claimed leads nobody but the claimer there', () => {
    const claimer = { ...byOwner, claimed: anAddress('ann@contoso.example') }
    const { seats, hints } = decided(giveSeats([ann], claimer), aState())
    expect(seats).toMatchObject([{ state: 'bound', account: owner }])
    expect(hints?.map(({ of }) => of)).toEqual([owner])
  })

  it('of an address that is claimed and evident is found by both', () => {
    const claimer = { ...byOwner, claimed: ann.address, evidence: [ann.address] }
    expect(decided(giveSeats([ann], claimer), aState()).hints?.map(({ of }) => of)).toEqual([ann.address, owner])
  })

  it('takes nobody else their seat', () => {
    const state = aState({}, [aSeat(ann.address, { account: anAccount(2) })])
    const { answer, did } = decided(giveSeats([ann], { ...byOwner, claimed: ann.address }), state)
    expect([answer.seats[0]?.outcome, did]).toEqual(['already_bound', undefined])
  })
})
