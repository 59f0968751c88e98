import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ServiceBusClient } from '@azure/service-bus'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { setClockOffset } from '../../../../infra/local/clock.ts'
import { type ServiceBus, startServiceBus } from '../../../../infra/local/service-bus/server.ts'
import { freePorts } from '../../../../infra/tools/free-ports.ts'
import { type RunningHost, runHost } from './run-host.ts'

// What fixtures/sessions/host.json says.
const [maxSessions, idleMs] = [6, 1000]
const limits = { lockSeconds: 60, maxDeliveryCount: 3, timeToLiveSeconds: 3600 }
const queues = {
  steps: { ...limits, sessions: true },
  'quick-steps': { ...limits, lockSeconds: 2, sessions: true },
  letters: limits,
}

type Line = {
  name: string
  event: 'begun' | 'done'
  at: number
  sessionId: string
  messageId: string
  deliveryCount: number
}
type Sent = { sessionId?: string; messageId: string; ms?: number; throws?: number }

let folder: string
let ahead: number
let bus: ServiceBus
let client: ServiceBusClient
let hosts: RunningHost[]

const startBus = async (port?: number) => {
  const now = () => new Date(Date.now() + ahead)
  bus = await startServiceBus({ port: port ?? (await freePorts(1)), data: folder, queues, now })
  client = new ServiceBusClient(bus.connectionString)
}
const stopBus = async () => {
  await client.close()
  await bus.close()
}
const run = async (connection = bus.connectionString) => {
  const host = runHost('sessions', { SERVICE_BUS: connection, CLOCK_FILE: join(folder, 'clock') })
  hosts.push(host)
  await host.ready()
  return host
}
const send = async (queue: keyof typeof queues, ...messages: Sent[]) => {
  const sender = client.createSender(queue)
  for (const { sessionId, messageId, ...body } of messages) {
    await sender.sendMessages({ body, messageId, ...(sessionId !== undefined && { sessionId }) })
  }
  await sender.close()
}
const steps = (count: number, sessions: number, ms = 0): Sent[] =>
  Array.from({ length: count }, (_, n) => ({ sessionId: `s${n % sessions}`, messageId: `m${n}`, ms }))
const held = (queue: keyof typeof queues, part: 'main' | 'deadLetter' = 'main') =>
  bus.queues.get(queue)!.peek(part, 0, 1000)
const lines = (...of: RunningHost[]): Line[] =>
  of.flatMap((host) => host.lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line)))
const done = (...of: RunningHost[]) => lines(...of).filter(({ event }) => event === 'done')

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sessions-'))
  ahead = 0
  hosts = []
  await startBus()
})
afterEach(async () => {
  await Promise.all(hosts.map((host) => host.stop()))
  await stopBus()
  rmSync(folder, { recursive: true })
})

/** The most that ran at once of all, and of one session. */
function most(all: Line[]): { inAll: number; inOne: number } {
  const running = new Map<string, number>()
  const most = { inAll: 0, inOne: 0 }
  for (const { event, sessionId } of all) {
    running.set(sessionId, (running.get(sessionId) ?? 0) + (event === 'begun' ? 1 : -1))
    const now = [...running.values()]
    most.inAll = Math.max(
      most.inAll,
      now.reduce((sum, one) => sum + one, 0),
    )
    most.inOne = Math.max(most.inOne, ...now)
  }
  return most
}

test('messages of a session are handled one by one and in order, so many sessions at once, then the others', async () => {
  await send('steps', ...steps(32, 8, 100))
  const host = await run()
  await host.until(() => done(host).length === 32)
  expect(most(lines(host))).toEqual({ inAll: maxSessions, inOne: 1 })
  for (const first of [0, 1, 2, 3, 4, 5, 6, 7]) {
    const order = done(host).filter(({ sessionId }) => sessionId === `s${first}`)
    expect(order.map(({ messageId }) => messageId)).toEqual([0, 8, 16, 24].map((n) => `m${first + n}`))
  }
  await host.until(() => held('steps').length === 0)
})

