import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterEach, expect, test, vi } from 'vitest'
import { type RunningHost, runHost } from './run-host.ts'

const started: RunningHost[] = []
const run = (...args: Parameters<typeof runHost>) => {
  const host = runHost(...args)
  started.push(host)
  return host
}
afterEach(async () => {
  await Promise.all(started.splice(0).map((host) => host.stop()))
})

test.each<[string, string, Record<string, string>, RegExp]>([
  [
    'a service that throws',
    'broken',
    {},
    /service broken cannot be loaded: Error: COSMOS_ENDPOINT is missing\n.*at .*index\.ts/s,
  ],
  ['a host.json that is not understood', 'bad-host-json', {}, /host\.json cannot be used: .*maxOutstandingRequests/],
  ['no service', 'nowhere', {}, /there is no service in .*nowhere/],
  ['a service without a function', 'odd', { WAY: 'nothing' }, /service odd registers no function/],
  ['HTTP streams', 'odd', { WAY: 'stream' }, /app\.setup: the local Functions host does not support enableHttpStream/],
  ['a missing setting', 'odd', { WAY: 'connection' }, /function "unwired": setting NOWHERE is missing/],
  ['an unknown trigger', 'odd', { WAY: 'unknown' }, /does not support the trigger type cosmosDBTrigger/],
])('start-up ends with code 1 and the reason: %s', async (_, from, env, reason) => {
  const host = run(from, env)
  expect(await host.exit()).toBe(1)
  expect(host.stderr).toMatch(reason)
  expect(host.stdout).toBe('')
})

test('--only leaves the others out, and knows who is missing', async () => {
  const { functions } = await run('web', {}, '--only', 'desk').ready()
  expect(new Set(functions.map(({ service }) => service))).toEqual(new Set(['desk']))
  const host = run('web', {}, '--only', 'desk,attic')
  expect(await host.exit()).toBe(1)
  expect(host.stderr).toContain('there is no service attic in')
})

test('a taken port ends it with code 3 and one sentence', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const { port } = taken.address() as AddressInfo
  const host = run('slow', {}, '--port', String(port))
  expect(await host.exit()).toBe(3)
  expect(host.stderr).toBe(`port ${port} is taken: stop what uses it or set LOCAL_PORT\n`)
  taken.close()
})

test('SIGTERM: a running request is answered, nothing new is taken, the services say goodbye, code 0', async () => {
  const host = run('slow')
  const { port } = await host.ready()
  const running = fetch(`http://127.0.0.1:${port}/api/wait?ms=400`)
  await host.until(() => host.lines.includes('begun'))
  host.kill('SIGTERM')
  // Of Ctrl-C, terminal and supervisor each tell the host.
  host.kill('SIGINT')
  expect(await (await running).text()).toBe('waited')
  expect(await host.exit()).toBe(0)
  expect(host.stderr).toBe('slow says goodbye\n')
  await expect(fetch(`http://127.0.0.1:${port}/api/wait?ms=0`)).rejects.toThrow()
})

test('a client that goes away in the middle of its body leaves the host alone', async () => {
  const host = run('web')
  const { port } = await host.ready()
  const socket = connect(port, '127.0.0.1')
  socket.write('POST /api/mirror HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf', () => socket.destroy())
  await once(socket, 'close')
  expect(await (await fetch(`http://127.0.0.1:${port}/api/goods/newest`)).text()).toBe('newest')
  expect(host.stderr).toBe('shop starts 0\n')
})

test('SIGINT while nothing runs ends it at once, open connections or not', async () => {
  const host = run('slow')
  const { port } = await host.ready()
  await (await fetch(`http://127.0.0.1:${port}/api/wait?ms=0`)).text()
  const before = performance.now()
  host.kill('SIGINT')
  expect(await host.exit()).toBe(0)
  expect(performance.now() - before).toBeLessThan(2000)
})

test('the same signal again ends it at once', async () => {
  const host = run('slow')
  const { port } = await host.ready()
  const running = fetch(`http://127.0.0.1:${port}/api/wait?ms=60000`).catch(() => 'cut off')
  await host.until(() => host.lines.includes('begun'))
  host.kill('SIGTERM')
  const ask = () => fetch(`http://127.0.0.1:${port}/`).catch(() => 'refused')
  await vi.waitUntil(async () => (await ask()) === 'refused', 5000)
  host.kill('SIGTERM')
  expect(await running).toBe('cut off')
  expect(await host.exit()).toBe(1)
})

test('bundles, each with its own copy of the library, run as the sources do', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bundles-'))
  const fixtures = join(import.meta.dirname, 'fixtures/web')
  for (const service of ['shop', 'desk']) {
    await build({
      entryPoints: [join(fixtures, service, 'index.ts')],
      outfile: join(folder, service, 'index.cjs'),
      bundle: true,
      platform: 'node',
      format: 'cjs',
      external: ['@azure/functions-core'],
      logLevel: 'error',
    })
  }
  const host = run(folder)
  const { port, functions } = await host.ready()
  expect(functions).toHaveLength(15)
  const text = (path: string) => fetch(`http://127.0.0.1:${port}/api/${path}`).then((answer) => answer.text())
  expect(await Promise.all(['goods/newest', 'hooked', 'desk_hooked'].map(text))).toEqual(['newest', 'yes', 'null'])
  rmSync(folder, { recursive: true })
})
