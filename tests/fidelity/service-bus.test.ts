import {
  ServiceBusClient,
  type ServiceBusReceivedMessage,
  type ServiceBusReceiver,
  type ServiceBusReceiverOptions,
} from '@azure/service-bus'
import fc from 'fast-check'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openEndPoint } from './service-bus-end-point.ts'

// Runs on the stand-in, or on the queue that FIDELITY_SERVICE_BUS (connection string) and FIDELITY_SERVICE_BUS_QUEUE name;
// what is about sessions then on FIDELITY_SERVICE_BUS_SESSION_QUEUE, and only if that is set.
const { env } = process
const endPoint = await openEndPoint(
  env.FIDELITY_SERVICE_BUS,
  env.FIDELITY_SERVICE_BUS_QUEUE,
  env.FIDELITY_SERVICE_BUS_SESSION_QUEUE,
)
console.log(`service-bus fidelity: ran against ${endPoint.name}`)
const { queue, sessionQueue, lockMs, maxDeliveryCount, now, pass } = endPoint
const slow = endPoint.real ? 600_000 : 20_000

const connect = (connectionString = endPoint.connectionString) =>
  new ServiceBusClient(connectionString, { retryOptions: { maxRetries: 0, retryDelayInMs: 100 } })
const client = connect()
const sender = client.createSender(queue)
const others: { close(): Promise<void> }[] = []

/** A receiver that does not renew locks behind the test's back; closed after the test. */
function receiving(options: ServiceBusReceiverOptions = {}, from = client): ServiceBusReceiver {
  const receiver = from.createReceiver(queue, { maxAutoLockRenewalDurationInMs: 0, ...options })
  others.push(receiver)
  return receiver
}

/** Receives exactly so many messages, in as many calls as it takes. */
async function receive(receiver: ServiceBusReceiver, count: number): Promise<ServiceBusReceivedMessage[]> {
  const messages: ServiceBusReceivedMessage[] = []
  while (messages.length < count) {
    const more = await receiver.receiveMessages(count - messages.length, { maxWaitTimeInMs: 10_000 })
    if (more.length === 0) throw new Error(`only ${messages.length} of ${count} messages came`)
    messages.push(...more)
  }
  return messages
}

const receiveOne = async (receiver: ServiceBusReceiver) => (await receive(receiver, 1))[0]!
const nothing = (receiver: ServiceBusReceiver) =>
  receiver.receiveMessages(10, { maxWaitTimeInMs: endPoint.real ? 3000 : 150 })

/** Sequence number 0. The SDK takes only its own kind of number, so one is borrowed from a message. */
async function firstNumber() {
  const [number] = await sender.scheduleMessages({ body: '' }, new Date(now() + 3_600_000))
  await sender.cancelScheduledMessages(number!)
  return number!.subtract(number!)
}
const fromTheBeginning = { fromSequenceNumber: await firstNumber() }

async function emptyQueue(): Promise<void> {
  for (const subQueueType of [undefined, 'deadLetter'] as const) {
    const deletes = { receiveMode: 'receiveAndDelete', ...(subQueueType && { subQueueType }) } as const
    const receiver = client.createReceiver(queue, deletes)
    for (let round = 0; ; round++) {
      const left = await receiver.peekMessages(100, fromTheBeginning)
      if (left.length === 0) break
      const scheduled = left.filter(({ state }) => state === 'scheduled')
      if (scheduled.length > 0) await sender.cancelScheduledMessages(scheduled.map((one) => one.sequenceNumber!))
      if (round > 0) await pass(lockMs)
      await receiver.receiveMessages(100, { maxWaitTimeInMs: endPoint.real ? 3000 : 50 })
    }
    await receiver.close()
  }
}

beforeEach(emptyQueue, slow)
afterEach(async () => {
  await Promise.all(others.splice(0).map((one) => one.close()))
}, slow)
afterAll(async () => {
  await client.close()
  await endPoint.close()
}, slow)

