import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Stripe from 'stripe'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { setClockOffset } from '../../../../infra/local/clock.ts'

const main = join(import.meta.dirname, '../../../../infra/local/stripe/main.ts')
let folder: string
let child: ChildProcess
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stripe-'))
})
afterEach(() => {
  child.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

async function start(...args: string[]): Promise<{ port: number; key: string; client: Stripe }> {
  child = spawn(process.execPath, [main, '--data', folder, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout!, 'data')) as [Buffer]
  const { port, key } = JSON.parse(/^ready (.*)\n$/.exec(line.toString())?.[1] ?? '')
  return { port, key, client: new Stripe(key, { host: '127.0.0.1', port, protocol: 'http', telemetry: false }) }
}

it('killed as soon as it has answered, it has what it answered, and its key', async () => {
  const before = await start()
  const { data } = await before.client.prices.list({ lookup_keys: ['seat_monthly'] })
  const { id } = await before.client.checkout.sessions.create({
    mode: 'subscription',
    line_items: [{ price: String(data[0]?.id), quantity: 1 }],
    success_url: 'http://localhost/',
  })
  child.kill('SIGKILL')
  await once(child, 'exit')
  const after = await start()
  expect(after.key).toBe(before.key)
  expect(await after.client.checkout.sessions.retrieve(id)).toMatchObject({ id, status: 'open' })
})

it('follows the clock, and gives its port back on SIGTERM', async () => {
  const clock = join(folder, 'clock')
  const { port, client } = await start('--clock', clock)
  const make = () => client.billingPortal.configurations.create({ features: {} })
  const before = await make()
  setClockOffset(clock, 30 * 86_400_000)
  expect((await make()).created - before.created).toBeGreaterThanOrEqual(30 * 86_400)
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
  const successor = createServer().listen(port, '127.0.0.1')
  await once(successor, 'listening')
  successor.close()
})

it('says in one sentence that its port is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  child = spawn(process.execPath, [main, '--port', String(port), '--data', folder])
  const said: Buffer[] = []
  child.stderr!.on('data', (chunk: Buffer) => said.push(chunk))
  const [code] = (await once(child, 'close')) as [number]
  other.close()
  expect(code).toBe(3)
  expect(Buffer.concat(said).toString()).toBe(`port ${port} is taken: stop what uses it or set LOCAL_PORT\n`)
})
