import type { AnswerOf, Seat, Subscription } from '../../../data/answers.ts'

/** One page of the list of licences. */
export type SeatPage = AnswerOf<'list_seats'>
/** What came of one address. */
export type Deed = AnswerOf<'assign_seats'>['seats'][number]

/** All licences of these pages, each once: while pages are read one after the other, a licence may move from one to the next. */
export const seatsIn = (pages: readonly SeatPage[]): Seat[] => [
  ...new Map(pages.flatMap(({ seats }) => seats.map((seat) => [seat.id, seat] as const))).values(),
]

/** The pages after licences were assigned: they are the newest, and stand first. */
export function withAssigned(pages: readonly SeatPage[], deeds: readonly Deed[], typed: string[], at: string) {
  const made = deeds.filter(({ outcome }) => outcome === 'assigned')
  const ids = new Set(made.map(({ seat }) => seat))
  const seats = made.map(({ seat, address }) => newSeat(seat, address, typedOf(address, typed), at))
  return pages.map((page, index) => ({
    ...page,
    seats: [...(index === 0 ? seats.toReversed() : []), ...page.seats.filter(({ id }) => !ids.has(id))],
  }))
}

const typedOf = (address: string, typed: string[]) => typed.find((one) => one.toLowerCase() === address) ?? address

const newSeat = (id: string, address: string, typed: string, at: string): Seat => ({
  ...{ id, address, typed, state: 'assigned', overQuantity: false, assignedAt: at },
  ...{ boundAt: null, releasedAt: null, account: null, usedOn: null },
})

/** The pages after licences were withdrawn or freed. */
export function withDeeds(pages: readonly SeatPage[], deeds: readonly Deed[], at: string): SeatPage[] {
  const outcomes = new Map(deeds.map(({ seat, outcome }) => [seat, outcome]))
  return pages.map((page) => ({ ...page, seats: page.seats.map((seat) => after(seat, outcomes.get(seat.id), at)) }))
}

function after(seat: Seat, outcome: string | undefined, at: string): Seat {
  const free = { account: null, boundAt: null }
  if (outcome === 'withdrawn') return { ...seat, ...free, state: 'released', releasedAt: at, overQuantity: false }
  return outcome === 'rebound' ? { ...seat, ...free, state: 'assigned' } : seat
}

/** A subscription with the counts that a change was answered with. */
export function withCounts(one: Subscription, counts: Pick<Subscription, 'quantity' | 'assigned'>): Subscription {
  const { quantity, assigned } = counts
  const free = Math.max(0, Math.min(quantity, one.ceiling ?? quantity) - assigned)
  return { ...one, quantity, assigned, free, overQuantity: Math.max(0, assigned - quantity) }
}

/** Whether a whole list says the same as the subscription: else others have changed something since one of them was read. */
export function agrees(seats: readonly Seat[], { assigned, overQuantity }: Subscription): boolean {
  const counted = seats.filter(({ state }) => state !== 'released')
  return counted.length === assigned && counted.filter((seat) => seat.overQuantity).length === overQuantity
}
