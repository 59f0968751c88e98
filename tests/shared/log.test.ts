import { faultReason, type LogSink, log } from '@securemailmerge/shared/log'
import { expect, it } from 'vitest'

it('writes one line of JSON at its level', () => {
  const lines: [string, string][] = []
  const sink = Object.fromEntries(
    ['info', 'warn', 'error'].map((level) => [level, (line: string) => void lines.push([level, line])]),
  ) as unknown as LogSink
  log(sink, 'info', 'looked_up', { code: 'free', reads: 3 })
  log(sink, 'warn', 'parked', { reason: 'two\nlines' })
  log(sink, 'error', 'request_failed', {})
  expect(lines).toEqual([
    ['info', '{"event":"looked_up","code":"free","reads":3,"version":"dev"}'],
    ['warn', '{"event":"parked","reason":"two\\nlines","version":"dev"}'],
    ['error', '{"event":"request_failed","version":"dev"}'],
  ])
})

it('tells of a fault its kind and its place', () => {
  expect(faultReason(new TypeError('secret'))).toMatch(/^TypeError .*at log\.test\.ts:\d+$/)
})

it.each<[string, unknown]>([
  ['a message', new Error('secret')],
  ['a message that looks like a place', new Error('secret at secret.ts:1')],
  ['lines that look like a stack', new Error('secret\n    at secret (secret/secret.js:1:1)')],
  ['a cause', new Error('x', { cause: new Error('secret') })],
  ['a code of a stranger', Object.assign(new Error('x'), { code: 'kim@secret.example' })],
  ['a text', 'secret'],
  ['an object', { message: 'secret' }],
])('never tells %s', (_, thrown) => {
  expect(faultReason(thrown)).not.toContain('secret')
})

it.each([
  ['ECONNRESET', 'ECONNRESET'],
  [429, '429'],
  [undefined, 'no code'],
])('tells the code of an error of a library: %s', (code, told) => {
  expect(faultReason(Object.assign(new Error('secret'), { code }))).toMatch(new RegExp(`^Error \\(${told}\\) at log`))
})

it('tells an error without a stack from nothing', () => {
  const bare = Object.assign(new RangeError('secret'), { stack: undefined })
  expect(faultReason(bare)).toMatch(/^RangeError .*at unknown place$/)
  expect([faultReason(undefined), faultReason('x')]).toEqual(['undefined', 'string'])
})
