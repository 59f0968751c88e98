import { useEffect, useMemo, useState } from 'react'
import { useAllPages } from '../../../data/all-pages.ts'
import type { Seat } from '../../../data/answers.ts'
import { subscriptionPath } from '../../../data/subscriptions.ts'
import { searchKey } from './acts.ts'
import { type SeatPage, seatsIn } from './seat-changes.ts'
import { beginsWith, passes, type SeatFilter } from './seat-state.ts'
import { PAGE, type Seats } from './use-seats.ts'

const PAUSE_MS = 250

/** Licences that begin so and pass the filter. What has not been read yet is searched for on the server. */
export function useFound(id: string, { seats, isComplete }: Seats, search: string, filter: SeatFilter): Seat[] {
  const prefix = useSettled(search.trim().toLowerCase())
  const query = new URLSearchParams({ limit: String(PAGE), prefix })
  const isNeeded = !isComplete && prefix !== ''
  const { pages } = useAllPages<SeatPage>([...searchKey(id), prefix], `${subscriptionPath(id)}/seats?${query}`, {
    enabled: isNeeded,
  })
  return useMemo(() => {
    const known = seats ?? []
    const ids = new Set(known.map((seat) => seat.id))
    const more = isNeeded && pages ? seatsIn(pages).filter((seat) => !ids.has(seat.id)) : []
    return [...known, ...more].filter((seat) => passes(seat, filter) && beginsWith(seat, search))
  }, [seats, pages, isNeeded, filter, search])
}

/** What was typed, once it has not changed for a moment. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}