describe('sending', () => {
  test('a message arrives with everything it was sent with, and with what the broker adds', async () => {
    const sent = {
      body: { id: 'a', list: [1, null, 'ü'] },
      messageId: 'm-1',
      subject: 'seat',
      correlationId: 'c-1',
      contentType: 'application/json',
      to: 'somebody',
      replyTo: 'elsewhere',
      timeToLive: 600_000,
      applicationProperties: { text: 'x', count: 7, negative: -1, fraction: 0.5, yes: true },
    }
    await sender.sendMessages(sent)
    const receiver = receiving()
    const got = await receiveOne(receiver)
    expect(got).toMatchObject(sent)
    expect(got.deliveryCount).toBe(0)
    expect(got.state).toBe('active')
    expect(got.sequenceNumber?.toNumber()).toBeGreaterThan(0)
    expect(Math.abs(got.enqueuedTimeUtc!.getTime() - now())).toBeLessThan(10_000)
    const lockLeft = got.lockedUntilUtc!.getTime() - now()
    expect(lockLeft).toBeGreaterThan(lockMs - 10_000)
    expect(lockLeft).toBeLessThan(lockMs + 10_000)
    expect(got.lockToken).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    await receiver.completeMessage(got)
  })

  test('bodies of every kind come back as they were', async () => {
    const bodies = ['', 'text', 'Grüße €', 0, 1.5, true, null, [1, [2]], { deep: { er: [] } }]
    await sender.sendMessages(bodies.map((body) => ({ body })))
    const receiver = receiving()
    const got = await receive(receiver, bodies.length)
    expect(got.map(({ body }) => body)).toEqual(bodies)
    await Promise.all(got.map((message) => receiver.completeMessage(message)))
  })

  test('an array arrives in order, each with its own id', async () => {
    await sender.sendMessages([1, 2, 3, 4, 5].map((n) => ({ body: n, messageId: `m-${n}` })))
    const receiver = receiving()
    const got = await receive(receiver, 5)
    expect(got.map(({ messageId }) => messageId)).toEqual(['m-1', 'm-2', 'm-3', 'm-4', 'm-5'])
    const numbers = got.map(({ sequenceNumber }) => sequenceNumber!.toNumber())
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
    await Promise.all(got.map((message) => receiver.completeMessage(message)))
  })

  test('a batch of one message is a message', async () => {
    await sender.sendMessages([{ body: 'alone' }])
    const receiver = receiving()
    const got = await receiveOne(receiver)
    expect(got.body).toBe('alone')
    await receiver.completeMessage(got)
  })

  test('messages without an id can be settled one by one', async () => {
    await sender.sendMessages([{ body: 1 }, { body: 2 }])
    const receiver = receiving({ maxAutoLockRenewalDurationInMs: 60_000 })
    const [first, second] = await receive(receiver, 2)
    await receiver.completeMessage(first!)
    await receiver.abandonMessage(second!)
    const again = await receiveOne(receiver)
    expect(again).toMatchObject({ body: 2, deliveryCount: 1 })
    await receiver.completeMessage(again)
  })

  test('a message beyond the size that the link announces is refused', async () => {
    const { maxSizeInBytes } = await sender.createMessageBatch()
    const large = client.createSender(queue)
    others.push(large)
    await expect(large.sendMessages({ body: 'x'.repeat(maxSizeInBytes + 1) })).rejects.toMatchObject({
      code: 'MessageSizeExceeded',
    })
  })
})