test('the handler is told its session, beside queues that have none', async () => {
  const host = await run()
  await send('letters', { messageId: 'plain' }, { messageId: 'marked', sessionId: 'only a property' })
  await send('steps', { messageId: 'first', sessionId: 'seller/one' }, { messageId: 'second', sessionId: '0' })
  await host.until(() => done(host).length === 4)
  const told = Object.fromEntries(done(host).map(({ messageId, name, sessionId }) => [messageId, [name, sessionId]]))
  expect(told).toEqual({
    plain: ['read_letter', undefined],
    marked: ['read_letter', 'only a property'],
    first: ['take_step', 'seller/one'],
    // The library reads every text as JSON.
    second: ['take_step', 0],
  })
})

test('what is thrown on comes again before the next of its session, and is set aside at last', async () => {
  const poison = { sessionId: 'a', messageId: 'poison', throws: 9 }
  await send('steps', { sessionId: 'a', messageId: 'once', throws: 1 }, poison, { sessionId: 'a', messageId: 'fine' })
  const host = await run()
  await host.until(() => done(host).length === 2 && held('steps').length === 0)
  const begun = lines(host).filter(({ event }) => event === 'begun')
  expect(begun.map(({ messageId, deliveryCount }) => `${messageId} ${deliveryCount}`)).toEqual([
    'once 1',
    'once 2',
    'poison 1',
    'poison 2',
    'poison 3',
    'fine 1',
  ])
  expect(held('steps', 'deadLetter')).toMatchObject([{ deadLetter: { reason: 'MaxDeliveryCountExceeded' } }])
})

test('an idle session is kept for its time-out, then left for others', async () => {
  const host = await run()
  await send('steps', ...steps(maxSessions, maxSessions))
  await host.until(() => done(host).length === maxSessions)
  // All places are taken by sessions that might get more.
  const began = performance.now()
  await send('steps', { sessionId: 's0', messageId: 'soon' }, { sessionId: 'another', messageId: 'waits' })
  await host.until(() => done(host).some(({ messageId }) => messageId === 'soon'))
  expect(done(host).some(({ messageId }) => messageId === 'waits')).toBe(false)
  await host.until(() => done(host).some(({ messageId }) => messageId === 'waits'))
  expect(performance.now() - began).toBeGreaterThan(idleMs * 0.8)
  expect(host.stderr).toBe('')
})

test.each([0, 400 * 86_400_000])(
  'a session is renewed while its handler runs longer than its lock, also when the clock is %i ms ahead',
  async (offset) => {
    ahead = offset
    setClockOffset(join(folder, 'clock'), offset)
    const host = await run()
    await send('quick-steps', { sessionId: 'a', messageId: 'long', ms: 4500 }, { sessionId: 'a', messageId: 'next' })
    await host.until(() => done(host).length === 2)
    await host.until(() => held('quick-steps').length === 0)
    expect(lines(host).map(({ event, messageId, deliveryCount }) => `${event} ${messageId} ${deliveryCount}`)).toEqual([
      'begun long 1',
      'done long 1',
      'begun next 1',
      'done next 1',
    ])
  },
)

test('a session that is lost to a jump of the clock is accepted again; its message is handled once more', async () => {
  const host = await run()
  await send('steps', { sessionId: 'a', messageId: 'long', ms: 700 })
  await host.until(() => lines(host).length === 1)
  ahead += limits.lockSeconds * 1000
  await host.until(() => held('steps').length === 0)
  expect(done(host).map(({ deliveryCount }) => deliveryCount)).toEqual([1, 2])
  await host.says(/a message of steps could not be completed/)
})

