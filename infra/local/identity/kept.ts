import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** What a JSON file holds; undefined when there is none, or no file is named. */
export function readKept<T>(file: string | undefined): T | undefined {
  if (!file) return undefined
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Keeps something in a file that only its owner can read; nowhere, when no file is named. */
export function keep(file: string | undefined, value: unknown): void {
  if (!file) return
  mkdirSync(dirname(file), { recursive: true })
  // Written aside and renamed: a kill in between leaves the old file, never half of the new one.
  writeFileSync(`${file}.new`, JSON.stringify(value, undefined, 2), { mode: 0o600 })
  renameSync(`${file}.new`, file)
}
