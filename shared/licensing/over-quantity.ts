import type { Seat } from './subscription.ts'

/** Place of a counted seat in the order in which seats were given. */
export interface Place {
  seatId: string
  order: number
}

/**
 * The `order` of the first seat beyond the quantity, or null when none is: newest first, the same at every call (A2).
 * @param stored places of the counted seats as they are stored
 * @param written seats that the same batch is about to write
 */
export function overFrom(stored: Place[], written: Seat[], quantity: number): number | null {
  const places = new Map(stored.map(({ seatId, order }) => [seatId, order]))
  for (const seat of written) {
    if (seat.state === 'released') places.delete(seat.seatId)
    else places.set(seat.seatId, seat.order)
  }
  const orders = [...places.values()].sort((a, b) => a - b)
  const first = orders[quantity]
  // The owner's own seats have place 0, all of them: they are never over.
  return first === undefined ? null : Math.max(1, first)
}

/** Whether a seat lies beyond the quantity. */
export const isOver = (seat: { order: number }, { overFrom: from }: { overFrom: number | null }): boolean =>
  from !== null && seat.order >= from