describe('scheduling', () => {
  test('a message with a time comes at that time and not before', async () => {
    await sender.sendMessages({ body: 'later', scheduledEnqueueTimeUtc: new Date(now() + 4000) })
    const receiver = receiving()
    expect(await nothing(receiver)).toEqual([])
    await pass(4000)
    const got = await receiveOne(receiver)
    expect(got.body).toBe('later')
    expect(got.scheduledEnqueueTimeUtc).toBeInstanceOf(Date)
    await receiver.completeMessage(got)
  })

  test('scheduleMessages does the same, and tells numbers by which messages can be cancelled', async () => {
    const at = new Date(now() + 6000)
    const numbers = await sender.scheduleMessages(
      ['a', 'b', 'c'].map((body) => ({ body })),
      at,
    )
    expect(new Set(numbers.map(String)).size).toBe(3)
    await sender.cancelScheduledMessages(numbers[1]!)
    const receiver = receiving()
    expect(await nothing(receiver)).toEqual([])
    await pass(6000)
    const got = await receive(receiver, 2)
    expect(got.map(({ body }) => body).toSorted()).toEqual(['a', 'c'])
    await Promise.all(got.map((message) => receiver.completeMessage(message)))
    expect(await nothing(receiver)).toEqual([])
  })

  test('a message scheduled for the past comes at once', async () => {
    await sender.scheduleMessages({ body: 'past' }, new Date(now() - 60_000))
    const receiver = receiving()
    await receiver.completeMessage(await receiveOne(receiver))
  })

  test('what is no longer scheduled cannot be cancelled', async () => {
    const [number] = await sender.scheduleMessages({ body: 'due' }, new Date(now() + 2000))
    await pass(2000)
    const receiver = receiving()
    await receiver.completeMessage(await receiveOne(receiver))
    await expect(sender.cancelScheduledMessages(number!)).rejects.toMatchObject({ code: 'MessageNotFound' })
  })

  test('a scheduled message can be peeked at', async () => {
    const [number] = await sender.scheduleMessages({ body: 'later' }, new Date(now() + 3_600_000))
    const [seen] = await receiving().peekMessages(1)
    expect(seen).toMatchObject({ body: 'later', state: 'scheduled' })
    expect(seen!.sequenceNumber!.toString()).toBe(number!.toString())
    await sender.cancelScheduledMessages(number!)
  })
})

describe('settling', () => {
  test('a completed message never comes back', async () => {
    await sender.sendMessages({ body: 1 })
    const receiver = receiving()
    await receiver.completeMessage(await receiveOne(receiver))
    await pass(lockMs)
    expect(await nothing(receiver)).toEqual([])
  })

  test('an abandoned message comes back at once, with one delivery more', async () => {
    await sender.sendMessages({ body: 1, messageId: 'again' })
    const receiver = receiving()
    await receiver.abandonMessage(await receiveOne(receiver))
    const again = await receiveOne(receiver)
    expect(again).toMatchObject({ messageId: 'again', deliveryCount: 1 })
    await receiver.completeMessage(again)
  })

  test('a dead-lettered message is in the sub-queue, with reason and description', async () => {
    await sender.sendMessages({ body: 'bad', messageId: 'bad', applicationProperties: { own: 1 } })
    const receiver = receiving()
    await receiver.deadLetterMessage(await receiveOne(receiver), {
      deadLetterReason: 'unreadable',
      deadLetterErrorDescription: 'no such field',
    })
    expect(await nothing(receiver)).toEqual([])
    const dead = receiving({ subQueueType: 'deadLetter' })
    const got = await receiveOne(dead)
    expect(got).toMatchObject({
      body: 'bad',
      messageId: 'bad',
      deadLetterReason: 'unreadable',
      deadLetterErrorDescription: 'no such field',
      applicationProperties: { own: 1 },
    })
    await dead.completeMessage(got)
    expect(await dead.peekMessages(1)).toEqual([])
  })

  test(
    'a message abandoned once too often is dead-lettered',
    async () => {
      await sender.sendMessages({ body: 'poison' })
      const receiver = receiving()
      for (let count = 0; count < maxDeliveryCount; count++) {
        const message = await receiveOne(receiver)
        expect(message.deliveryCount).toBe(count)
        await receiver.abandonMessage(message)
      }
      expect(await nothing(receiver)).toEqual([])
      const dead = receiving({ subQueueType: 'deadLetter' })
      const got = await receiveOne(dead)
      expect(got).toMatchObject({ body: 'poison', deadLetterReason: 'MaxDeliveryCountExceeded' })
      expect(got.deliveryCount).toBe(maxDeliveryCount)
      await dead.completeMessage(got)
    },
    slow,
  )

  test('what is received and deleted is gone at once', async () => {
    await sender.sendMessages([{ body: 1 }, { body: 2 }])
    const deleting = client.createReceiver(queue, { receiveMode: 'receiveAndDelete' })
    others.push(deleting)
    expect((await receive(deleting, 2)).map(({ body }) => body)).toEqual([1, 2])
    expect(await deleting.peekMessages(1)).toEqual([])
  })
})

