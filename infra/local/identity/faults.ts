import { setTimeout as wait } from 'node:timers/promises'
import * as z from 'zod'
import type { Answer } from './frame.ts'

const slowMs = 30_000
const hugeBytes = 5 * 1024 * 1024

/** A way in which the key set endpoint can fail, and for how many requests (-1: until cleared). */
export const Fault = z.strictObject({
  what: z.enum(['down', 'empty', 'html', 'huge', 'slow', 'status']),
  times: z.number().int().min(-1).default(-1),
  /** Of `status`. */
  status: z.number().int().min(400).max(599).default(503),
})
/** A `Fault` as callers write it. */
export type Fault = z.input<typeof Fault>

/** The faults of the key set endpoint: one at a time. */
export interface Faults {
  /** From now on, and until it has happened often enough, the endpoint fails like this. */
  set(fault: Fault): void
  clear(): void
  /** What the endpoint answers instead of `usual`, if a fault is on. */
  answer(usual: Answer): Promise<Answer>
  /** Ends waiting answers. */
  close(): void
}

/** A key set endpoint that works until told otherwise. */
export function noFaults(): Faults {
  let current: z.output<typeof Fault> | undefined
  const closing = new AbortController()
  return {
    set: (fault) => {
      current = Fault.parse(fault)
    },
    clear: () => {
      current = undefined
    },
    async answer(usual) {
      if (!current || current.times === 0) return usual
      const { what, status } = current
      if (current.times > 0) current.times -= 1
      // Real time: the client's own time-out is what this is for.
      if (what === 'slow') await wait(slowMs, undefined, { signal: closing.signal }).catch(() => undefined)
      return what === 'slow' ? usual : broken(what, status)
    },
    close: () => closing.abort(),
  }
}

function broken(what: 'down' | 'empty' | 'html' | 'huge' | 'status', status: number): Answer {
  const headers = { 'content-type': 'application/json; charset=utf-8' }
  switch (what) {
    case 'down':
      return 'cut'
    case 'empty':
      return { status: 200, headers, body: '{"keys":[]}' }
    case 'html':
      return { status: 200, headers: { 'content-type': 'text/html' }, body: '<h1>Service unavailable</h1>' }
    case 'huge':
      return { status: 200, headers, body: JSON.stringify({ keys: [], padding: 'x'.repeat(hugeBytes) }) }
    case 'status':
      return { status, headers, body: JSON.stringify({ error: 'temporarily_unavailable' }) }
  }
}
