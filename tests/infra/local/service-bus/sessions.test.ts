import { setTimeout as delay } from 'node:timers/promises'
import {
  ServiceBusClient,
  type ServiceBusReceivedMessage,
  type ServiceBusSessionReceiver,
  type ServiceBusSessionReceiverOptions,
} from '@azure/service-bus'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type ServiceBus, startServiceBus } from '../../../../infra/local/service-bus/server.ts'
import { arrivalOf } from '../../../../infra/local/service-bus/wire.ts'

const limits = { lockSeconds: 60, maxDeliveryCount: 3, timeToLiveSeconds: 3600 }
const lockMs = limits.lockSeconds * 1000
const queue = 'steps'
let offset: number
let bus: ServiceBus
let client: ServiceBusClient
let others: ServiceBusClient[]

const now = () => new Date(Date.now() + offset)
const body = ({ body }: ServiceBusReceivedMessage) => body
const held = (part: 'main' | 'deadLetter' = 'main') => bus.queues.get(queue)!.peek(part, 0, 1000)

beforeEach(async () => {
  offset = 0
  others = []
  bus = await startServiceBus({ queues: { [queue]: { ...limits, sessions: true }, plain: limits }, now })
  client = connect()
})
afterEach(async () => {
  await Promise.all([client, ...others].map((one) => one.close()))
  await bus.close()
})

function connect(timeoutInMs = 5000): ServiceBusClient {
  const one = new ServiceBusClient(bus.connectionString, { retryOptions: { maxRetries: 0, timeoutInMs } })
  others?.push(one)
  return one
}

/** Sends bodies, each of one session. */
async function send(sessionId: string, ...bodies: unknown[]): Promise<void> {
  const sender = client.createSender(queue)
  await sender.sendMessages(bodies.map((body) => ({ body, sessionId })))
  await sender.close()
}

const unrenewed = { maxAutoLockRenewalDurationInMs: 0 }
const next = (options: ServiceBusSessionReceiverOptions = unrenewed, from = client) =>
  from.acceptNextSession(queue, options)
const named = (id: string, from = client) => from.acceptSession(queue, id, unrenewed)
const one = async (receiver: ServiceBusSessionReceiver) => {
  const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 5000 })
  return message!
}
const nothing = (receiver: ServiceBusSessionReceiver) => receiver.receiveMessages(1, { maxWaitTimeInMs: 100 })

/** Cuts the connection of a client, as the end of its process does. */
async function cut(other: ServiceBusClient): Promise<void> {
  bus.faults.add({ queue: 'plain', do: 'drop_connection', times: 1, delayMs: 0 })
  await other
    .createSender('plain')
    .sendMessages({ body: 'cut' })
    .catch(() => {})
}

describe('sending', () => {
  const withoutId = { code: 'GeneralError', retryable: false, message: expect.stringMatching(/SessionId was not set/) }

  test('a message needs a session id, whichever way it comes; of several, all do', async () => {
    const sender = client.createSender(queue)
    await expect(sender.sendMessages({ body: 1 })).rejects.toMatchObject(withoutId)
    await expect(sender.sendMessages([{ body: 1, sessionId: 'a' }, { body: 2 }])).rejects.toMatchObject(withoutId)
    await expect(sender.scheduleMessages({ body: 1 }, now())).rejects.toMatchObject(withoutId)
    expect(held()).toEqual([])
  })

  test('a refused message uses up no fault', async () => {
    bus.faults.add({ queue, do: 'lose', times: 1, delayMs: 0 })
    await expect(client.createSender(queue).sendMessages({ body: 1 })).rejects.toMatchObject(withoutId)
    expect(bus.faults.list()).toHaveLength(1)
  })

  test('on a queue without sessions it is only a property', async () => {
    await client.createSender('plain').sendMessages({ body: 1, sessionId: 'a' })
    const [message] = await client.createReceiver('plain').receiveMessages(1)
    expect(message).toMatchObject({ body: 1, sessionId: 'a' })
  })
})

