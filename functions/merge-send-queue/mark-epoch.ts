import type { TimerHandler } from '@azure/functions'
import type { Services } from './wiring.ts'

/**
 * Each minute: a number grows in the store and outside of it, so that a restore is noticed (E8). Not while one waits to be
 * accepted: its number tells it from others.
 */
export const markEpoch =
  ({ epoch, operations }: Services): TimerHandler =>
  async () => {
    if ((await operations.onSince('restored')) === null) await epoch.mark()
  }
