import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ServiceBusClient } from '@azure/service-bus'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { setClockOffset } from '../../../../infra/local/clock.ts'
import { freePorts } from '../../../../infra/tools/free-ports.ts'

const main = join(import.meta.dirname, '../../../../infra/local/service-bus/main.ts')
const queue = 'seat-uses'
type Ready = { port: number; controlPort: number; connectionString: string }

let folder: string
let running: ChildProcess
let client: ServiceBusClient | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'service-bus-'))
})
afterEach(async () => {
  await client?.close()
  client = undefined
  if (running.exitCode === null) await killed('SIGKILL')
  rmSync(folder, { recursive: true })
})

function run(port: number): ChildProcess {
  const where = ['--port', String(port), '--data', join(folder, 'data'), '--clock', join(folder, 'clock')]
  running = spawn(process.execPath, [main, ...where], { stdio: ['ignore', 'pipe', 'pipe'] })
  return running
}

/** On a port that no outgoing connection of another test is given while the server is dead. */
async function start(port?: number): Promise<Ready> {
  const process = run(port ?? (await freePorts(1)))
  const [line] = await Promise.race([once(createInterface(process.stdout!), 'line'), once(process, 'exit')])
  expect(line).toMatch(/^ready \{/)
  return JSON.parse(line.slice('ready '.length))
}

async function killed(signal: NodeJS.Signals): Promise<[number | null, NodeJS.Signals | null]> {
  const exit = once(running, 'exit')
  running.kill(signal)
  return exit as Promise<[number | null, NodeJS.Signals | null]>
}

const connected = ({ connectionString }: Ready): ServiceBusClient => {
  client = new ServiceBusClient(connectionString, {
    retryOptions: { maxRetries: 50, retryDelayInMs: 50, timeoutInMs: 1000 },
  })
  return client
}

test('kill -9: what was accepted is there, what was completed is not, locks and counts are as they were', async () => {
  const ready = await start()
  const before = connected(ready)
  const receiver = before.createReceiver(queue, { maxAutoLockRenewalDurationInMs: 0 })
  const sender = before.createSender(queue)
  await sender.sendMessages(['done', 'held', 'given back', 'dead', 'untouched'].map((body) => ({ body })))
  const [done, held, back, dead] = await receiver.receiveMessages(4)
  await sender.scheduleMessages({ body: 'later' }, new Date(Date.now() + 3_600_000))
  await receiver.completeMessage(done!)
  await receiver.deadLetterMessage(dead!, { deadLetterReason: 'r', deadLetterErrorDescription: 'd' })
  await receiver.abandonMessage(back!)
  await killed('SIGKILL')

  expect((await start(ready.port)).connectionString).toBe(ready.connectionString)
  await receiver.completeMessage(held!)
  const rest = await receiver.receiveMessages(2)
  expect(rest.map(({ body, deliveryCount }) => [body, deliveryCount])).toEqual([
    ['given back', 1],
    ['untouched', 0],
  ])
  for (const message of rest) await receiver.completeMessage(message)
  const [aside] = await before.createReceiver(queue, { subQueueType: 'deadLetter' }).receiveMessages(1)
  expect(aside).toMatchObject({ body: 'dead', deadLetterReason: 'r' })
  expect(await receiver.receiveMessages(1, { maxWaitTimeInMs: 100 })).toEqual([])
  setClockOffset(join(folder, 'clock'), 3_600_000)
  expect(await receiver.receiveMessages(1)).toMatchObject([{ body: 'later' }])
})

test('kill -9: sessions end, and what was not settled in them comes again, counted and in order', async () => {
  const ready = await start()
  const before = connected(ready)
  const sender = before.createSender('purchases')
  await sender.sendMessages(['a1', 'a2', 'a3', 'a4'].map((body) => ({ body, sessionId: 'a' })))
  await sender.sendMessages({ body: 'b1', sessionId: 'b' })
  await sender.scheduleMessages({ body: 'c1', sessionId: 'c' }, new Date(Date.now() + 3_600_000))
  const session = await before.acceptSession('purchases', 'a')
  const [first, second] = await session.receiveMessages(3)
  await session.completeMessage(first!)
  await session.abandonMessage(second!)
  await killed('SIGKILL')

  await start(ready.port)
  await expect(session.receiveMessages(1)).rejects.toMatchObject({ code: 'SessionLockLost' })
  const again = await before.acceptNextSession('purchases')
  const rest = await again.receiveMessages(3)
  expect(rest.map(({ body, deliveryCount }) => [body, deliveryCount])).toEqual([
    ['a2', 1],
    ['a3', 1],
    ['a4', 0],
  ])
  for (const message of rest) await again.completeMessage(message)
  const other = await before.acceptNextSession('purchases')
  expect(await other.receiveMessages(1)).toMatchObject([{ body: 'b1', sessionId: 'b', deliveryCount: 0 }])
  setClockOffset(join(folder, 'clock'), 3_600_000)
  const due = await before.acceptSession('purchases', 'c')
  expect(await due.receiveMessages(1)).toMatchObject([{ body: 'c1', sessionId: 'c' }])
})

test('kill -9 while messages are being sent: none whose sender was told is missing', async () => {
  const ready = await start()
  const first = connected(ready)
  const sender = first.createSender(queue)
  const cutOff = new AbortController()
  const told: number[] = []
  // The one that is on its way when the server dies is told nothing: it may be kept, and it may not.
  const sending = (async () => {
    for (let n = 0; ; n++) {
      await sender.sendMessages({ body: n }, { abortSignal: cutOff.signal })
      told.push(n)
    }
  })().catch(() => undefined)
  await vi.waitFor(() => expect(told.length).toBeGreaterThan(200), 10_000)
  await killed('SIGKILL')
  cutOff.abort()
  await sending
  const kept = await connected(await start(ready.port))
    .createReceiver(queue)
    .peekMessages(10_000)
  const bodies = new Set(kept.map(({ body }) => body))
  expect(told.filter((n) => !bodies.has(n))).toEqual([])
  expect(bodies.size).toBeLessThanOrEqual(told.length + 1)
  await first.close()
})

test('a subscriber outlives the server', async () => {
  const ready = await start()
  const seen: unknown[] = []
  connected(ready)
  client!.createReceiver(queue).subscribe({
    processMessage: async (message) => void seen.push(message.body),
    processError: async () => {},
  })
  await client!.createSender(queue).sendMessages({ body: 'before' })
  await vi.waitFor(() => expect(seen).toEqual(['before']), 5000)
  await killed('SIGKILL')
  await start(ready.port)
  await client!.createSender(queue).sendMessages({ body: 'after' })
  await vi.waitFor(() => expect(seen).toEqual(['before', 'after']), 10_000)
})

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s: exit 0, with clients connected, and the ports are free',
  async (signal) => {
    const ready = await start()
    await connected(ready).createSender(queue).sendMessages({ body: 1 })
    expect(await killed(signal)).toEqual([0, null])
    for (const port of [ready.port, ready.controlPort]) {
      const server = createServer().listen(port, '127.0.0.1')
      await once(server, 'listening')
      server.close()
    }
  },
)

test('a taken port: exit 3 and one sentence', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const process = run(port)
  let said = ''
  process.stderr!.on('data', (some) => {
    said += some
  })
  expect((await once(process, 'close'))[0]).toBe(3)
  expect(said).toBe(`port ${port} is taken: stop what uses it or set LOCAL_PORT\n`)
  server.close()
})

test('a second start on the same data and port leaves the first one’s messages alone', async () => {
  const ready = await start()
  const sender = connected(ready).createSender(queue)
  await sender.sendMessages({ body: 'before' })
  const first = running
  expect((await once(run(ready.port), 'exit'))[0]).toBe(3)
  running = first
  await sender.sendMessages({ body: 'after' })
  await killed('SIGKILL')
  await start(ready.port)
  const kept = await client!.createReceiver(queue).peekMessages(10)
  expect(kept.map(({ body }) => body)).toEqual(['before', 'after'])
})
