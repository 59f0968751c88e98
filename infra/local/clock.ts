import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Reads the offset in ms that the supervisor last wrote; 0 when there is none yet. */
export function clockOffset(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8')) || 0
  } catch {
    return 0
  }
}

/** A clock that every process of one machine shares: real time plus the offset in `file`, read at each call. */
export const fileClock = (file: string) => (): Date => new Date(Date.now() + clockOffset(file))

/** Moves the shared clock: from now on each `fileClock` of `file` is `offset` ms ahead of real time. */
export function setClockOffset(file: string, offset: number): void {
  mkdirSync(dirname(file), { recursive: true })
  // Written aside and renamed, so that no reader ever sees half a number.
  writeFileSync(`${file}.new`, String(Math.round(offset)))
  renameSync(`${file}.new`, file)
}
