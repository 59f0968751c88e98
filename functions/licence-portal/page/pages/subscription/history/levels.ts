import type { HistoryEntry, Subscription } from '../../../data/answers.ts'
import { tellsQuantity } from './days.ts'

/** How many there were from an instant on, in ms. */
export interface Level {
  at: number
  count: number
}

/** How many licences there were and how many were assigned, the oldest first. */
export interface Levels {
  from: number
  assigned: Level[]
  quantity: Level[]
}

/** Shorter than this there is nothing to see. */
const SHORTEST_MS = 24 * 3_600_000

/**
 * How the numbers went, reckoned backwards from those of now: an entry tells how many it gave and took. Undefined where
 * entries and numbers do not fit together, for they were read at two instants, and where there is nothing to see.
 * @param history newest first; `isWhole` when it goes back to the beginning
 */
export function levelsOf(
  history: readonly HistoryEntry[],
  isWhole: boolean,
  now: Pick<Subscription, 'assigned' | 'quantity'>,
): Levels | undefined {
  const told = tellable(history)
  const [newest, oldest] = [told.at(0), told.at(-1)]
  if (!newest || !oldest || atOf(newest) - atOf(oldest) < SHORTEST_MS) return undefined
  const assigned = assignedLevels(told, now.assigned)
  const quantity = quantityLevels(told, now.quantity)
  if (!assigned || !quantity) return undefined
  const begins = isWhole && told.length === history.length
  const [first] = assigned
  // At the beginning nobody has a licence: else some of what happened is not here.
  if (begins && first !== undefined && first.count - given(oldest) !== 0) return undefined
  return { from: atOf(oldest), assigned, quantity }
}

/** The entries since somebody was erased: those do not tell how many licences they had. */
function tellable(history: readonly HistoryEntry[]): readonly HistoryEntry[] {
  const end = history.findIndex(({ did, seats }) => did === 'erased' && seats.length > 0)
  return end === -1 ? history : history.slice(0, end)
}

const atOf = ({ at }: HistoryEntry) => Date.parse(at)

/** How many licences more are assigned after a change. */
export function given({ seats }: Pick<HistoryEntry, 'seats'>): number {
  const of = (outcome: string) => seats.filter((seat) => seat.outcome === outcome).length
  return of('assigned') - of('withdrawn')
}

function assignedLevels(history: readonly HistoryEntry[], now: number): Level[] | undefined {
  let count = now
  const levels = history.map((entry) => {
    const level = { at: atOf(entry), count }
    count -= given(entry)
    return level
  })
  return levels.every((level) => level.count >= 0) ? levels.toReversed() : undefined
}

function quantityLevels(history: readonly HistoryEntry[], now: number): Level[] | undefined {
  const levels = history.filter(tellsQuantity).map((entry) => ({ at: atOf(entry), count: entry.quantity ?? 0 }))
  const [newest] = levels
  const [oldest] = history.slice(-1)
  // Each change of the number leaves an entry: where there is none it has not changed.
  if (!newest) return oldest ? [{ at: atOf(oldest), count: now }] : undefined
  return newest.count === now ? levels.toReversed() : undefined
}
