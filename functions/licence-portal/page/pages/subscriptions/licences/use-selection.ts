import { useCallback, useMemo, useRef, useState } from 'react'
import type { Seat } from '../../../data/answers.ts'
import { between } from './between.ts'

/** Which of the licences that are found are selected. Those that a search hides are not. */
export interface Selection {
  seats: Seat[]
  has: (id: string) => boolean
  /** Selects one, or no longer; `asRange` all between this one and the one before, too. */
  toggle: (id: string, asRange?: boolean) => void
  /** Selects all that are found, or none. */
  toggleAll: () => void
  clear: () => void
  isAll: boolean
}

/** Keeps a selection among the licences that are found. */
export function useSelection(found: readonly Seat[]): Selection {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const ids = useMemo(() => found.filter(({ state }) => state !== 'released').map(({ id }) => id), [found])
  const seats = useMemo(() => found.filter(({ id, state }) => state !== 'released' && chosen.has(id)), [found, chosen])
  const anchor = useRef<string | null>(null)
  const toggle = useCallback(
    (id: string, asRange = false) => {
      const range = asRange ? between(ids, anchor.current, id) : [id]
      anchor.current = id
      setChosen((before) => {
        const after = new Set(before)
        const isOn = asRange || !before.has(id)
        for (const one of range) isOn ? after.add(one) : after.delete(one)
        return after
      })
    },
    [ids],
  )
  const clear = useCallback(() => setChosen(new Set()), [])
  const isAll = ids.length > 0 && seats.length === ids.length
  const toggleAll = useCallback(() => setChosen(new Set(isAll ? [] : ids)), [isAll, ids])
  const has = useCallback((id: string) => chosen.has(id), [chosen])
  return { seats, has, toggle, toggleAll, clear, isAll }
}
