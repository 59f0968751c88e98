import type { Seat } from '../../../data/answers.ts'
import { PER_CALL, type Run } from './run.ts'
import type { Deed } from './seat-changes.ts'
import { Watched } from './watched.ts'

/** Licences that are being assigned: the list as it stands in the box, and how far it has been sent. */
export interface Assigning {
  draft: string
  /** Whether the list was changed since it was last sent: then it is another one. */
  isEdited: boolean
  run: Run<string, Deed> | null
  /** What came of lists that were sent before this one, since all was done last. */
  before: readonly Deed[]
}

/** A change of licences that were selected. */
export interface Changing {
  kind: 'withdraw' | 'rebind' | 'undo'
  run: Run<string, Deed>
  /** The licences as they were before. */
  seats: readonly Seat[]
}

/** What goes on in one subscription. It stays while the page lives, whatever of it is shown. */
export interface Desk {
  assigning: Watched<Assigning>
  changing: Watched<Changing | null>
}

const desks = new Map<string, Desk>()

/** The one desk of a subscription. */
export function deskOf(id: string): Desk {
  const known = desks.get(id)
  if (known) return known
  const assigning = new Watched<Assigning>({ draft: '', isEdited: false, run: null, before: [] })
  const made: Desk = { assigning, changing: new Watched<Changing | null>(null) }
  desks.set(id, made)
  return made
}

let underWay = 0
const warn = (event: BeforeUnloadEvent) => event.preventDefault()

/** Sends what a run has left. Meanwhile the browser asks before the page goes. */
export async function goOn(run: Run<string, Deed>, then: () => Promise<void>): Promise<void> {
  if (run.isUnderWay) return
  if (run.progress.value.total > PER_CALL && underWay++ === 0) addEventListener('beforeunload', warn)
  try {
    await run.goOn()
    await then()
  } finally {
    if (run.progress.value.total > PER_CALL && --underWay === 0) removeEventListener('beforeunload', warn)
  }
}