describe('locks', () => {
  test(
    'a lock that runs out gives the message back, and settling late says so',
    async () => {
      await sender.sendMessages({ body: 1, messageId: 'slow' })
      const receiver = receiving()
      const first = await receiveOne(receiver)
      await pass(lockMs)
      const second = await receiveOne(receiver)
      expect(second).toMatchObject({ messageId: 'slow', deliveryCount: 1 })
      expect(second.lockToken).not.toBe(first.lockToken)
      await expect(receiver.completeMessage(first)).rejects.toMatchObject({ code: 'MessageLockLost' })
      await receiver.completeMessage(second)
    },
    slow,
  )

  test(
    'a renewed lock lasts',
    async () => {
      await sender.sendMessages({ body: 1 })
      const receiver = receiving()
      const message = await receiveOne(receiver)
      await pass(lockMs * 0.6)
      const until = await receiver.renewMessageLock(message)
      expect(until.getTime()).toBeGreaterThan(now() + lockMs / 2)
      await pass(lockMs * 0.5)
      expect(await nothing(receiver)).toEqual([])
      await receiver.completeMessage(message)
    },
    slow,
  )

  test(
    'a lost lock cannot be renewed',
    async () => {
      await sender.sendMessages({ body: 1 })
      const receiver = receiving()
      const message = await receiveOne(receiver)
      await pass(lockMs)
      await expect(receiver.renewMessageLock(message)).rejects.toMatchObject({ code: 'MessageLockLost' })
      await receiver.completeMessage(await receiveOne(receiver))
    },
    slow,
  )

  test(
    'a lock outlives the client that took it',
    async () => {
      await sender.sendMessages({ body: 1 })
      const gone = connect()
      await receiveOne(receiving({}, gone))
      others.length = 0
      await gone.close()
      const receiver = receiving()
      expect(await nothing(receiver)).toEqual([])
      await pass(lockMs)
      const again = await receiveOne(receiver)
      expect(again.deliveryCount).toBe(1)
      await receiver.completeMessage(again)
    },
    slow,
  )

  test('a locked message is not given to a second receiver', async () => {
    await sender.sendMessages(Array.from({ length: 20 }, (_, n) => ({ body: n })))
    const receivers = Array.from({ length: 4 }, () => receiving())
    const got = await Promise.all(receivers.map((receiver) => receive(receiver, 5)))
    expect(
      got
        .flat()
        .map(({ body }) => body)
        .toSorted((a, b) => a - b),
    ).toEqual(Array.from({ length: 20 }, (_, n) => n))
    await Promise.all(got.flatMap((some, n) => some.map((message) => receivers[n]!.completeMessage(message))))
  })
})

describe('waiting, peeking, expiring', () => {
  test('receiveMessages gives what there is when its time is up, and an empty list when there is nothing', async () => {
    await sender.sendMessages([{ body: 1 }, { body: 2 }])
    const receiver = receiving()
    const some = await receiver.receiveMessages(10, { maxWaitTimeInMs: 2000 })
    expect(some).toHaveLength(2)
    await Promise.all(some.map((message) => receiver.completeMessage(message)))
    expect(await nothing(receiver)).toEqual([])
  })

  test('a wait that finds nothing ends by an answer, not by the client giving up on one', async () => {
    const receiver = receiving()
    const times: number[] = []
    for (let n = 0; n < 3; n++) {
      const began = performance.now()
      expect(await receiver.receiveMessages(2, { maxWaitTimeInMs: 300 })).toEqual([])
      times.push(performance.now() - began)
    }
    // Without an answer the SDK waits 200 ms more, and closes the link.
    expect(Math.min(...times)).toBeLessThan(490)
  })

  test('a message sent after a wait that found nothing is not swallowed by the old wait', async () => {
    const receiver = receiving()
    expect(await nothing(receiver)).toEqual([])
    await sender.sendMessages({ body: 'fresh' })
    const other = receiving()
    const got = await receiveOne(other)
    expect(got).toMatchObject({ body: 'fresh', deliveryCount: 0 })
    await other.completeMessage(got)
  })

  test('a message sent while somebody waits comes without delay', async () => {
    const receiver = receiving()
    const waiting = receiver.receiveMessages(1, { maxWaitTimeInMs: 15_000 })
    await sender.sendMessages({ body: 'now' })
    const began = Date.now()
    const [got] = await waiting
    expect(got?.body).toBe('now')
    expect(Date.now() - began).toBeLessThan(5000)
    await receiver.completeMessage(got!)
  })

  test('peeking shows all in order, also what is locked, and takes nothing', async () => {
    await sender.sendMessages([1, 2, 3].map((body) => ({ body })))
    const receiver = receiving()
    const first = await receiveOne(receiver)
    const seen = await receiver.peekMessages(10)
    expect(seen.map(({ body }) => body)).toEqual([1, 2, 3])
    expect(await receiver.peekMessages(10)).toEqual([])
    const from = await receiver.peekMessages(1, { fromSequenceNumber: seen[1]!.sequenceNumber! })
    expect(from.map(({ body }) => body)).toEqual([2])
    await receiver.completeMessage(first)
    const rest = await receive(receiver, 2)
    expect(rest.map(({ deliveryCount }) => deliveryCount)).toEqual([0, 0])
    await Promise.all(rest.map((message) => receiver.completeMessage(message)))
  })

  test('a message past its time to live is never received', async () => {
    await sender.sendMessages([{ body: 'short', timeToLive: 2000 }, { body: 'long' }])
    await pass(3000)
    const receiver = receiving()
    const got = await receiveOne(receiver)
    expect(got.body).toBe('long')
    await receiver.completeMessage(got)
    expect(await nothing(receiver)).toEqual([])
  })
})

