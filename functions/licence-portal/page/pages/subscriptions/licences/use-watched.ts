import { useSyncExternalStore } from 'react'
import type { Watched } from './watched.ts'

/** The value that is watched, drawn anew when it changes. */
export const useWatched = <Value>(watched: Watched<Value>): Value =>
  useSyncExternalStore(watched.subscribe, () => watched.value)
