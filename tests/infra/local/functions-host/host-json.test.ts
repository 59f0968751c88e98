import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readHostJson } from '../../../../infra/local/functions-host/host-json.ts'

const folder = mkdtempSync(join(tmpdir(), 'host-json-'))
const path = join(folder, 'host.json')
afterAll(() => rmSync(folder, { recursive: true }))

const read = (text: string) => {
  writeFileSync(path, text)
  return readHostJson(path)
}

test('that of the project is understood', () => {
  expect(readHostJson(join(import.meta.dirname, '../../../../host.json'))).toEqual({
    routePrefix: 'api',
    maxConcurrentCalls: 16,
    maxConcurrentSessions: 6,
    sessionIdleSeconds: 5,
    maxLockRenewalSeconds: 300,
  })
})

test('what is left out has the defaults of Azure', () => {
  expect(read('{ "version": "2.0" }')).toEqual({
    routePrefix: 'api',
    maxConcurrentCalls: 16,
    maxConcurrentSessions: 8,
    sessionIdleSeconds: 60,
    maxLockRenewalSeconds: 300,
  })
})

test('its values are used', () => {
  const http = { routePrefix: '/v1/' }
  const serviceBus = {
    maxConcurrentCalls: 2,
    maxConcurrentSessions: 3,
    sessionIdleTimeout: '00:00:07',
    maxAutoLockRenewalDuration: '01:02:03',
  }
  expect(read(JSON.stringify({ version: '2.0', extensions: { http, serviceBus } }))).toEqual({
    routePrefix: 'v1',
    maxConcurrentCalls: 2,
    maxConcurrentSessions: 3,
    sessionIdleSeconds: 7,
    maxLockRenewalSeconds: 3723,
  })
})

test.each([
  ['not JSON', '{ version: 2 }', 'JSON'],
  ['another version', '{ "version": "1.0" }', 'version'],
  ['an unknown key', '{ "version": "2.0", "functionTimeout": "00:05:00" }', 'functionTimeout'],
  [
    'no sessions at all',
    '{ "version": "2.0", "extensions": { "serviceBus": { "maxConcurrentSessions": 0 } } }',
    'maxConcurrentSessions',
  ],
  ['prefetching', '{ "version": "2.0", "extensions": { "serviceBus": { "prefetchCount": 8 } } }', 'prefetchCount'],
  [
    'no auto-completion',
    '{ "version": "2.0", "extensions": { "serviceBus": { "autoCompleteMessages": false } } }',
    'autoCompleteMessages',
  ],
  [
    'no time',
    '{ "version": "2.0", "extensions": { "serviceBus": { "maxAutoLockRenewalDuration": "5m" } } }',
    'hh:mm:ss',
  ],
])('%s is refused by name', (_, text, named) => {
  expect(() => read(text)).toThrow(new RegExp(`${path} cannot be used: [^]*${named}`))
})
