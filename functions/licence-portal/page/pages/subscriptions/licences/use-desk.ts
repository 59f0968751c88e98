import { useQueryClient } from '@tanstack/react-query'
import { useMemo, useSyncExternalStore } from 'react'
import type { Seat } from '../../../data/answers.ts'
import { type Acts, acts } from './acts.ts'
import { type Assigning, type Changing, type Desk, deskOf, goOn } from './desks.ts'
import { without } from './pasted-list.ts'
import { type Progress, Run } from './run.ts'
import type { Deed } from './seat-changes.ts'
import { useWatched } from './use-watched.ts'

/** What can be done with the licences of one subscription, and what is being done. */
export interface AtDesk {
  assigning: Assigning
  assigned: Progress<Deed> | null
  changing: Changing | null
  changed: Progress<Deed> | null
  isBusy: boolean
  draft: (text: string) => void
  assign: (addresses: string[]) => void
  withdraw: (seats: readonly Seat[]) => void
  rebind: (seats: readonly Seat[]) => void
  undo: () => void
  goOn: (run: Run<string, Deed>) => void
  forget: () => void
  handOn: Acts['handOn']
  settle: Acts['settle']
}

/** The desk of a subscription, drawn anew with everything that happens at it. */
export function useDesk(id: string): AtDesk {
  const client = useQueryClient()
  const desk = deskOf(id)
  const assigning = useWatched(desk.assigning)
  const changing = useWatched(desk.changing)
  const assigned = useProgress(assigning.run)
  const changed = useProgress(changing?.run ?? null)
  const doing = useMemo(() => doingAt(desk, acts(client, id)), [desk, client, id])
  const isBusy = [assigning.run, changing?.run].some((run) => run?.isUnderWay)
  return { assigning, assigned, changing, changed, isBusy, ...doing }
}

const nothing = () => () => {}
const useProgress = (run: Run<string, Deed> | null) =>
  useSyncExternalStore(run?.progress.subscribe ?? nothing, () => run?.progress.value ?? null)

function doingAt({ assigning, changing }: Desk, act: Acts) {
  const go = (run: Run<string, Deed>) => void goOn(run, act.settle)
  const change = (kind: Changing['kind'], seats: readonly Seat[]) => {
    const isUndo = kind === 'undo'
    const items = seats.map(({ id, typed }) => (isUndo ? typed : id))
    const run = new Run(items, isUndo ? act.assign : act[kind])
    changing.set({ kind, run, seats })
    go(run)
  }
  return {
    draft: (draft: string) => assigning.set({ ...assigning.value, draft, isEdited: true }),
    assign: (addresses: string[]) => {
      const { run: last, before } = assigning.value
      const { phase, done = [] } = last?.progress.value ?? {}
      const run = new Run(addresses, async (part: string[], key: string) => {
        const deeds = await act.assign(part, key)
        const sent = new Set(deeds.map(({ address }) => address))
        assigning.set({ ...assigning.value, draft: without(assigning.value.draft, sent) })
        return deeds
      })
      assigning.set({ ...assigning.value, run, isEdited: false, before: phase === 'done' ? [] : [...before, ...done] })
      go(run)
    },
    withdraw: (seats: readonly Seat[]) => change('withdraw', seats),
    rebind: (seats: readonly Seat[]) => change('rebind', seats),
    undo: () => {
      const { seats = [], run } = changing.value ?? {}
      const withdrawn = run?.progress.value.done.filter(({ outcome }) => outcome === 'withdrawn')
      const ids = new Set(withdrawn?.map(({ seat }) => seat))
      change(
        'undo',
        seats.filter(({ id }) => ids.has(id)),
      )
    },
    goOn: go,
    forget: () => changing.set(null),
    handOn: act.handOn,
    settle: act.settle,
  }
}