describe('receivers', () => {
  const refused = (words: RegExp) => ({ code: 'GeneralError', message: expect.stringMatching(words), retryable: false })

  test('a plain one is refused on a queue with sessions', async () => {
    await expect(client.createReceiver(queue).receiveMessages(1)).rejects.toMatchObject(
      refused(/InvalidOperationError: .*requires sessions/),
    )
  })

  test('one for sessions is refused on a queue without', async () => {
    await expect(client.acceptNextSession('plain')).rejects.toMatchObject(
      refused(/InvalidOperationError: .*does not require sessions/),
    )
    await expect(client.acceptSession('plain', 'a')).rejects.toMatchObject({ code: 'SessionCannotBeLocked' })
  })

  test('dead letters are received without sessions', async () => {
    await send('a', 'bad')
    const receiver = await named('a')
    await receiver.deadLetterMessage(await one(receiver), { deadLetterReason: 'r', deadLetterErrorDescription: 'd' })
    const dead = client.createReceiver(queue, { subQueueType: 'deadLetter' })
    const [message] = await dead.receiveMessages(1)
    expect(message).toMatchObject({ body: 'bad', sessionId: 'a', deadLetterReason: 'r' })
    // Whatever becomes of the session: the dead letter is somebody else's.
    await receiver.close()
    await dead.completeMessage(message!)
    await expect(client.acceptNextSession(`${queue}/$DeadLetterQueue`)).rejects.toMatchObject(
      refused(/does not require sessions/),
    )
  })

  test('all can be peeked at, without a session and within one', async () => {
    await send('a', 'a1', 'a2')
    await send('b', 'b1')
    const receiver = await named('a')
    await one(receiver)
    expect((await client.createReceiver(queue).peekMessages(10)).map(body)).toEqual(['a1', 'a2', 'b1'])
    const other = await named('b', connect())
    expect((await other.peekMessages(10)).map(body)).toEqual(['b1'])
  })

  test('session state, deferring and deferred messages are refused by name', async () => {
    await send('a', 1)
    const receiver = await named('a')
    const says = (words: RegExp) => ({ message: expect.stringMatching(words) })
    await expect(receiver.getSessionState()).rejects.toMatchObject(says(/get-session-state is not supported/))
    await expect(receiver.setSessionState('x')).rejects.toMatchObject(says(/set-session-state is not supported/))
    const message = await one(receiver)
    await expect(receiver.deferMessage(message)).rejects.toMatchObject(says(/Deferring a message is not supported/))
    await expect(receiver.receiveDeferredMessages(message.sequenceNumber!)).rejects.toMatchObject(
      says(/receive-by-sequence-number is not supported/),
    )
  })
})

describe('accepting', () => {
  test('the next session is that of the oldest message of no one’s session; its end is told', async () => {
    await send('b', 1)
    await send('a', 2)
    const [first, second] = [await next(), await next()]
    expect([first.sessionId, second.sessionId]).toEqual(['b', 'a'])
    expect(Math.abs(first.sessionLockedUntilUtc.getTime() - now().getTime() - lockMs)).toBeLessThan(2000)
    const message = await one(second)
    expect(message).toMatchObject({ body: 2, sessionId: 'a', deliveryCount: 0 })
    expect(message.lockedUntilUtc).toEqual(second.sessionLockedUntilUtc)
  })

  test('who asks for the next waits until a session has a message', async () => {
    const waiting = next()
    await send('a', 1)
    const receiver = await waiting
    expect(receiver.sessionId).toBe('a')
    await receiver.completeMessage(await one(receiver))
  })

  test('and gets a time-out in the time that it allows, not from its own clock', async () => {
    const began = performance.now()
    await expect(next(unrenewed, connect(400))).rejects.toMatchObject({ code: 'ServiceTimeout', retryable: true })
    expect(performance.now() - began).toBeGreaterThan(350)
    expect(performance.now() - began).toBeLessThan(2000)
    // It has left the line: the session is there for others.
    await send('a', 1)
    expect((await next()).sessionId).toBe('a')
  })

  test('those who wait are served in their order', async () => {
    const waiting: string[] = []
    const all: Promise<unknown>[] = []
    for (const name of ['first', 'second', 'third']) {
      all.push(next().then(({ sessionId }) => waiting.push(`${name} ${sessionId}`)))
      await delay(50)
    }
    for (const id of ['x', 'y', 'z']) await send(id, 1)
    await Promise.all(all)
    expect(waiting).toEqual(['first x', 'second y', 'third z'])
  })

  test('a session that is held is for no one else, by name or as the next; once free it is', async () => {
    await send('a', 1, 2)
    const receiver = await next()
    await expect(named('a')).rejects.toMatchObject({ code: 'SessionCannotBeLocked' })
    const waiting = next()
    const early = vi.fn()
    void waiting.then(early)
    await send('a', 3)
    await receiver.completeMessage(await one(receiver))
    expect(early).not.toHaveBeenCalled()
    await receiver.close()
    const after = await waiting
    expect((await after.receiveMessages(2)).map(body)).toEqual([2, 3])
  })

  test('a session can be held by name before it has a message', async () => {
    const receiver = await named('to come')
    await expect(named('to come')).rejects.toMatchObject({ code: 'SessionCannotBeLocked' })
    await send('to come', 1)
    expect((await one(receiver)).body).toBe(1)
  })

  test('who gives up waiting leaves the line', async () => {
    const gone = connect()
    // The SDK never hears of it itself: its own patience is a minute.
    void next(unrenewed, gone).catch(() => {})
    await delay(200)
    await gone.close()
    await send('a', 1)
    expect((await next()).sessionId).toBe('a')
  })

  test('scheduled messages open their session when they are due', async () => {
    await client
      .createSender(queue)
      .scheduleMessages({ body: 'later', sessionId: 'a' }, new Date(now().getTime() + 9000))
    await expect(next(unrenewed, connect(150))).rejects.toMatchObject({ code: 'ServiceTimeout' })
    const waiting = next()
    offset += 9000
    const receiver = await waiting
    expect(await one(receiver)).toMatchObject({ body: 'later', sessionId: 'a' })
  })
})