test('several hosts never handle one session at the same time, whoever of them is killed', async () => {
  const [first, second, third] = [await run(), await run(), await run()]
  // More than one host has places for.
  await send('steps', ...steps(60, 20, 20))
  await second.until(() => done(second).length > 3)
  const killedAt = Date.now()
  second.kill('SIGKILL')
  await second.exit()
  third.kill('SIGTERM')
  expect(await third.exit()).toBe(0)
  await first.until(() => held('steps').length === 0)
  const all = lines(first, second, third)
  // Only what the killed one had in hand is begun twice.
  const again = all.filter(({ event, deliveryCount }) => event === 'begun' && deliveryCount > 1)
  expect(again.length).toBeLessThanOrEqual(maxSessions)
  const ids = new Set(all.filter(({ event }) => event === 'done').map(({ messageId }) => messageId))
  expect(ids.size).toBe(60)
  for (const session of new Set(all.map(({ sessionId }) => sessionId))) {
    const times = all
      .filter(({ event, sessionId }) => event === 'begun' && sessionId === session)
      .map((begun) => [begun.at, all.find((line) => isEndOf(line, begun))?.at ?? killedAt] as const)
      .toSorted(([a], [b]) => a - b)
    for (const [n, [begun]] of times.entries()) expect(begun).toBeGreaterThanOrEqual(times[n - 1]?.[1] ?? 0)
  }
}, 40_000)

const isEndOf = ({ event, messageId, deliveryCount }: Line, begun: Line) =>
  event === 'done' && messageId === begun.messageId && deliveryCount === begun.deliveryCount

test('SIGTERM: what is in hand is finished and settled, the rest stays uncounted', async () => {
  const host = await run()
  await send('steps', ...steps(12, maxSessions, 2000))
  await host.until(() => lines(host).length === maxSessions)
  host.kill('SIGTERM')
  expect(await host.exit()).toBe(0)
  expect(done(host)).toHaveLength(maxSessions)
  expect(held('steps')).toHaveLength(12 - maxSessions)
  expect(held('steps').map(({ deliveryCount, lock }) => [deliveryCount, lock])).toEqual(
    Array(12 - maxSessions).fill([0, null]),
  )
  const again = await run()
  await again.until(() => held('steps').length === 0)
  expect(done(again)).toHaveLength(12 - maxSessions)
})

test('SIGTERM of a host that waits for sessions ends it at once', async () => {
  const host = await run()
  await delay(300)
  const began = performance.now()
  host.kill('SIGTERM')
  expect(await host.exit()).toBe(0)
  expect(performance.now() - began).toBeLessThan(5000)
  expect(host.stderr).toBe('')
})

test('the Service Bus may go away and come back, within seconds, and be away at the start', async () => {
  const host = await run()
  await send('steps', ...steps(4, 2, 300))
  await host.until(() => done(host).length > 0)
  const { port } = bus
  await stopBus()
  const early = await run()
  await early.says(/queue steps of take_step: acceptNextSession: .*ECONNREFUSED/)
  await startBus(port)
  const began = performance.now()
  await send('letters', { messageId: 'letter' })
  await host.until(() => held('steps').length === 0 && held('letters').length === 0)
  expect(performance.now() - began).toBeLessThan(10_000)
  expect(new Set(done(host, early).map(({ messageId }) => messageId))).toEqual(
    new Set(['m0', 'm1', 'm2', 'm3', 'letter']),
  )
})

test('a connection that is lost in the middle of accepting is given up within seconds', async () => {
  // Between host and Service Bus: cuts the first connections when they ask for a link, as a restart just then does.
  let cuts = 0
  const between = createServer((socket) => {
    const onward = connect(bus.port, '127.0.0.1')
    const end = () => void [socket.destroy(), onward.destroy()]
    for (const side of [socket, onward]) side.on('error', end).on('close', end)
    onward.on('data', (bytes) => socket.write(bytes))
    socket.on('data', (bytes) => {
      if (cuts < 2 && bytes.includes(['put-token', 'session-filter'][cuts]!)) return void [cuts++, end()]
      onward.write(bytes)
    })
  })
  await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve))
  const { port } = between.address() as AddressInfo
  const host = await run(bus.connectionString.replace(`:${bus.port};`, `:${port};`))
  await send('steps', ...steps(4, 4))
  await host.until(() => held('steps').length === 0)
  expect(cuts).toBe(2)
  await host.stop()
  between.close()
})
