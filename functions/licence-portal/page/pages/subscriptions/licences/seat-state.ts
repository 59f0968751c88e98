import type { Seat } from '../../../data/answers.ts'

/** What people are told of a licence. */
export type SeatState = 'never_used' | 'in_use' | 'last_used' | 'freed' | 'withdrawn'

/** How a licence stands, and the instant or day that its words speak of. */
export function seatState({ state, usedOn, boundAt, releasedAt }: Seat): { state: SeatState; at: string | null } {
  if (state === 'released') return { state: 'withdrawn', at: releasedAt }
  const lastUse = usedOn === null ? null : onDay(usedOn)
  if (state === 'assigned') return lastUse ? { state: 'freed', at: lastUse } : { state: 'never_used', at: null }
  return lastUse ? { state: 'last_used', at: lastUse } : { state: 'in_use', at: boundAt }
}

/** A day without a time is that day everywhere: at noon of wherever one is. */
const onDay = (day: string) => `${day}T12:00`

/** What a list of licences can be narrowed to. */
export const seatFilters = ['all', 'never_used', 'in_use', 'over_quantity', 'withdrawn'] as const
export type SeatFilter = (typeof seatFilters)[number]

/** Whether a licence is one of those. `all` are those that are assigned. */
export function passes(seat: Seat, filter: SeatFilter): boolean {
  if (filter === 'withdrawn') return seat.state === 'released'
  if (seat.state === 'released') return false
  if (filter === 'over_quantity') return seat.overQuantity
  if (filter === 'in_use') return seat.state === 'bound'
  return filter === 'all' || seatState(seat).state === 'never_used'
}

/** Whether its address or the domain of that begins so: as the service searches, too. */
export function beginsWith({ address }: Pick<Seat, 'address'>, prefix: string): boolean {
  const sought = prefix.trim().toLowerCase()
  return address.startsWith(sought) || address.slice(address.lastIndexOf('@') + 1).startsWith(sought)
}
