import { type Account, sameAccount } from '../identity/account.ts'
import { counts, type Seat, type Subscription } from './subscription.ts'

/** Place of a counted seat in the order in which seats were given, and who has it. */
export interface Place {
  seatId: string
  order: number
  account: Account | null
}

/** The places of the counted seats, as stored and with what the same batch is about to write. */
export function placesAfter(stored: Place[], written: Seat[]): Place[] {
  const places = new Map(stored.map((place) => [place.seatId, place]))
  for (const seat of written) {
    if (counts(seat)) places.set(seat.seatId, seat)
    else places.delete(seat.seatId)
  }
  return [...places.values()]
}

/**
 * Marks what is over while more is assigned than bought: the newest, the same at every call (A2). One seat of the owner,
 * the first, is never among them, whatever its place: another has it when the owner or its account is another.
 */
export function ranked(subscription: Subscription, places: Place[]): Subscription {
  const { assigned, quantity, owner } = subscription
  if (assigned <= quantity) return { ...subscription, overFrom: null, exempt: null }
  const first = places.toSorted((a, b) => a.order - b.order || (a.seatId < b.seatId ? -1 : 1))
  const own = first.find(({ account }) => sameAccount(account, owner))
  const others = first.filter((place) => place !== own)
  const overFrom = others[Math.max(0, quantity - (own ? 1 : 0))]?.order ?? null
  return { ...subscription, overFrom, exempt: own?.seatId ?? null }
}

/** Whether a seat lies beyond the quantity. */
export function isOver(seat: Place, { overFrom, owner, exempt }: Pick<Subscription, 'overFrom' | 'owner' | 'exempt'>) {
  const isExempt = sameAccount(seat.account, owner) && (exempt ?? seat.seatId) === seat.seatId
  return overFrom !== null && seat.order >= overFrom && !isExempt
}

/** Whether a seat becomes, or ceases to be, one of the owner's: then what is over is to be ranked anew. */
export const movesOwn = ({ owner }: Subscription, before: Seat | undefined, after: Seat): boolean =>
  sameAccount(before?.account, owner) !== sameAccount(after.account, owner)
