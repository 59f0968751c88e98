import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { setClockOffset } from '../../../../infra/local/clock.ts'
import { type RunningHost, runHost } from './run-host.ts'

const folder = mkdtempSync(join(tmpdir(), 'timers-'))
const clock = join(folder, 'clock')
const hour = 3_600_000
// The test must not depend on the day it runs on.
const midnight = Date.parse('2030-06-01T00:00:00Z')
const moveTo = (hours: number) => setClockOffset(clock, midnight + hours * hour - Date.now())

let host: RunningHost
let origin: string

const runs = (name: string) => host.lines.map((line) => JSON.parse(line)).filter((run) => run.name === name)
const fire = (name: string, type = 'application/json') =>
  fetch(`${origin}/admin/functions/${name}`, { method: 'POST', headers: { 'content-type': type }, body: '{}' })

beforeAll(async () => {
  moveTo(0)
  host = runHost('clock', { CLOCK_FILE: clock, NIGHTLY: '0 30 3 * * *' })
  const ready = await host.ready()
  origin = `http://127.0.0.1:${ready.port}`
})
afterAll(async () => {
  await host.stop()
  rmSync(folder, { recursive: true })
})

test('a life by the clock', async () => {
  // At start-up, but not before the host is ready.
  await host.until(() => runs('at_start').length === 1)
  expect(host.stdout).toMatch(/^ready /)
  expect(runs('at_start')[0]).toMatchObject({
    isPastDue: false,
    scheduleStatus: null,
    schedule: { adjustForDST: true },
  })
  expect(runs('nightly')).toEqual([])

  // Over one hour: `long` has missed its occurrence, and runs.
  moveTo(2)
  await host.until(() => runs('long').length === 1)
  expect(runs('long')[0]).toMatchObject({ isPastDue: true })

  // Over the night: each that was missed runs once, however often it was; `long` still runs and is not run again.
  moveTo(50)
  await host.until(() => runs('nightly').length === 1 && runs('failing').length === 1)
  expect(runs('nightly')[0]).toMatchObject({
    isPastDue: true,
    scheduleStatus: { next: new Date(midnight + 3.5 * hour).toISOString(), last: '0001-01-01T00:00:00+00:00' },
  })
  await host.says(/failing of clock failed/)

  // The next night, on time; what the schedule is told of the run before.
  moveTo(51.5)
  await host.until(() => runs('nightly').length === 2)
  const { isPastDue, scheduleStatus } = runs('nightly')[1]
  expect(isPastDue).toBe(false)
  expect(scheduleStatus.next).toBe(new Date(midnight + 51.5 * hour).toISOString())
  expect(new Date(scheduleStatus.last).getTime() - (midnight + 50 * hour)).toBeLessThan(10_000)

  // A failure has not stopped its timer; `long` is still not run twice.
  moveTo(63)
  await host.until(() => runs('failing').length === 2)
  expect(runs('long')).toHaveLength(1)

  // Released, `long` makes up for what it missed, once.
  await fetch(`${origin}/api/release`, { method: 'POST' })
  await host.until(() => runs('long').length === 2)
  expect(runs('long')[1]).toMatchObject({ isPastDue: true })
})

test('a timer is fired by hand', async () => {
  const before = runs('nightly').length
  expect((await fire('nightly', 'text/plain')).status).toBe(415)
  expect((await fire('Nightly')).status).toBe(202)
  await host.until(() => runs('nightly').length === before + 1)
  expect(runs('nightly').at(-1)).toMatchObject({ isPastDue: false })
})

test('what was not due did not run', () => {
  expect(runs('at_start')).toHaveLength(1)
})
