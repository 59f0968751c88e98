import type { HistoryEntry } from '../../../data/answers.ts'
import type { Known } from './sentences.ts'

/** An entry, with what the payment provider had said until then. */
export interface Placed {
  entry: HistoryEntry
  before: Known
}

/** The changes of one day. */
export interface Day {
  /** As it is shown. */
  day: string
  entries: Placed[]
}

/** Entries, newest first, under the days that they are of. @param dayOf how a day is shown, where the reader is */
export function byDay(history: readonly HistoryEntry[], dayOf: (at: string) => string): Day[] {
  const days: Day[] = []
  for (const placed of placedIn(history)) {
    const day = dayOf(placed.entry.at)
    const last = days.at(-1)
    if (last?.day === day) last.entries.push(placed)
    else days.push({ day, entries: [placed] })
  }
  return days
}

/** Each entry with the last one before it that tells a quantity which was there, not one that was asked for. */
function placedIn(history: readonly HistoryEntry[]): Placed[] {
  let before: Known
  const placed: Placed[] = []
  for (const entry of history.toReversed()) {
    placed.push({ entry, before })
    if (tellsQuantity(entry)) before = entry
  }
  return placed.toReversed()
}

/** Whether an entry tells how many licences there were from then on. */
export const tellsQuantity = ({ did, quantity }: Pick<HistoryEntry, 'did' | 'quantity'>): boolean =>
  quantity !== null && did !== 'quantity_asked'