describe('in a session', () => {
  test('messages come in their order; an abandoned one is first again, with one delivery more', async () => {
    await send('a', 1, 2, 3)
    const receiver = await next()
    await receiver.abandonMessage(await one(receiver))
    const [first, second, third] = await receiver.receiveMessages(3)
    expect([first, second, third].map((message) => [message?.body, message?.deliveryCount])).toEqual([
      [1, 1],
      [2, 0],
      [3, 0],
    ])
    for (const message of [first, second, third]) await receiver.completeMessage(message!)
    expect(await nothing(receiver)).toEqual([])
  })

  test('nothing of another session comes', async () => {
    await send('a', 'a1')
    await send('b', 'b1')
    const receiver = await named('b')
    await receiver.completeMessage(await one(receiver))
    expect(await nothing(receiver)).toEqual([])
    expect(held().map(({ sessionId }) => sessionId)).toEqual(['a'])
  })

  test('a message abandoned too often is set aside, and the rest goes on', async () => {
    await send('a', 'poison', 'fine')
    const receiver = await next()
    for (let n = 0; n < limits.maxDeliveryCount; n++) await receiver.abandonMessage(await one(receiver))
    const message = await one(receiver)
    expect(message.body).toBe('fine')
    await receiver.completeMessage(message)
    expect(held('deadLetter')).toMatchObject([{ sessionId: 'a', deadLetter: { reason: 'MaxDeliveryCountExceeded' } }])
  })

  test('what is received and deleted is gone at once', async () => {
    await send('a', 1, 2)
    const receiver = await client.acceptNextSession(queue, { receiveMode: 'receiveAndDelete' })
    expect((await receiver.receiveMessages(2)).map(body)).toEqual([1, 2])
    expect(held()).toEqual([])
  })

  test('a message that comes just as a wait for it ends does not cost the session', async () => {
    const receiver = await named('a')
    const bodies: unknown[] = []
    const expected = Array.from({ length: 60 }, (_, n) => n)
    for (const n of expected) {
      const waiting = receiver.receiveMessages(1, { maxWaitTimeInMs: 10 })
      // The broker is in this process: it hands the message out while the client's end of waiting is on its way.
      setTimeout(() => bus.queues.get(queue)!.accept(arrivalOf({ body: n, group_id: 'a' })), 10)
      const found = await waiting
      bodies.push(...(found.length > 0 ? found : [await one(receiver)]).map(body))
    }
    expect(receiver.isClosed).toBe(false)
    expect(bodies).toEqual(expected)
  })

  test('subscribing works, one message at a time', async () => {
    await send('a', 1, 2, 3)
    const receiver = await next()
    const seen: unknown[] = []
    receiver.subscribe({
      processMessage: async (message) => void seen.push(message.body),
      processError: async () => {},
    })
    await vi.waitFor(() => expect(held()).toEqual([]))
    expect(seen).toEqual([1, 2, 3])
  })
})

