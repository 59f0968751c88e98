import type { TimerHandler } from '@azure/functions'
import type { Services } from './wiring.ts'

/** Each minute: a number grows in the store and outside of it, so that a restore is noticed (E8). */
export const markEpoch =
  ({ epoch }: Services): TimerHandler =>
  () =>
    epoch.mark()
