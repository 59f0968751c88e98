import { LONGEST_WAIT_MS, retryAfterMs } from '@securemailmerge/shared/graph/retry-after'
import { numbersFrom } from './numbers.ts'

/** What a header is made of. */
const pieces = [
  ...[
    '0',
    '1',
    '-5',
    '3600',
    '99999999999999999999',
    '1e9',
    '0x10',
    '1.5',
    '.5',
    '1,5',
    'NaN',
    'Infinity',
    '',
    ' ',
    '\t',
  ],
  ...['Sun, 06 Nov 2033 08:49:37 GMT', 'Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'GMT', 'Nov'],
  ...[
    '2033-11-06T08:49:37Z',
    'tomorrow',
    '\u0663',
    'null',
    ';',
    ',',
    '"10"',
    '10 ',
    '10s',
    '-',
    '+10',
    '9'.repeat(300),
  ],
]

/** Reads hostile `Retry-After` headers. Whatever they say, the wait is none, or one of up to 24 hours. */
export function fuzzWaits(count: number, seed: number): { waits: number; faults: string[] } {
  const below = numbersFrom(seed)
  const result = { waits: 0, faults: [] as string[] }
  for (let at = 0; at < count; at += 1) {
    const text = Array.from({ length: 1 + below(3) }, () => pieces[below(pieces.length)]).join('')
    const wait = retryAfterMs(text, new Date('2026-11-28T12:00:00Z'))
    if (wait === null) continue
    result.waits += 1
    if (!(wait >= 0 && wait <= LONGEST_WAIT_MS)) result.faults.push(`${JSON.stringify(text)}: ${wait}`)
  }
  return result
}