describe('the end of a session', () => {
  const lost = { code: 'SessionLockLost' }

  test('a renewed session lasts, with the locks of its messages', async () => {
    await send('a', 1)
    const receiver = await next()
    const message = await one(receiver)
    offset += lockMs * 0.6
    const until = await receiver.renewSessionLock()
    expect(Math.abs(until.getTime() - now().getTime() - lockMs)).toBeLessThan(2000)
    expect(receiver.sessionLockedUntilUtc).toEqual(until)
    offset += lockMs * 0.6
    await receiver.completeMessage(message)
    expect(held()).toEqual([])
  })

  test('one that is not renewed ends by the clock: who held it is told, and its messages come again', async () => {
    await send('a', 1, 2)
    const receiver = await next()
    const message = await one(receiver)
    const waiting = next(unrenewed, connect())
    offset += lockMs
    const other = await waiting
    const again = await other.receiveMessages(2)
    expect(again.map(({ body, deliveryCount }) => [body, deliveryCount])).toEqual([
      [1, 1],
      [2, 0],
    ])
    await expect(receiver.completeMessage(message)).rejects.toMatchObject(lost)
    await expect(receiver.renewSessionLock()).rejects.toMatchObject(lost)
    await expect(receiver.receiveMessages(1)).rejects.toMatchObject(lost)
    for (const one of again) await other.completeMessage(one)
  })

  test('an empty one that is not renewed ends too', async () => {
    const receiver = await named('a')
    offset += lockMs
    await vi.waitFor(() => expect(receiver.isClosed).toBe(true))
    expect((await named('a')).sessionId).toBe('a')
  })

  test('closing ends it: what was not settled comes again, counted', async () => {
    await send('a', 1, 2)
    const receiver = await next()
    const [first] = await receiver.receiveMessages(2)
    await receiver.completeMessage(first!)
    await receiver.close()
    const again = await one(await next())
    expect(again).toMatchObject({ body: 2, deliveryCount: 1 })
    expect(held()).toHaveLength(1)
  })

  test('what was settled just before closing is settled', async () => {
    for (let n = 0; n < 20; n++) {
      await send('a', n)
      const receiver = await named('a')
      const message = await one(receiver)
      const settling = receiver.completeMessage(message).catch(() => {})
      await receiver.close()
      await settling
      expect(held()).toEqual([])
    }
  })

  test('a lost connection ends it, and so does closing the client', async () => {
    await send('a', 1)
    for (const [count, end] of [
      [0, (other: ServiceBusClient) => other.close()],
      [1, (other: ServiceBusClient) => cut(other)],
    ] as const) {
      const other = connect(500)
      const receiver = await next(unrenewed, other)
      expect((await one(receiver)).deliveryCount).toBe(count)
      await end(other)
    }
    const message = await one(await next())
    expect(message.deliveryCount).toBe(2)
  })

  test('the SDK renews by itself while it is open', async () => {
    await bus.close()
    bus = await startServiceBus({ queues: { [queue]: { ...limits, lockSeconds: 1, sessions: true } } })
    client = connect()
    await send('a', 1)
    const receiver = await next({})
    const message = await one(receiver)
    await delay(2500)
    await receiver.completeMessage(message)
    expect(held()).toEqual([])
  })
})

describe('many receivers, doing anything', () => {
  const ids = ['a', 'b', 'c', 'd']
  const perSession = 40

  /** Who is in which session, and what each session handed out: [body, delivery count]. */
  class Watch {
    readonly inside = new Map<string, string>()
    readonly done = new Map<string, number[]>()
    readonly faults: string[] = []

    enter(id: string, who: string) {
      const other = this.inside.get(id)
      if (other) this.faults.push(`${who} came into ${id} while ${other} was there`)
      this.inside.set(id, who)
    }

    leave(id: string, who: string) {
      if (this.inside.get(id) === who) this.inside.delete(id)
    }

    complete(id: string, body: number) {
      this.done.set(id, [...(this.done.get(id) ?? []), body])
    }
  }

  /** Accepts, receives, completes, abandons, closes, goes or dies with a message in hand, until nothing is left. */
  async function worker(who: string, watch: Watch, random: () => number): Promise<void> {
    let own = connect(300)
    for (;;) {
      const receiver = await next(unrenewed, own).catch(() => undefined)
      if (!receiver) {
        if (held().length === 0) return
        continue
      }
      const id = receiver.sessionId
      watch.enter(id, who)
      for (let open = true; open; ) {
        // Never in vain: on a busy machine the SDK may give a link up when it ends a wait.
        const there = held().some(({ sessionId }) => sessionId === id)
        const message = there ? await one(receiver) : undefined
        const act = random()
        if (message && act < 0.7) {
          watch.complete(id, message.body)
          await receiver.completeMessage(message)
        } else if (message && act < 0.8) await receiver.abandonMessage(message)
        else open = false
        if (open) continue
        // Before the server can know of it: only then may another be let in.
        watch.leave(id, who)
        if (act < 0.9) await receiver.close()
        else {
          // A client that is cut while it asks for a link does not notice for a minute: nobody waits for that.
          if (act >= 0.95) await Promise.race([cut(own), delay(1000)])
          void own.close()
          own = connect(300)
        }
      }
    }
  }

  test.each([1, 2, 3])('never two in one session, and each session in order (seed %i)', async (seed) => {
    await bus.close()
    const patient = { ...limits, maxDeliveryCount: 1000, sessions: true }
    bus = await startServiceBus({ queues: { [queue]: patient, plain: limits }, now })
    client = connect()
    for (let n = 0; n < perSession; n++) for (const id of ids) await send(id, n)
    const watch = new Watch()
    const numbers = Array.from({ length: 6 }, (_, n) => generator(seed * 100 + n))
    await Promise.all(numbers.map((random, n) => worker(`worker ${n}`, watch, random)))
    expect(watch.faults).toEqual([])
    for (const id of ids) expect(watch.done.get(id), id).toEqual(Array.from({ length: perSession }, (_, n) => n))
  })

  /** Numbers from 0 to 1, the same for the same seed. */
  function generator(seed: number): () => number {
    let state = seed
    return () => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
      return state / 2_147_483_648
    }
  }
})
