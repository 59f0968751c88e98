import { type Account, sameAccount } from '../identity/account.ts'
import { Refusal } from '../refusal.ts'
import type { TypedAddress } from './address.ts'
import type { Decide, Decision, SeatDeed, State } from './change.ts'
import { refuseUnlessLicensing } from './entitlement.ts'
import { accountHint, addressHint, hintsOf } from './hints.ts'
import { boundTo, type Counts, newSeat, nextGeneration, released, seatIdOf } from './seats.ts'
import { counts, type Seat } from './subscription.ts'

/**
 * Takes seats back. A seat that is already back stays so: a repeat changes nothing.
 * @throws Refusal `not_found` when one of them never was a seat of this subscription
 */
export const withdrawSeats =
  (seatIds: string[]): Decide<Counts & { seats: SeatDeed[] }> =>
  ({ subscription, seats }, { at }) => {
    const named = [...new Set(seatIds)].map((seatId) => existing(seats, seatId))
    const taken = named.filter(counts)
    const deeds = named.map((seat) => deed(seat, counts(seat) ? 'withdrawn' : 'already_withdrawn'))
    const assigned = subscription.assigned - taken.length
    const answer = { quantity: subscription.quantity, assigned, seats: deeds }
    if (taken.length === 0) return { answer }
    return {
      answer,
      did: 'withdrawn',
      deeds: deeds.filter(({ outcome }) => outcome === 'withdrawn'),
      subscription: { ...subscription, assigned },
      seats: taken.map((seat) => released(seat, at)),
      fading: taken.flatMap(hintsOf),
    }
  }

/**
 * Hands a seat on: its holder loses it and another address has it, in one step, also when every seat is taken.
 * @throws Refusal `not_found` | `seat_released` | `not_licensing`
 */
export const handOnSeat =
  (seatId: string, to: TypedAddress): Decide<Counts & { from: SeatDeed; to: SeatDeed }> =>
  ({ subscription, seats }, { at }) => {
    const from = existing(seats, seatId)
    if (!counts(from)) throw new Refusal('seat_released', 'This licence was already withdrawn.')
    refuseUnlessLicensing(subscription, at)
    const held = seats.get(seatIdOf(to.address))
    const twin = held && counts(held) ? held : undefined
    const assigned = twin && twin !== from ? subscription.assigned - 1 : subscription.assigned
    const result = (outcome: string) => ({
      seatId: seatIdOf(to.address),
      address: to.address,
      outcome,
    })
    const answer = {
      quantity: subscription.quantity,
      assigned,
      from: deed(from, 'withdrawn'),
    }
    if (twin === from)
      return {
        answer: {
          ...answer,
          from: deed(from, 'unchanged'),
          to: result('unchanged'),
        },
      }
    const made = twin ? [] : [newSeat(subscription, to, { order: from.order, account: null, at, former: held })]
    const outcome = !twin ? 'assigned' : twin.account ? 'already_bound' : 'already_assigned'
    return {
      answer: { ...answer, to: result(outcome) },
      did: 'handed_on',
      deeds: [deed(from, 'withdrawn'), result(outcome)],
      subscription: { ...subscription, assigned },
      seats: [released(from, at), ...made],
      hints: made.map((seat) => addressHint(seat, at)),
      fading: hintsOf(from),
    }
  }

/**
 * Frees seats from the accounts that they are bound to, so that the next account with evidence has them (F07).
 * @throws Refusal `not_found` | `seat_released`
 */
export const rebindSeats =
  (seatIds: string[]): Decide<{ seats: SeatDeed[] }> =>
  ({ seats }, { at }) => {
    const named = [...new Set(seatIds)].map((seatId) => existing(seats, seatId))
    if (!named.every(counts)) throw new Refusal('seat_released', 'One of these licences was already withdrawn.')
    const bound = named.filter((seat) => seat.state === 'bound')
    const deeds = named.map((seat) => deed(seat, seat.state === 'bound' ? 'rebound' : 'not_bound'))
    if (bound.length === 0) return { answer: { seats: deeds } }
    return {
      answer: { seats: deeds },
      did: 'rebound',
      deeds: deeds.filter(({ outcome }) => outcome === 'rebound'),
      seats: bound.map((seat) => ({
        ...seat,
        state: 'assigned' as const,
        account: null,
        boundAt: null,
        formerAccount: seat.account,
        formerUntil: at.toISOString(),
        generation: nextGeneration(seat, at),
      })),
      // A seat that its holder had only claimed was not found by its address until now.
      hints: bound.map((seat) => addressHint(seat, at)),
    }
  }

/** What came of a first use: the seat is now this account's, was so already, or is not to be had. */
export type Binding = 'bound' | 'already_bound' | 'bound_elsewhere' | 'no_seat' | 'outdated'

/**
 * Binds a seat to the first account that showed evidence for its address. Touches the seat alone (A3).
 * @param generation of the seat when the evidence was seen. Of an earlier one, or of none that was told, nothing comes:
 * the seat has been freed or given again since, and its next look-up tells the new one
 */
export const bindSeat =
  (seatId: string, account: Account, generation: number | undefined): Decide<Binding> =>
  ({ seats }, { at }): Decision<Binding> => {
    const seat = seats.get(seatId)
    if (!seat || !counts(seat)) return { answer: 'no_seat' }
    if (seat.account)
      return {
        answer: sameAccount(seat.account, account) ? 'already_bound' : 'bound_elsewhere',
      }
    if (generation !== (seat.generation ?? 0)) return { answer: 'outdated' }
    const bound = boundTo(seat, account, at)
    return {
      answer: 'bound',
      did: 'bound',
      deeds: [deed(seat, 'bound')],
      seats: [bound],
      hints: [accountHint(seat, account, at)],
    }
  }

function existing(seats: State['seats'], seatId: string): Seat {
  const seat = seats.get(seatId)
  if (!seat) throw new Refusal('not_found', 'There is no such licence in this subscription.')
  return seat
}

const deed = ({ seatId, address }: Seat, outcome: string): SeatDeed => ({
  seatId,
  address,
  outcome,
})
