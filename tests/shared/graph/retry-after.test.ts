import { dateMs, LONGEST_WAIT_MS, retryAfterMs } from '@securemailmerge/shared/graph/retry-after'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const noon = new Date('2026-03-01T12:00:00Z')
const wait = (header: string | null, answeredAt = noon) => retryAfterMs(header, answeredAt)

describe('how long to wait', () => {
  it.each([
    ['absent', null, null],
    ['empty', '', null],
    ['seconds', '10', 10_000],
    ['seconds in spaces', ' 10 ', 10_000],
    ['none at all', '0', 0],
    ['a part of a second', '1.5', 1_500],
    ['an hour', '3600', 3_600_000],
    ['a day', '86400', LONGEST_WAIT_MS],
    ['more than a day', '86401', LONGEST_WAIT_MS],
    ['absurd', '9'.repeat(64), LONGEST_WAIT_MS],
    ['absurd and longer than any time', '9'.repeat(65), null],
    ['negative', '-5', null],
    ['in words', 'soon', null],
    ['with an exponent', '1e3', null],
    ['in hexadecimal', '0x10', null],
    ['twice', '10, 20', null],
    ['a date', 'Sun, 01 Mar 2026 12:00:30 GMT', 30_000],
    ['a date in the old form', 'Sunday, 01-Mar-26 12:00:30 GMT', 30_000],
    ['a date as C writes it', 'Sun Mar  1 12:00:30 2026', 30_000],
    ['a date in a year', 'Mon, 01 Mar 2027 12:00:30 GMT', LONGEST_WAIT_MS],
    ['a date that is past', 'Sun, 01 Mar 2026 11:59:59 GMT', null],
    ['a date that is now', 'Sun, 01 Mar 2026 12:00:00 GMT', null],
    ['a date that does not exist', 'Sun, 41 Mar 2026 12:00:00 GMT', null],
    ['a date in another zone', 'Sun, 01 Mar 2026 12:00:30 CET', null],
    ['a date as ISO writes it', '2026-03-01T12:00:30Z', null],
  ])('%s: %j', (_, header, ms) => {
    expect(wait(header)).toBe(ms)
  })

  it('is counted from when the answer was made, whatever the zone of this machine', () => {
    expect(wait('Sun Mar  1 12:00:30 2026', new Date('2026-03-01T11:59:30Z'))).toBe(60_000)
    expect(dateMs('Sun, 01 Mar 2026 12:00:00 GMT')).toBe(noon.getTime())
    expect(dateMs('yesterday')).toBeNaN()
  })
})

const headers = fc.oneof(
  fc.string({ unit: 'binary-ascii', maxLength: 200 }),
  fc.string({ unit: fc.constantFrom(...'0123456789-+., eE:GMT'), maxLength: 100 }),
  fc.bigInt().map(String),
  fc.double().map(String),
  fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
)

describe('whatever the header says', () => {
  it('the wait is null or lies between nothing and a day, and nothing is thrown', () => {
    fc.assert(
      fc.property(headers, fc.date({ noInvalidDate: true }), (header, answeredAt) => {
        const ms = wait(header, answeredAt)
        if (ms === null) return
        expect(Number.isInteger(ms)).toBe(true)
        expect(ms).toBeGreaterThanOrEqual(0)
        expect(ms).toBeLessThanOrEqual(LONGEST_WAIT_MS)
      }),
      { numRuns: 5_000 },
    )
  })

  it('whole seconds are honoured to the second, and so is a date ahead', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 86_400 }), (seconds) => {
        expect(wait(String(seconds))).toBe(seconds * 1000)
        expect(wait(new Date(noon.getTime() + seconds * 1000).toUTCString())).toBe(seconds * 1000)
      }),
    )
  })

  it('its length costs no time', () => {
    const began = performance.now()
    for (const part of ['9', ' ', 'Sun ', 'a, ', '1.', '-'])
      for (const times of [100, 10_000, 1_000_000]) wait(part.repeat(times))
    expect(performance.now() - began).toBeLessThan(500)
  })
})
