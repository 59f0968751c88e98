import { csvCell } from '@securemailmerge/shared/merging/csv-cell'
import type { Seat } from '../../../data/answers.ts'

/** Columns of the file, in their order. */
export const seatColumns = [
  ...(['address', 'state', 'over_quantity', 'assigned_at', 'in_use_since'] as const),
  ...(['last_used_on', 'withdrawn_at'] as const),
]

/** How the file speaks: the heading of each column, and what stands in those that hold words. */
export interface CsvWords {
  heading: (column: (typeof seatColumns)[number]) => string
  state: (seat: Seat) => string
  yes: string
  no: string
}

/**
 * All licences as a file for a spreadsheet. It begins with a mark that makes spreadsheets read UTF-8. Between its cells
 * stands a comma in every language: other programs read it, too.
 */
export function seatsCsv(seats: readonly Seat[], words: CsvWords): string {
  const rows = seats.map((seat) => [
    ...[seat.typed, words.state(seat), seat.overQuantity ? words.yes : words.no, seat.assignedAt],
    ...[seat.boundAt, seat.usedOn, seat.releasedAt],
  ])
  const lines = [seatColumns.map(words.heading), ...rows].map((cells) => cells.map(csvCell).join(','))
  return `\uFEFF${lines.map((line) => `${line}\r\n`).join('')}`
}
