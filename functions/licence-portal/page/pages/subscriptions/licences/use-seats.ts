import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useRef } from 'react'
import { useAllPages } from '../../../data/all-pages.ts'
import type { Seat, Subscription } from '../../../data/answers.ts'
import { readAnew, subscriptionPath } from '../../../data/subscriptions.ts'
import { seatsKey } from './acts.ts'
import { agrees, type SeatPage, seatsIn } from './seat-changes.ts'

/** As many as a call can give. */
export const PAGE = 200
const STALE_MS = 5 * 60_000
const PATIENCE_MS = 20_000

/** The licences of a subscription, as far as they have been read. */
export interface Seats {
  /** The newest first; undefined before anything was read. */
  seats: Seat[] | undefined
  isComplete: boolean
  error: Error | null
  readOn: () => void
}

/** Reads all licences of a subscription, and reads them anew when they do not agree with it. */
export function useSeats(subscription: Subscription, isChanging: boolean): Seats {
  const client = useQueryClient()
  const { id } = subscription
  const { pages, isComplete, error, readOn } = useAllPages<SeatPage>(
    seatsKey(id),
    `${subscriptionPath(id)}/seats?limit=${PAGE}`,
    { staleTime: STALE_MS },
  )
  const seats = useMemo(() => pages && seatsIn(pages), [pages])
  const mended = useRef(0)
  const isOutdated = !isChanging && isComplete && seats !== undefined && !agrees(seats, subscription)
  useEffect(() => {
    // Others may be changing it all the time: then it is read anew now and then, and not without end.
    if (!isOutdated || Date.now() - mended.current < PATIENCE_MS) return
    mended.current = Date.now()
    void readAnew(client, id)
    void client.invalidateQueries({ queryKey: seatsKey(id), exact: true })
  }, [isOutdated, client, id])
  return { seats, isComplete, error, readOn }
}
