import { closeSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Stored } from './stored.ts'

/** What one queue writes down, and what it found written when it started. */
export type QueueJournal = {
  readonly lastNumber: number
  readonly messages: Iterable<Stored>
  add(message: Stored): void
  change(message: Stored): void
  drop(key: number): void
}

/** The journal of all queues of one broker. */
export type Journal = { of(queue: string): QueueJournal; close(): void }

/** One line: a number that is used up, a message that came, changed (without its bytes), or went. */
type Line = { queue: string; key: number; last?: number; message?: Omit<Stored, 'bytes'>; bytes?: string }
type Found = { lastNumber: number; messages: Map<number, Stored> }

/**
 * Opens the journal in folder `data`; without a folder nothing is kept.
 *
 * Lines are written with one synchronous call each: what a method has written survives `kill -9` of this process,
 * though not a power cut. The first one rewrites the file to what is still there. Nothing is written before, so that a
 * second process that finds the ports taken leaves the file of the first alone.
 * @throws SyntaxError when a line other than a torn last one cannot be read
 */
export function openJournal(data: string | undefined): Journal {
  if (data === undefined) return { of: (queue) => writer(queue, undefined, () => {}), close: () => {} }
  mkdirSync(data, { recursive: true })
  const path = join(data, 'service-bus.jsonl')
  const found = readLines(path)
  let file: number | undefined
  const write = (line: Line): void => {
    file ??= rewrite(path, found)
    writeSync(file, toText(line))
  }
  return {
    of: (queue) => writer(queue, found.get(queue), write),
    close: () => void (file !== undefined && closeSync(file)),
  }
}

function rewrite(path: string, found: Map<string, Found>): number {
  writeFileSync(`${path}.new`, [...found].flatMap(linesOf).join(''))
  renameSync(`${path}.new`, path)
  return openSync(path, 'a')
}

function writer(queue: string, found: Found | undefined, write: (line: Line) => void): QueueJournal {
  return {
    lastNumber: found?.lastNumber ?? 0,
    messages: found?.messages.values() ?? [],
    add: (message) => write(addition(queue, message)),
    change: ({ bytes: _, ...message }) => write({ queue, key: message.key, message }),
    drop: (key) => write({ queue, key }),
  }
}

const toText = (line: Line): string => `${JSON.stringify(line)}\n`

const addition = (queue: string, { bytes, ...message }: Stored): Line => ({
  queue,
  key: message.key,
  message,
  bytes: bytes.toString('base64'),
})

const linesOf = ([queue, { lastNumber, messages }]: [string, Found]): string[] => [
  toText({ queue, key: 0, last: lastNumber }),
  ...[...messages.values()].map((message) => toText(addition(queue, message))),
]

function readLines(path: string): Map<string, Found> {
  const found = new Map<string, Found>()
  const lines = readIfThere(path).split('\n')
  // The piece after the last line break is empty, or was torn by a kill in the middle of a write that nobody was told of.
  for (const text of lines.slice(0, -1)) apply(found, JSON.parse(text) as Line)
  return found
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

function apply(found: Map<string, Found>, { queue, key, last, message, bytes }: Line): void {
  const entry = found.get(queue) ?? { lastNumber: 0, messages: new Map<number, Stored>() }
  found.set(queue, entry)
  entry.lastNumber = Math.max(entry.lastNumber, key, last ?? 0, message?.sequenceNumber ?? 0)
  const kept = bytes === undefined ? entry.messages.get(key)?.bytes : Buffer.from(bytes, 'base64')
  if (message && kept) entry.messages.set(key, { ...message, bytes: kept })
  else entry.messages.delete(key)
}
