import type { Account } from '../identity/account.ts'
import { Refusal } from '../refusal.ts'
import { type Address, addressHash, domainOf, type TypedAddress } from './address.ts'
import type { Decide, SeatDeed, State } from './change.ts'
import { refuseUnlessLicensing } from './entitlement.ts'
import { accountHint, addressHint } from './hints.ts'
import { capacity, counts, type Seat, type Subscription, seatItem } from './subscription.ts'

/** A released seat is remembered this long, uncounted, so that its holder can be told. */
export const REMEMBER_RELEASED_SECONDS = 90 * 24 * 3600
/** Most addresses in one call: with history and subscription it stays inside one batch of 100 (A1). */
export const SEATS_PER_CALL = 90

/** The seat id of an address. */
export const seatIdOf = (address: Address): string => addressHash(address)

/** How many seats are bought and given away, after the change. */
export interface Counts {
  quantity: number
  assigned: number
}

/** Outcome for one address: a new seat, the one it has, or the one it has that somebody has already bound. */
export interface Assigned extends SeatDeed {
  outcome: 'assigned' | 'already_assigned' | 'already_bound'
}

/** The caller of an assignment and which addresses are the caller's own. */
export interface Assigner {
  account: Account
  /** Addresses that the caller's token is evidence for. */
  evidence: readonly Address[]
  /** An address that the caller names as their own. It is believed for their own seat and for nothing else. */
  claimed: Address | null
}

/**
 * Gives each address a seat, or none of them. An address that has one keeps it: add-ins, pages and people repeat this,
 * and a repeat must not cost a second seat. A seat given to oneself is bound at once.
 * @throws Refusal `not_licensing` | `no_free_seat`
 */
export const giveSeats =
  (wanted: TypedAddress[], by: Assigner): Decide<Counts & { seats: Assigned[] }> =>
  ({ subscription, seats }, { at }) => {
    const unique = [...new Map(wanted.map((one) => [one.address, one])).values()]
    const missing = unique.filter((one) => !heldSeat(seats, one.address))
    if (missing.length > 0) refuseUnlessFree(subscription, missing.length, at)
    const made = missing.map((one, index) => {
      const account = isOwn(one.address, by) ? by.account : null
      const former = seats.get(seatIdOf(one.address))
      return newSeat(subscription, one, { order: subscription.nextOrder + index, account, at, former })
    })
    const own = unique.filter(({ address }) => isOwn(address, by)).map(({ address }) => heldSeat(seats, address))
    const bound = own.flatMap((seat) => (seat && !seat.account ? [boundTo(seat, by.account, at)] : []))
    const deeds = unique.map((one) => assignedDeed(one.address, heldSeat(seats, one.address)))
    const assigned = subscription.assigned + made.length
    const answer = { quantity: subscription.quantity, assigned, seats: deeds }
    if (made.length + bound.length === 0) return { answer }
    return {
      answer,
      did: 'assigned',
      deeds: deeds.filter(({ seatId }) => [...made, ...bound].some((seat) => seat.seatId === seatId)),
      subscription: {
        ...subscription,
        assigned,
        nextOrder: subscription.nextOrder + made.length,
      },
      seats: [...made, ...bound],
      hints: [...made, ...bound].flatMap((seat) => hintsFor(seat, by, at)),
    }
  }

/** The seat, held by this account from now on. */
export const boundTo = (seat: Seat, account: Account, at: Date): Seat => ({
  ...seat,
  state: 'bound',
  account,
  boundAt: at.toISOString(),
})

const isOwn = (address: Address, { evidence, claimed }: Assigner) => address === claimed || evidence.includes(address)

function hintsFor(seat: Seat, { evidence, claimed }: Assigner, at: Date) {
  // An address that is only claimed leads nobody here: its true owner must not be told of a stranger's seat.
  const believed = seat.address !== claimed || evidence.includes(seat.address)
  return [...(believed ? [addressHint(seat, at)] : []), ...(seat.account ? [accountHint(seat, seat.account, at)] : [])]
}

function assignedDeed(address: Address, held: Seat | undefined): Assigned {
  const outcome = !held ? 'assigned' : held.state === 'bound' ? 'already_bound' : 'already_assigned'
  return { seatId: seatIdOf(address), address, outcome }
}

function heldSeat(seats: State['seats'], address: Address): Seat | undefined {
  const seat = seats.get(seatIdOf(address))
  return seat && counts(seat) ? seat : undefined
}

function refuseUnlessFree(subscription: Subscription, wanted: number, at: Date): void {
  refuseUnlessLicensing(subscription, at)
  const free = Math.max(0, capacity(subscription) - subscription.assigned)
  if (wanted <= free) return
  const { quantity, assigned } = subscription
  const detail = `Assigned: ${assigned} of ${quantity} licences; ${wanted - free} more would be needed.`
  throw new Refusal('no_free_seat', detail, {
    quantity,
    assigned,
    free,
    missing: wanted - free,
  })
}

/** A seat as it is when it is given. A released seat of the same address begins anew: unbound, with a new order. */
export function newSeat(
  { subscriptionId }: Subscription,
  { address, typed }: TypedAddress,
  { order, account, at, former }: { order: number; account: Account | null; at: Date; former?: Seat | undefined },
): Seat {
  const seatId = seatIdOf(address)
  return {
    id: seatItem(seatId),
    kind: 'seat',
    subscriptionId,
    seatId,
    address,
    typed,
    domain: domainOf(address),
    order,
    state: account ? 'bound' : 'assigned',
    account,
    boundAt: account ? at.toISOString() : null,
    assignedAt: at.toISOString(),
    releasedAt: null,
    formerAccount: null,
    formerUntil: null,
    generation: nextGeneration(former, at),
  }
}

/** Of a seat that is given, freed or taken back now: later than any it had, also when it was forgotten in between. */
export const nextGeneration = (seat: Seat | undefined, at: Date): number =>
  Math.max(at.getTime(), (seat?.generation ?? 0) + 1)

/** A seat as it is after it was given back: remembered for 90 days, uncounted. */
export const released = (seat: Seat, at: Date): Seat => ({
  ...seat,
  state: 'released',
  account: null,
  boundAt: null,
  releasedAt: at.toISOString(),
  formerAccount: seat.account ?? seat.formerAccount,
  formerUntil: at.toISOString(),
  generation: nextGeneration(seat, at),
  ttl: REMEMBER_RELEASED_SECONDS,
})