describe('refusals', () => {
  test('a queue that does not exist', async () => {
    const nowhere = client.createSender('no-such-queue-test')
    const receiver = client.createReceiver('no-such-queue-test')
    others.push(nowhere, receiver)
    const missing = { code: 'MessagingEntityNotFound', retryable: false }
    await expect(nowhere.sendMessages({ body: 1 })).rejects.toMatchObject(missing)
    await expect(receiver.receiveMessages(1)).rejects.toMatchObject(missing)
  })

  test('a wrong key', async () => {
    const wrong = endPoint.connectionString.replace(/SharedAccessKey=[^;]+/, 'SharedAccessKey=d3Jvbmc=')
    const stranger = connect(wrong)
    others.push(stranger)
    await expect(stranger.createSender(queue).sendMessages({ body: 1 })).rejects.toMatchObject({
      code: 'UnauthorizedAccess',
    })
    expect(await receiving().peekMessages(1)).toEqual([])
  })
})

if (sessionQueue) describe('sessions', () => sessions(sessionQueue))

function sessions(queue: string): void {
  const unrenewed = { maxAutoLockRenewalDurationInMs: 0 }
  const patience = endPoint.real ? 5000 : 300
  const clients: ServiceBusClient[] = []
  const impatient = () => {
    const retryOptions = { maxRetries: 0, timeoutInMs: patience }
    const one = new ServiceBusClient(endPoint.connectionString, { retryOptions })
    clients.push(one)
    return one
  }
  const next = (from = client) => from.acceptNextSession(queue, unrenewed)
  const named = (id: string, from = client) => from.acceptSession(queue, id, unrenewed)
  const send = async (sessionId: string, ...bodies: unknown[]) => {
    const sender = client.createSender(queue)
    await sender.sendMessages(bodies.map((body) => ({ body, sessionId })))
    await sender.close()
  }

  beforeEach(async () => {
    const emptying = impatient()
    for (;;) {
      const session = await emptying.acceptNextSession(queue, { receiveMode: 'receiveAndDelete' }).catch((error) => {
        if (error.code !== 'ServiceTimeout') throw error
      })
      if (!session) return
      await session.receiveMessages(100, { maxWaitTimeInMs: patience })
      await session.close()
    }
  }, slow)
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((one) => one.close()))
  }, slow)

  test('messages come by session and in order; an abandoned one is first again, with one delivery more', async () => {
    await send('a', 'a1', 'a2')
    await send('b', 'b1')
    const [one, other] = [await next(), await next()]
    const [a, b] = one.sessionId === 'a' ? [one, other] : [other, one]
    expect([a.sessionId, b.sessionId]).toEqual(['a', 'b'])
    expect(Math.abs(a.sessionLockedUntilUtc.getTime() - now() - lockMs)).toBeLessThan(10_000)
    const [message] = await a.receiveMessages(1)
    expect(message).toMatchObject({ body: 'a1', sessionId: 'a', deliveryCount: 0 })
    await a.abandonMessage(message!)
    for (const expected of [
      { body: 'a1', deliveryCount: 1 },
      { body: 'a2', deliveryCount: 0 },
    ]) {
      const [again] = await a.receiveMessages(1)
      expect(again).toMatchObject(expected)
      await a.completeMessage(again!)
    }
    await a.close()
    await b.close()
  })

  test('a session is held by one receiver; closing it frees it, with what was not settled', async () => {
    await send('a', 'a1')
    const holder = await next()
    await holder.receiveMessages(1)
    await expect(named('a')).rejects.toMatchObject({ code: 'SessionCannotBeLocked' })
    await expect(next(impatient())).rejects.toMatchObject({ code: 'ServiceTimeout' })
    await holder.close()
    const after = await named('a')
    const [message] = await after.receiveMessages(1)
    expect(message?.body).toBe('a1')
    await after.completeMessage(message!)
    await after.close()
  })

  test('who asks for the next session gets it when it has a message', async () => {
    const waiting = next()
    await send('a', 'a1')
    const session = await waiting
    expect(session.sessionId).toBe('a')
    await session.completeMessage((await session.receiveMessages(1))[0]!)
    await session.close()
  })

  test(
    'a renewed session lasts; one that is not is lost, and its messages come again, counted',
    async () => {
      await send('a', 'a1')
      const session = await next()
      const [message] = await session.receiveMessages(1)
      await pass(lockMs * 0.6)
      expect((await session.renewSessionLock()).getTime()).toBeGreaterThan(now() + lockMs / 2)
      await pass(lockMs * 0.6)
      await expect(named('a')).rejects.toMatchObject({ code: 'SessionCannotBeLocked' })
      await pass(lockMs)
      const after = await next()
      await expect(session.completeMessage(message!)).rejects.toMatchObject({ code: 'SessionLockLost' })
      const [again] = await after.receiveMessages(1)
      expect(again).toMatchObject({ body: 'a1', deliveryCount: 1 })
      await after.completeMessage(again!)
      await after.close()
    },
    slow,
  )

  test('each kind of queue refuses what belongs to the other', async () => {
    const plain = client.createReceiver(queue)
    const sending = client.createSender(queue)
    others.push(plain, sending)
    await expect(plain.receiveMessages(1)).rejects.toMatchObject({
      message: expect.stringMatching(/requires sessions/),
    })
    await expect(sending.sendMessages({ body: 1 })).rejects.toMatchObject({
      message: expect.stringMatching(/SessionId was not set/),
    })
    await expect(client.acceptNextSession(endPoint.queue)).rejects.toMatchObject({
      message: expect.stringMatching(/does not require sessions/),
    })
  })
}

