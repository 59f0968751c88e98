import type { State } from '@securemailmerge/shared/licensing/change'
import { accountHint, addressHint, hintsOf } from '@securemailmerge/shared/licensing/hints'
import { isOver } from '@securemailmerge/shared/licensing/over-quantity'
import { bindSeat, handOnSeat, rebindSeats, withdrawSeats } from '@securemailmerge/shared/licensing/seat-changes'
import { giveSeats, REMEMBER_RELEASED_SECONDS } from '@securemailmerge/shared/licensing/seats'
import { describe, expect, it } from 'vitest'
import {
  aChange,
  anAccount,
  applied,
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

const holder = anAccount(2)
const ann = aSeat('ann@contoso.example', { order: 1 })
const bob = aSeat('bob@contoso.example', { order: 2, account: holder })
const kim = typed('kim@contoso.example')
const gone = aReleasedSeat('gone@contoso.example', later(-day), { order: 3, account: anAccount(4) })
const nobody = aSeat('nobody@contoso.example').seatId
const state = () => aState({}, [ann, bob, gone])

describe('withdrawing', () => {
  it('takes seats back, all of them in one step', () => {
    const { answer, subscription, seats, did, fading } = decided(withdrawSeats([ann.seatId, bob.seatId]), state())
    expect(answer).toMatchObject({
      quantity: 10,
      assigned: 0,
      seats: [{ outcome: 'withdrawn' }, { outcome: 'withdrawn' }],
    })
    expect([did, subscription?.assigned]).toEqual(['withdrawn', 0])
    expect(seats).toMatchObject([
      { state: 'released', account: null, formerAccount: null, releasedAt: noon.toISOString() },
      { state: 'released', account: null, boundAt: null, formerAccount: holder, formerUntil: noon.toISOString() },
    ])
    expect(seats?.map(({ ttl }) => ttl)).toEqual([90 * 24 * 3600, 90 * 24 * 3600])
    expect(fading).toEqual([...hintsOf(ann), ...hintsOf(bob)])
    expect(REMEMBER_RELEASED_SECONDS).toBe(7_776_000)
  })

  it('remembers whom it was rebound from when nobody had it since', () => {
    const rebound = { ...ann, formerAccount: holder, formerUntil: later(-day).toISOString() }
    const { seats } = decided(withdrawSeats([ann.seatId]), aState({}, [rebound]))
    expect(seats).toMatchObject([{ formerAccount: holder, formerUntil: noon.toISOString() }])
  })

  it('changes nothing when they are back already', () => {
    const decision = decided(withdrawSeats([gone.seatId, gone.seatId]), state())
    expect(decision).toEqual({
      answer: {
        quantity: 10,
        assigned: 2,
        seats: [{ seatId: gone.seatId, address: gone.address, outcome: 'already_withdrawn' }],
      },
    })
  })

  it('writes only the new ones into history', () => {
    expect(decided(withdrawSeats([gone.seatId, ann.seatId]), state()).deeds).toEqual([
      { seatId: ann.seatId, address: ann.address, outcome: 'withdrawn' },
    ])
  })

  it('takes none back when one of them never was', () => {
    expect(refusalOf(() => decided(withdrawSeats([ann.seatId, nobody]), state())).code).toBe('not_found')
  })

  it('is possible when the subscription is over', () => {
    expect(decided(withdrawSeats([ann.seatId]), aState({ state: 'ended' }, [ann])).did).toBe('withdrawn')
  })
})

describe('handing on', () => {
  it('gives the place of one to another, also when every seat is taken', () => {
    const full = aState({ quantity: 2 }, [ann, bob])
    const { answer, subscription, seats, hints, fading, deeds } = decided(handOnSeat(bob.seatId, kim), full)
    expect(answer).toMatchObject({
      quantity: 2,
      assigned: 2,
      from: { address: bob.address, outcome: 'withdrawn' },
      to: { address: kim.address, outcome: 'assigned' },
    })
    expect(deeds).toEqual([answer.from, answer.to])
    expect(subscription).toMatchObject({ assigned: 2, nextOrder: 3 })
    expect(seats).toMatchObject([
      { address: bob.address, state: 'released', formerAccount: holder },
      { address: kim.address, state: 'assigned', account: null, order: 2 },
    ])
    expect(hints?.map(({ of }) => of)).toEqual([kim.address])
    expect(fading).toEqual(hintsOf(bob))
  })

  it('to someone who has a seat only takes the first one back', () => {
    const { answer, subscription, seats, hints } = decided(handOnSeat(bob.seatId, typed(ann.address)), state())
    expect(answer).toMatchObject({ assigned: 1, to: { outcome: 'already_assigned' } })
    expect(subscription).toMatchObject({ assigned: 1, nextOrder: 4 })
    expect(seats).toMatchObject([{ address: bob.address, state: 'released' }])
    expect(hints).toEqual([])
  })

  it('to someone whose seat was withdrawn gives a seat anew', () => {
    const { seats } = decided(handOnSeat(bob.seatId, typed(gone.address)), state())
    expect(seats?.[1]).toMatchObject({ address: gone.address, state: 'assigned', account: null, order: 2 })
    expect(seats?.[1]).not.toHaveProperty('ttl')
  })

  it('hands on the place of the owner, but not that it is never over', () => {
    const own = aSeat('own@contoso.example', { order: 7, account: owner })
    const full = aState({ quantity: 1, overFrom: 1, exempt: own.seatId }, [ann, own])
    const { subscription, seats } = applied(full, decided(handOnSeat(own.seatId, kim), full))
    const isBeyond = (address: string) => isOver(seats.get(aSeat(address).seatId)!, subscription)
    expect([isBeyond('ann@contoso.example'), isBeyond('kim@contoso.example')]).toEqual([false, true])
  })

  it('to its own holder changes nothing', () => {
    const { answer, did } = decided(handOnSeat(ann.seatId, typed(ann.address)), state())
    expect(did).toBeUndefined()
    expect(answer).toMatchObject({ assigned: 2, from: { outcome: 'unchanged' }, to: { outcome: 'unchanged' } })
  })

  it.each([
    ['not_found', nobody, {}],
    ['seat_released', gone.seatId, {}],
    ['not_licensing', ann.seatId, { state: 'ended' as const }],
  ])('is refused: %s', (code, seatId, some) => {
    expect(refusalOf(() => decided(handOnSeat(seatId, kim), aState(some, [ann, bob, gone]))).code).toBe(code)
  })
})

describe('rebinding', () => {
  it('frees seats for the next account with evidence, and remembers who had them', () => {
    const { answer, seats, subscription, deeds } = decided(rebindSeats([ann.seatId, bob.seatId]), state())
    expect(answer.seats.map(({ outcome }) => outcome)).toEqual(['not_bound', 'rebound'])
    expect(seats).toEqual([
      {
        ...bob,
        state: 'assigned',
        account: null,
        boundAt: null,
        formerAccount: holder,
        formerUntil: noon.toISOString(),
        generation: bob.generation! + 1,
      },
    ])
    expect(subscription).toBeUndefined()
    expect(deeds).toEqual([{ seatId: bob.seatId, address: bob.address, outcome: 'rebound' }])
  })

  it('leads the address there, also when only its claimer was led there before', () => {
    expect(decided(rebindSeats([bob.seatId]), state()).hints).toEqual([addressHint(bob, noon)])
  })

  it('changes nothing for seats that nobody has', () => {
    expect(decided(rebindSeats([ann.seatId]), state()).did).toBeUndefined()
  })

  it.each([
    ['not_found', nobody],
    ['seat_released', gone.seatId],
  ])('is refused for all when it is for one: %s', (code, seatId) => {
    expect(refusalOf(() => decided(rebindSeats([bob.seatId, seatId]), state())).code).toBe(code)
  })
})

describe('binding', () => {
  it('gives an unbound seat to the account, and touches the seat alone', () => {
    const { answer, seats, subscription, hints, did } = decided(bindSeat(ann.seatId, holder, ann.generation), state())
    expect([answer, did]).toEqual(['bound', 'bound'])
    expect(seats).toEqual([{ ...ann, state: 'bound', account: holder, boundAt: noon.toISOString() }])
    expect(subscription).toBeUndefined()
    expect(hints).toEqual([accountHint(ann, holder, noon)])
  })

  it.each([
    ['already_bound', bob.seatId, holder],
    ['bound_elsewhere', bob.seatId, anAccount(7)],
    ['bound_elsewhere', bob.seatId, anAccount(2, 'another-tenant')],
    ['no_seat', gone.seatId, anAccount(4)],
    ['no_seat', nobody, holder],
  ])('changes nothing otherwise: %s', (binding, seatId, account) => {
    expect(decided(bindSeat(seatId, account, noon.getTime()), state())).toEqual({ answer: binding })
  })

  describe('of a message that comes late', () => {
    const told = bob.generation
    const late = (left: State) => decided(bindSeat(bob.seatId, holder, told), left)
    const before = state()
    const rebound = applied(before, decided(rebindSeats([bob.seatId]), before))
    const withdrawn = applied(before, decided(withdrawSeats([bob.seatId]), before))
    const giver = { account: owner, evidence: [], claimed: null }
    const givenAgain = applied(withdrawn, decided(giveSeats([typed(bob.address)], giver), withdrawn))
    const forgotten = aState({}, [ann])
    const at = later(91 * day)
    const muchLater = applied(forgotten, decided(giveSeats([typed(bob.address)], giver), forgotten, aChange({ at })))

    it.each([
      ['was freed', rebound],
      ['was withdrawn and given again', givenAgain],
      ['was withdrawn, forgotten, and given again', muchLater],
    ])('does nothing when the seat %s since', (_, left) => {
      expect(late(left)).toEqual({ answer: 'outdated' })
      const now = left.seats.get(bob.seatId)?.generation
      expect(decided(bindSeat(bob.seatId, anAccount(7), now), left).answer).toBe('bound')
    })

    it('does nothing when it does not say which seat it saw', () => {
      expect(decided(bindSeat(ann.seatId, holder, undefined), state())).toEqual({ answer: 'outdated' })
    })

    it('of a seat that is older than generations means none', () => {
      const { generation: _, ...old } = ann
      expect(decided(bindSeat(ann.seatId, holder, 0), aState({}, [old])).answer).toBe('bound')
    })
  })
})
