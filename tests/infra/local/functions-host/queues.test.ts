import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ServiceBusClient, type ServiceBusMessage } from '@azure/service-bus'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type ServiceBus, startServiceBus } from '../../../../infra/local/service-bus/server.ts'
import { freePorts } from '../../../../infra/tools/free-ports.ts'
import { type RunningHost, runHost } from './run-host.ts'

const folder = mkdtempSync(join(tmpdir(), 'queues-'))
const limits = { lockSeconds: 60, maxDeliveryCount: 3, timeToLiveSeconds: 600 }
// What is given to a link that its client has given up comes again when its lock ends: sooner than a test gives up.
const queues = { letters: { ...limits, lockSeconds: 5 }, parcels: limits, freight: { ...limits, lockSeconds: 2 } }

let bus: ServiceBus
let client: ServiceBusClient
const hosts: RunningHost[] = []

/** On a port that no outgoing connection of another test is given while the Service Bus is away. */
const startBus = async (port?: number) => {
  bus = await startServiceBus({ port: port ?? (await freePorts(1)), data: folder, queues })
  client = new ServiceBusClient(bus.connectionString)
}
const stopBus = async () => {
  await client.close()
  await bus.close()
}
const run = async (connection = bus.connectionString) => {
  const host = runHost('queues', { SERVICE_BUS: connection, LETTERS: 'letters' })
  hosts.push(host)
  await host.ready()
  return host
}
const send = async (queue: string, ...messages: ServiceBusMessage[]) => {
  const sender = client.createSender(queue)
  await sender.sendMessages(messages)
  await sender.close()
}
const held = (queue: string, part: 'main' | 'deadLetter' = 'main') => bus.queues.get(queue)!.peek(part, 0, 100)
const runs = (host: RunningHost, name: string) =>
  host.lines
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
    .filter((run) => run.name === name)

beforeAll(() => startBus())
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.stop()))
})
afterAll(async () => {
  await stopBus()
  rmSync(folder, { recursive: true })
})

test('a message that is handled is gone; the handler gets its body and what the broker says of it', async () => {
  const host = await run()
  await send('letters', {
    body: { id: 7 },
    messageId: 'first',
    correlationId: 'c',
    subject: 'hello',
    contentType: 'application/json',
    applicationProperties: { tenantId: 't', Count: 2 },
  })
  await host.until(() => runs(host, 'read_letters').length === 1)
  await host.until(() => held('letters').length === 0)
  const [letter] = runs(host, 'read_letters')
  expect(letter).toEqual({
    name: 'read_letters',
    body: { id: 7 },
    messageId: 'first',
    deliveryCount: 1,
    sequenceNumber: expect.any(Number),
    lockToken: expect.stringMatching(/^[0-9a-f-]{36}$/),
    enqueuedTimeUtc: expect.stringMatching(/^20.*Z$/),
    enqueuedTime: letter.enqueuedTimeUtc,
    expiresAtUtc: expect.stringMatching(/^20.*Z$/),
    expiresAt: letter.expiresAtUtc,
    correlationId: 'c',
    contentType: 'application/json',
    subject: 'hello',
    label: 'hello',
    applicationProperties: { tenantId: 't', count: 2 },
    userProperties: { tenantId: 't', count: 2 },
  })
  expect(new Date(letter.expiresAtUtc).getTime() - new Date(letter.enqueuedTimeUtc).getTime()).toBe(600_000)
})

test('a body is JSON if it can be, else text, whatever its bytes', async () => {
  const host = await run()
  const bodies = ['{"a":1}', 'plain text', '\ufeff[2]', Buffer.from([0xff, 0x41])].map((body) => Buffer.from(body))
  await send('letters', ...bodies.map((body, at) => ({ body, messageId: `m${at}` })))
  await host.until(() => runs(host, 'read_letters').length === 4)
  const byId = Object.fromEntries(runs(host, 'read_letters').map(({ messageId, body }) => [messageId, body]))
  expect(byId).toEqual({ m0: { a: 1 }, m1: 'plain text', m2: [2], m3: '\ufffdA' })
})

test('a body that is an AMQP value is not handed on', async () => {
  const host = await run()
  const sender = client.createSender('letters')
  await sender.sendMessages({ body: 42, bodyType: 'value', messageId: 'value' })
  await host.until(() => held('letters', 'deadLetter').length === 1)
  expect(runs(host, 'read_letters')).toEqual([])
  await host.says(/read_letters cannot be given a body that is an AMQP value/)
  await sender.close()
})