test(
  'subscribe: 2,000 messages, 16 at a time, each handled once',
  async () => {
    const total = 2000
    for (let from = 0; from < total; from += 500) {
      await sender.sendMessages(Array.from({ length: 500 }, (_, n) => ({ body: from + n })))
    }
    const receiver = receiving({ maxAutoLockRenewalDurationInMs: 60_000 })
    const seen = new Map<number, number>()
    const errors: unknown[] = []
    let [running, most] = [0, 0]
    const began = Date.now()
    await new Promise<void>((resolve) => {
      receiver.subscribe(
        {
          async processMessage(message) {
            most = Math.max(most, ++running)
            seen.set(message.body, (seen.get(message.body) ?? 0) + 1)
            await receiver.completeMessage(message)
            running -= 1
            if (seen.size === total && running === 0) resolve()
          },
          async processError({ error }) {
            errors.push(error)
          },
        },
        { maxConcurrentCalls: 16, autoCompleteMessages: false },
      )
    })
    expect(Date.now() - began).toBeLessThan(endPoint.real ? 300_000 : 8000)
    expect(errors).toEqual([])
    expect(most).toBe(16)
    expect(seen.size).toBe(total)
    expect([...seen.values()].every((times) => times === 1)).toBe(true)
    expect(await receiver.peekMessages(1)).toEqual([])
  },
  slow,
)

