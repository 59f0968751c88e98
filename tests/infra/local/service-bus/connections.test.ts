import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { ServiceBusClient, type ServiceBusReceivedMessage } from '@azure/service-bus'
import rhea from 'rhea'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Access } from '../../../../infra/local/service-bus/access.ts'
import { type ServiceBus, startServiceBus } from '../../../../infra/local/service-bus/server.ts'

const limits = { lockSeconds: 60, maxDeliveryCount: 5, timeToLiveSeconds: 3600 }
let offset: number
let bus: ServiceBus
let client: ServiceBusClient

const retryOptions = { maxRetries: 3, retryDelayInMs: 50, timeoutInMs: 500 }
const body = ({ body }: ServiceBusReceivedMessage) => body

beforeEach(async () => {
  offset = 0
  const now = () => new Date(Date.now() + offset)
  bus = await startServiceBus({ idleMs: 200, queues: { orders: limits, other: limits }, now })
  client = new ServiceBusClient(bus.connectionString, { retryOptions })
})
afterEach(async () => {
  await client.close()
  await bus.close()
})

describe('when connections break', () => {
  /** Cuts the connection of `client` when it sends; the SDK connects anew and sends once more. */
  async function drop(): Promise<void> {
    bus.faults.add({ queue: 'other', do: 'drop_connection', times: 1, delayMs: 0 })
    await client.createSender('other').sendMessages({ body: 'drop' })
    expect(bus.queues.get('other')!.peek('main', 0, 10)).toHaveLength(2)
  }

  test('a message in hand is settled over the new connection, under its old lock', async () => {
    await client.createSender('orders').sendMessages({ body: 'in hand' })
    const receiver = client.createReceiver('orders')
    const [held] = await receiver.receiveMessages(1)
    await drop()
    await receiver.completeMessage(held!)
    expect(bus.queues.get('orders')!.peek('main', 0, 10)).toEqual([])
  })

  test('a lock whose connection is gone runs out like any other', async () => {
    await client.createSender('orders').sendMessages({ body: 'in hand' })
    const receiver = client.createReceiver('orders', { maxAutoLockRenewalDurationInMs: 0 })
    const [held] = await receiver.receiveMessages(1)
    await drop()
    const other = client.createReceiver('orders')
    expect(await other.receiveMessages(1, { maxWaitTimeInMs: 100 })).toEqual([])
    offset += limits.lockSeconds * 1000
    const [again] = await other.receiveMessages(1)
    expect(again).toMatchObject({ body: 'in hand', deliveryCount: 1 })
    await expect(receiver.completeMessage(held!)).rejects.toMatchObject({ code: 'MessageLockLost' })
    await other.completeMessage(again!)
  })

  test('a subscriber goes on by itself', async () => {
    const seen: unknown[] = []
    client
      .createReceiver('orders')
      .subscribe(
        { processMessage: async (message) => void seen.push(message.body), processError: async () => {} },
        { maxConcurrentCalls: 4 },
      )
    const sender = client.createSender('orders')
    await sender.sendMessages({ body: 'before' })
    await vi.waitFor(() => expect(seen).toEqual(['before']), 5000)
    await drop()
    await sender.sendMessages({ body: 'after' })
    await vi.waitFor(() => expect(seen).toEqual(['before', 'after']), 5000)
  })

  test('clients that vanish in the middle leave the server and the others well', async () => {
    await client.createSender('orders').sendMessages(Array.from({ length: 50 }, (_, n) => ({ body: n })))
    for (let n = 0; n < 10; n++) {
      const raw = rhea.create_container().connect({ port: bus.port, host: '127.0.0.1', reconnect: false })
      raw.on('disconnected', () => {})
      await once(raw, 'connection_open')
      raw.open_receiver({ source: 'orders', credit_window: 5 })
      raw.socket.destroy()
    }
    const receiver = client.createReceiver('orders', { receiveMode: 'receiveAndDelete' })
    const got = await receiver.receiveMessages(50)
    expect(got.map(body)).toEqual(Array.from({ length: 50 }, (_, n) => n))
  })

  test('bytes that are no AMQP end their own connection only', async () => {
    const socket = connect(bus.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write('GET / HTTP/1.1\r\n\r\n')
    await once(socket, 'close')
    await client.createSender('orders').sendMessages({ body: 1 })
    expect(bus.queues.get('orders')!.peek('main', 0, 10)).toHaveLength(1)
  })
})

describe('idle connections', () => {
  test('a quiet client keeps its connection by heartbeats', async () => {
    const seen: unknown[] = []
    const errors: unknown[] = []
    client.createReceiver('orders').subscribe({
      processMessage: async (message) => void seen.push(message.body),
      processError: async ({ error }) => void errors.push(error),
    })
    const sender = client.createSender('orders')
    await sender.sendMessages({ body: 'first' })
    await new Promise((resolve) => setTimeout(resolve, 1500))
    await sender.sendMessages({ body: 'second' })
    await vi.waitFor(() => expect(seen).toEqual(['first', 'second']))
    expect(errors).toEqual([])
  })

  test('a client that falls silent is hung up on', async () => {
    const silent = connect(bus.port, '127.0.0.1')
    silent.on('error', () => {})
    silent.resume()
    const header = Buffer.from([...Buffer.from('AMQP'), 0, 1, 0, 0])
    silent.write(header)
    await once(silent, 'close')
  })
})

describe('refused by name', () => {
  const says = (words: RegExp) => ({ message: expect.stringMatching(words) })

  test('topics and subscriptions', async () => {
    const receiver = client.createReceiver('orders', 'a-subscription')
    await expect(receiver.receiveMessages(1)).rejects.toMatchObject(says(/a subscription.* not supported/))
  })

  test('deferring, and receiving deferred messages', async () => {
    await client.createSender('orders').sendMessages({ body: 1 })
    const receiver = client.createReceiver('orders')
    const [message] = await receiver.receiveMessages(1)
    await expect(receiver.deferMessage(message!)).rejects.toMatchObject(says(/Deferring a message is not supported/))
    await expect(receiver.receiveDeferredMessages(message!.sequenceNumber!)).rejects.toMatchObject(
      says(/receive-by-sequence-number is not supported/),
    )
  })

  test('changing properties while settling', async () => {
    await client.createSender('orders').sendMessages([{ body: 1 }, { body: 2 }])
    const receiver = client.createReceiver('orders')
    const [first, second] = await receiver.receiveMessages(2)
    const refusal = says(/Changing properties while settling is not supported/)
    await expect(receiver.abandonMessage(first!, { note: 'x' })).rejects.toMatchObject(refusal)
    await expect(
      receiver.deadLetterMessage(second!, { deadLetterReason: 'r', deadLetterErrorDescription: 'd', note: 'x' }),
    ).rejects.toMatchObject(refusal)
  })

  test('sending to a dead-letter queue', async () => {
    const sender = client.createSender('orders/$DeadLetterQueue')
    await expect(sender.sendMessages({ body: 1 })).rejects.toMatchObject(says(/dead-letter queue is not supported/))
  })

  /** A client without the SDK, for what the SDK would not do. */
  async function raw<Answer>(use: (connection: rhea.Connection) => Promise<Answer>): Promise<Answer> {
    const connection = rhea.create_container().connect({ port: bus.port, host: '127.0.0.1', reconnect: false })
    const answer = await use(connection)
    connection.close()
    await once(connection, 'connection_close')
    return answer
  }

  const refusalOf = (link: rhea.Sender | rhea.Receiver, event: string) =>
    once(link, event).then(([{ sender, receiver }]) => (sender ?? receiver).error)

  test('a link without a token', async () => {
    const error = await raw((connection) => refusalOf(connection.open_receiver('orders'), 'receiver_error'))
    expect(error).toMatchObject({ condition: 'amqp:unauthorized-access' })
  })

  test('a link without an address: a transaction', async () => {
    const error = await raw((connection) => refusalOf(connection.open_sender({ target: {} }), 'sender_error'))
    expect(error).toMatchObject({
      condition: 'amqp:not-implemented',
      description: expect.stringMatching(/transaction/),
    })
  })

  const token = (key: string, audience: string, name = 'local') => {
    const signature = createHmac('sha256', key)
      .update(`${encodeURIComponent(audience)}\n9999999999`)
      .digest('base64')
    return `SharedAccessSignature sr=${encodeURIComponent(audience)}&sig=${encodeURIComponent(signature)}&se=9999999999&skn=${name}`
  }
  const audience = 'sb://here/orders'
  test.each([
    ['of another type', 'jwt', token('key', audience), /type jwt are not supported/],
    ['of another key', 'servicebus.windows.net:sastoken', token('other', audience), /signature/],
    ['of a key with another name', 'servicebus.windows.net:sastoken', token('key', audience, 'root'), /"root"/],
    ['for another queue', 'servicebus.windows.net:sastoken', token('key', 'sb://here/other'), /another audience/],
    ['that is none', 'servicebus.windows.net:sastoken', 'x', /shared access key/],
  ])('a token %s opens nothing', (_, type, token, why) => {
    const access = new Access('key')
    const connection = {} as rhea.Connection
    expect(access.show(connection, { type, audience, token })).toMatch(why)
    expect(access.allows(connection, 'orders')).toBe(false)
  })

  test('a good token opens its own queue, on its own connection', () => {
    const access = new Access('key')
    const connection = {} as rhea.Connection
    const type = 'servicebus.windows.net:sastoken'
    expect(access.show(connection, { type, audience, token: token('key', audience) })).toBeUndefined()
    expect(access.allows(connection, 'orders')).toBe(true)
    expect(access.allows(connection, 'orders/$management')).toBe(false)
    expect(access.allows({} as rhea.Connection, 'orders')).toBe(false)
  })
})