test('a message that is thrown on comes again, and is set aside after its last delivery', async () => {
  const host = await run()
  await send('parcels', { body: { id: 1 }, messageId: 'bug' })
  await host.until(() => held('parcels', 'deadLetter').length === 1)
  expect(runs(host, 'fail_parcels').map(({ deliveryCount }) => deliveryCount)).toEqual([1, 2, 3])
  expect(held('parcels', 'deadLetter')[0]?.deadLetter?.reason).toBe('MaxDeliveryCountExceeded')
  expect(held('parcels')).toEqual([])
  await host.says(/(fail_parcels of post failed \(invocation .*\): Error: a bug(.|\n)*){3}/)
})

test('at most maxConcurrentCalls messages are handled at once, and a lock is renewed while its handler runs', async () => {
  const host = await run()
  const long = { body: { ms: 2600 } }
  await send('freight', { ...long, messageId: 'a' }, { ...long, messageId: 'b' }, { body: { ms: 10 }, messageId: 'c' })
  await host.until(() => host.lines.length === 6)
  let open = 0
  const most = host.lines.map((line) => (open += line.startsWith('begun') ? 1 : -1))
  expect(Math.max(...most)).toBe(2)
  await host.until(() => held('freight').length === 0)
  // Handled once each: no lock ran out.
  expect(host.lines.toSorted()).toEqual(['begun a', 'begun b', 'begun c', 'done a', 'done b', 'done c'])
})

test('the Service Bus may go away and come back, and be away at the start', async () => {
  const host = await run()
  const { port } = bus
  await stopBus()
  const early = runHost('queues', { SERVICE_BUS: bus.connectionString, LETTERS: 'letters' })
  hosts.push(early)
  await early.ready()
  await early.says(/queue letters of read_letters: receive: .*ECONNREFUSED/)
  await startBus(port)
  const some = Array.from({ length: 20 }, (_, id) => ({ body: { id }, messageId: `again ${id}` }))
  await send('letters', ...some)
  await host.until(() => held('letters').length === 0)
  const handled = [host, early].flatMap((one) => runs(one, 'read_letters')).map(({ body }) => body.id)
  expect(handled.toSorted((a, b) => a - b)).toEqual(some.map(({ body }) => body.id))
  await send('parcels', { body: {}, messageId: 'to either' })
  await early.until(() => runs(early, 'fail_parcels').length + runs(host, 'fail_parcels').length === 3)
})

test('a connection that is lost in the middle of opening a link is given up within seconds', async () => {
  // Between host and Service Bus: cuts the first connection when it asks for a link, as a restart just then does.
  let cuts = 0
  const between = createServer((socket) => {
    const onward = connect(bus.port, '127.0.0.1')
    const end = () => void [socket.destroy(), onward.destroy()]
    for (const side of [socket, onward]) side.on('error', end).on('close', end)
    onward.on('data', (bytes) => socket.write(bytes))
    socket.on('data', (bytes) => {
      if (cuts === 0 && bytes.includes('put-token')) return void [cuts++, end()]
      onward.write(bytes)
    })
  })
  await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve))
  const { port } = between.address() as AddressInfo
  const host = await run(bus.connectionString.replace(`:${bus.port};`, `:${port};`))
  await send('letters', { body: { id: 1 } })
  await host.until(() => runs(host, 'read_letters').length === 1)
  expect(cuts).toBe(1)
  await host.stop()
  between.close()
})

test('SIGTERM: a running message is finished and settled, the others stay in their queue', async () => {
  const host = await run()
  const ids = ['a', 'b', 'c', 'd']
  await send('freight', ...ids.map((messageId) => ({ body: { ms: 500 }, messageId })))
  await host.until(() => host.lines.length === 2)
  host.kill('SIGTERM')
  expect(await host.exit()).toBe(0)
  expect(host.lines.filter((line) => line.startsWith('done'))).toHaveLength(2)
  expect(held('freight')).toHaveLength(2)
  const again = await run()
  await again.until(() => held('freight').length === 0)
  expect(again.lines.filter((line) => line.startsWith('done')).toSorted()).toEqual(['done c', 'done d'])
})
