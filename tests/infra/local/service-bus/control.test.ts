import { request } from 'node:http'
import { ServiceBusClient } from '@azure/service-bus'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ServiceBus, startServiceBus } from '../../../../infra/local/service-bus/server.ts'

const limits = { lockSeconds: 60, maxDeliveryCount: 3, timeToLiveSeconds: 3600 }
const noon = Date.parse('2026-11-25T12:00:00Z')
let time: number
let bus: ServiceBus
let client: ServiceBusClient

beforeEach(async () => {
  time = noon
  bus = await startServiceBus({ queues: { orders: limits }, now: () => new Date(time) })
  client = new ServiceBusClient(bus.connectionString, { retryOptions: { maxRetries: 0 } })
})
afterEach(async () => {
  await client.close()
  await bus.close()
})

type Shown = { sequenceNumber: number; id: string; body: unknown; [field: string]: unknown }
type ShownQueue = { name: string; active: number; messages: Shown[]; [field: string]: unknown }

async function call(method: string, path: string, body?: unknown) {
  const response = await fetch(`http://127.0.0.1:${bus.controlPort}${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

async function orders(): Promise<ShownQueue> {
  const { queues } = (await call('GET', '/queues')).body as { queues: ShownQueue[] }
  return queues.find(({ name }) => name === 'orders')!
}

describe('looking', () => {
  test('GET /queues shows every queue of names.json, with its limits', async () => {
    const { queues } = (await call('GET', '/queues')).body as { queues: ShownQueue[] }
    expect(queues.map(({ name }) => name)).toEqual([...bus.queues.keys()])
    expect(queues.find(({ name }) => name === 'seat-uses')).toMatchObject({ active: 0, messages: [] })
    expect(await orders()).toMatchObject({ limits })
  })

  test('counts and messages say where each message is, and why', async () => {
    const sender = client.createSender('orders')
    await sender.sendMessages([{ body: { n: 1 }, messageId: 'one' }, { body: 'bad', messageId: 'two' }, { body: 3 }])
    await sender.scheduleMessages({ body: 'later', messageId: 'four' }, new Date(noon + 1000))
    const receiver = client.createReceiver('orders')
    const [, second] = await receiver.receiveMessages(2)
    await receiver.deadLetterMessage(second!, { deadLetterReason: 'r', deadLetterErrorDescription: 'd' })
    const shown = await orders()
    expect(shown).toMatchObject({ active: 1, scheduled: 1, locked: 1, deadLetter: 1 })
    const enqueuedAt = '2026-11-25T12:00:00.000Z'
    expect(shown.messages).toMatchObject([
      {
        sequenceNumber: 1,
        id: 'one',
        state: 'locked',
        body: { n: 1 },
        enqueuedAt,
        lockedUntil: '2026-11-25T12:01:00.000Z',
      },
      { sequenceNumber: 3, state: 'active', body: 3, deliveryCount: 0, lockedUntil: null, deadLetterReason: null },
      { sequenceNumber: 4, id: 'four', state: 'scheduled', body: 'later', scheduledFor: '2026-11-25T12:00:01.000Z' },
      { sequenceNumber: 2, id: 'two', state: 'deadLetter', deadLetterReason: 'r', deadLetterDescription: 'd' },
    ])
  })

  test('the counts are of all, the messages the first hundred', async () => {
    const sender = client.createSender('orders')
    await sender.sendMessages(Array.from({ length: 150 }, (_, n) => ({ body: n })))
    const shown = await orders()
    expect(shown.active).toBe(150)
    expect(shown.messages.map(({ body }) => body)).toEqual(Array.from({ length: 100 }, (_, n) => n))
  })
})

describe('acting', () => {
  test('a posted message is received like any other', async () => {
    const { status, body } = await call('POST', '/queues/orders/messages', { do: 'help' })
    expect(status).toBe(201)
    const receiver = client.createReceiver('orders')
    const [message] = await receiver.receiveMessages(1)
    expect(message).toMatchObject({ body: { do: 'help' }, contentType: 'application/json', messageId: body.messageId })
    await receiver.completeMessage(message!)
  })

  test('a message posted to a queue with sessions needs one', async () => {
    const path = '/queues/purchases/messages'
    expect(await call('POST', path, {})).toEqual({ status: 400, body: { error: expect.stringMatching(/sessionId=/) } })
    expect((await call('POST', `${path}?sessionId=a%20b`, { n: 1 })).status).toBe(201)
    const session = await client.acceptNextSession('purchases')
    const [message] = await session.receiveMessages(1)
    expect(message).toMatchObject({ body: { n: 1 }, sessionId: 'a b' })
    const { queues } = (await call('GET', '/queues')).body as { queues: ShownQueue[] }
    const shown = queues.find(({ name }) => name === 'purchases')!
    expect(shown).toMatchObject({ locked: 1, messages: [{ sessionId: 'a b' }] })
  })

  test('dead letters are resent, and can be handled then', async () => {
    await client.createSender('orders').sendMessages({ body: 'x' })
    const receiver = client.createReceiver('orders')
    await receiver.deadLetterMessage((await receiver.receiveMessages(1))[0]!, {
      deadLetterReason: 'r',
      deadLetterErrorDescription: 'd',
    })
    expect(await call('POST', '/queues/orders/resend-dead-letters')).toEqual({ status: 200, body: { resent: 1 } })
    const [again] = await receiver.receiveMessages(1)
    expect(again).toMatchObject({ body: 'x', deliveryCount: 0, deadLetterReason: undefined })
    await receiver.completeMessage(again!)
    expect(await orders()).toMatchObject({ active: 0, locked: 0, deadLetter: 0 })
  })

  test('a message is deleted whatever its state, and whoever holds it is told', async () => {
    await client.createSender('orders').sendMessages([{ body: 1 }, { body: 2 }])
    const receiver = client.createReceiver('orders')
    const [held] = await receiver.receiveMessages(1)
    for (const { sequenceNumber } of (await orders()).messages) {
      expect((await call('DELETE', `/queues/orders/messages/${sequenceNumber}`)).status).toBe(200)
    }
    expect((await orders()).messages).toEqual([])
    await expect(receiver.completeMessage(held!)).rejects.toMatchObject({ code: 'MessageLockLost' })
  })
})

describe('faults', () => {
  const strike = (fault: object) => call('POST', '/faults', { queue: 'orders', ...fault })
  const send = (body: unknown) => client.createSender('orders').sendMessages({ body })
  const bodies = async () => (await orders()).messages.map(({ body }) => body)

  test('lose: the sender is told all is well, and the message is nowhere', async () => {
    await strike({ do: 'lose' })
    await send('lost')
    await send('kept')
    expect(await bodies()).toEqual(['kept'])
  })

  test('double: the message is there twice', async () => {
    await strike({ do: 'double' })
    await send('twice')
    expect(await bodies()).toEqual(['twice', 'twice'])
  })

  test('delay: the message comes late, and after one sent later', async () => {
    await strike({ do: 'delay', delayMs: 5000 })
    await send('late')
    await send('prompt')
    const receiver = client.createReceiver('orders', { receiveMode: 'receiveAndDelete' })
    expect((await receiver.receiveMessages(1)).map(({ body }) => body)).toEqual(['prompt'])
    time += 5000
    expect((await receiver.receiveMessages(1)).map(({ body }) => body)).toEqual(['late'])
  })

  test('refuse: the sender sees a busy service, so many times', async () => {
    await strike({ do: 'refuse', times: 2 })
    for (const n of [1, 2]) await expect(send(n)).rejects.toMatchObject({ code: 'ServiceBusy', retryable: true })
    await send(3)
    expect(await bodies()).toEqual([3])
  })

  test('drop_connection: the message is kept, the sender does not hear of it', async () => {
    await strike({ do: 'drop_connection' })
    const hasty = new ServiceBusClient(bus.connectionString, { retryOptions: { maxRetries: 0, timeoutInMs: 1000 } })
    await expect(hasty.createSender('orders').sendMessages({ body: 'kept' })).rejects.toThrow()
    await hasty.close()
    expect(await bodies()).toEqual(['kept'])
  })

  test('they strike scheduled sends too', async () => {
    const sender = client.createSender('orders')
    const schedule = () => sender.scheduleMessages({ body: 1 }, new Date(noon + 60_000))
    await strike({ do: 'lose' })
    await schedule()
    await strike({ do: 'refuse' })
    await expect(schedule()).rejects.toMatchObject({ code: 'ServiceBusy' })
    expect(await bodies()).toEqual([])
    await strike({ do: 'double' })
    await schedule()
    await strike({ do: 'delay', delayMs: 5000 })
    await schedule()
    time += 60_000
    expect(await orders()).toMatchObject({ active: 2, scheduled: 1 })
    time += 5000
    expect(await orders()).toMatchObject({ active: 3 })
  })

  test('they strike their own queue only, are listed, and are forgotten when cleared', async () => {
    await strike({ queue: 'seat-uses', do: 'lose' })
    await strike({ do: 'lose', times: 5 })
    await send('lost')
    expect((await call('GET', '/faults')).body).toEqual({
      faults: [
        { queue: 'seat-uses', do: 'lose', times: 1, delayMs: 0 },
        { queue: 'orders', do: 'lose', times: 4, delayMs: 0 },
      ],
    })
    expect((await call('POST', '/faults/clear')).body).toEqual({ faults: [] })
    await send('kept')
    expect(await bodies()).toEqual(['kept'])
  })
})

describe('refusals', () => {
  test.each([
    ['GET', '/elsewhere', undefined, 404],
    ['PUT', '/queues', undefined, 404],
    ['POST', '/queues/nowhere/messages', {}, 404],
    ['DELETE', '/queues/orders/messages/7', undefined, 404],
    ['POST', '/queues/orders/messages', undefined, 400],
    ['POST', '/faults', { queue: 'nowhere', do: 'lose' }, 404],
    ['POST', '/faults', { queue: 'orders', do: 'explode' }, 400],
    ['POST', '/faults', { queue: 'orders', do: 'lose', times: 0 }, 400],
    ['POST', '/faults', { queue: 'orders', do: 'lose', more: 1 }, 400],
  ])('%s %s %j: %i and a sentence', async (method, path, body, status) => {
    const answer = await call(method, path, body)
    expect(answer.status).toBe(status)
    expect(answer.body.error).toMatch(/\w+ \w+/)
  })

  /** A request as a page elsewhere, or a name that points here, would make it. */
  const ask = (headers: Record<string, string>, path = '/queues', method = 'GET') =>
    new Promise<number | undefined>((resolve, reject) => {
      request({ port: bus.controlPort, host: '127.0.0.1', method, path, headers }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
        .on('error', reject)
        .end()
    })

  test('403: another Host, or a page from elsewhere; nothing is done', async () => {
    await client.createSender('orders').sendMessages({ body: 1 })
    expect(await ask({ host: `evil.example:${bus.controlPort}` })).toBe(403)
    expect(await ask({ host: 'localhost.evil.example' })).toBe(403)
    expect(await ask({ origin: 'https://evil.example' }, '/queues/orders/messages/1', 'DELETE')).toBe(403)
    expect(await ask({ origin: 'null' })).toBe(403)
    expect(await orders()).toMatchObject({ active: 1 })
    expect(await ask({ host: `localhost:${bus.controlPort}`, origin: 'http://localhost:4280' })).toBe(200)
  })

  test('an address that is none is refused, and the server goes on', async () => {
    expect(await ask({}, '//')).toBe(404)
    expect(await ask({}, '/queues')).toBe(200)
  })
})