// The same queue, told to a plain model: what is ready, held by us, held by a client that is gone, done, dead.
type Life = 'ready' | 'held' | 'done' | 'dead'
type Told = { life: Life; deliveryCount: number }
const Step = fc.oneof(
  fc.record({ do: fc.constant('send' as const), n: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ do: fc.constant('receive' as const), n: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ do: fc.constantFrom('complete' as const, 'abandon' as const), n: fc.nat(5) }),
  fc.record({ do: fc.constantFrom('expire' as const, 'reconnect' as const), n: fc.constant(0) }),
)

class Run {
  #client = connect()
  #receiver = receiving({}, this.#client)
  readonly #model = new Map<string, Told>()
  #held: ServiceBusReceivedMessage[] = []
  #sent = 0

  async step({ do: what, n }: { do: 'send' | 'receive' | 'complete' | 'abandon' | 'expire' | 'reconnect'; n: number }) {
    if (what === 'send') await this.#send(n)
    else if (what === 'receive') await this.#receive(Math.min(n, this.#ids('ready').length))
    else if (what === 'expire') await this.#expire()
    else if (what === 'reconnect') await this.#reconnect()
    else await this.#settle(what, n)
  }

  /** Lets everything come back that can, and compares all that is there with the model. */
  async finish() {
    await this.#expire()
    await this.#receive(this.#ids('ready').length)
    for (const message of this.#held) await this.#receiver.completeMessage(message)
    const dead = receiving({ subQueueType: 'deadLetter' }, this.#client)
    const ids = (await dead.peekMessages(1000)).map(({ messageId }) => messageId as string)
    expect(ids.toSorted()).toEqual(this.#ids('dead'))
    await this.#client.close()
    await emptyQueue()
  }

  async #send(n: number) {
    const messages = Array.from({ length: n }, () => ({ body: 'x', messageId: `m-${this.#sent++}` }))
    await sender.sendMessages(messages)
    for (const { messageId } of messages) this.#model.set(messageId, { life: 'ready', deliveryCount: 0 })
  }

  async #receive(n: number) {
    for (const message of await receive(this.#receiver, n)) {
      const told = this.#model.get(message.messageId as string)
      expect({ life: told?.life, deliveryCount: message.deliveryCount }).toEqual({
        life: 'ready',
        deliveryCount: told?.deliveryCount,
      })
      told!.life = 'held'
      this.#held.push(message)
    }
  }

  async #settle(what: 'complete' | 'abandon', n: number) {
    const [message] = this.#held.splice(n, 1)
    if (!message) return
    const told = this.#model.get(message.messageId as string)!
    if (what === 'complete') {
      await this.#receiver.completeMessage(message)
      told.life = 'done'
    } else {
      await this.#receiver.abandonMessage(message)
      failed(told)
    }
  }

  async #expire() {
    await pass(lockMs)
    for (const told of this.#model.values()) if (told.life === 'held') failed(told)
    const [late] = this.#held.splice(0)
    if (late) await expect(this.#receiver.completeMessage(late)).rejects.toMatchObject({ code: 'MessageLockLost' })
  }

  async #reconnect() {
    await this.#client.close()
    this.#client = connect()
    this.#receiver = receiving({}, this.#client)
    this.#held = []
  }

  #ids = (life: Life): string[] =>
    [...this.#model]
      .filter(([, told]) => told.life === life)
      .map(([id]) => id)
      .toSorted()
}

function failed(told: Told): void {
  told.deliveryCount += 1
  told.life = told.deliveryCount >= maxDeliveryCount ? 'dead' : 'ready'
}

test(
  'any order of send, receive, complete, abandon, expiry and reconnection: nothing lost, nothing back that was done',
  async () => {
    const property = fc.asyncProperty(fc.array(Step, { minLength: 5, maxLength: 30 }), async (steps) => {
      const run = new Run()
      for (const step of steps) await run.step(step)
      await run.finish()
    })
    await fc.assert(property, { numRuns: endPoint.real ? 2 : 25, endOnFailure: endPoint.real })
  },
  slow,
)
