import { expect, test } from 'vitest'
import { scheduleOf } from '../../../../infra/local/functions-host/schedule.ts'

const noon = new Date('2026-11-25T12:00:00Z') // a Wednesday

test.each([
  ['0 */5 * * * *', '2026-11-25T12:05:00Z'],
  ['30 0 3 * * *', '2026-11-26T03:00:30Z'],
  ['0 0 12 * * *', '2026-11-26T12:00:00Z'],
  ['0 0 9 * * MON', '2026-11-30T09:00:00Z'],
  ['0 0 9 * JAN-MAR *', '2027-01-01T09:00:00Z'],
  ['*/10 * * * * *', '2026-11-25T12:00:10Z'],
  ['0 5/20 * * * *', '2026-11-25T12:05:00Z'],
  ['0 0 0 29 2 *', '2028-02-29T00:00:00Z'],
  ['0 0 0 13 * 5', '2027-08-13T00:00:00Z'], // day and weekday both: a Friday the 13th
  ['01:30:00', '2026-11-25T13:30:00Z'],
  ['00:00:05', '2026-11-25T12:00:05Z'],
])('%s is next at %s', (text, next) => {
  expect(scheduleOf(text, 'function "x"')(noon)).toEqual(new Date(next))
})

test('an instant that never comes has no occurrence', () => {
  expect(scheduleOf('0 0 0 30 2 *', 'function "x"')(noon)).toBeUndefined()
})

test.each([
  '* * * * *',
  '* * * * * * *',
  '0 0 0 L * *',
  '0 0 0 * * 5#2',
  '0 0 0 ? * *',
  '@daily',
  '61 * * * * *',
  '24:00:00',
  '00:00:00',
  '',
  'soon',
])('%o is refused by name', (text) => {
  expect(() => scheduleOf(text, 'function "x"')).toThrow(`function "x": "${text}" is neither`)
})
