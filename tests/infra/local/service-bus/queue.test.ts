import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { type Journal, openJournal } from '../../../../infra/local/service-bus/journal.ts'
import { Queue } from '../../../../infra/local/service-bus/queue.ts'
import type { Stored, SubQueue } from '../../../../infra/local/service-bus/stored.ts'

const limits = { lockSeconds: 60, maxDeliveryCount: 3, timeToLiveSeconds: 86_400 }
const lockMs = limits.lockSeconds * 1000
const folder = mkdtempSync(join(tmpdir(), 'service-bus-'))
afterAll(() => rmSync(folder, { recursive: true }))

let folders = 0
const newFolder = () => join(folder, String(folders++))

/** A queue with its clock and its journal; `restart` is what a kill and a new start do. */
class Fixture {
  readonly data = newFolder()
  readonly #sessions: boolean
  time = Date.parse('2026-01-01')
  #journal: Journal = openJournal(this.data)
  queue: Queue

  constructor({ sessions = false } = {}) {
    this.#sessions = sessions
    this.queue = this.#open()
  }

  restart(): void {
    this.#journal.close()
    this.#journal = openJournal(this.data)
    this.queue = this.#open()
  }

  send(text: string, options: { timeToLive?: number; in?: number; sessionId?: string } = {}) {
    const { timeToLive = null, in: delay, sessionId = null } = options
    const scheduledFor = delay === undefined ? null : this.time + delay
    return this.queue.accept({ bytes: Buffer.from(text), timeToLive, scheduledFor, sessionId })
  }

  #open(): Queue {
    return new Queue('q', { ...limits, sessions: this.#sessions }, this.#journal.of('q'), () => new Date(this.time))
  }
}

const text = (message: Stored | undefined) => message?.bytes.toString()
const all = (queue: Queue, subQueue: SubQueue) => queue.peek(subQueue, 0, Number.POSITIVE_INFINITY)

describe('rules', () => {
  test('a message given back goes before those sent later', () => {
    const it = new Fixture()
    it.send('a')
    it.send('b')
    const first = it.queue.take('main')!
    it.queue.abandon(first.lock!.token)
    expect([text(it.queue.take('main')), text(it.queue.take('main'))]).toEqual(['a', 'b'])
  })

  test('a scheduled message takes its place when it is due, with a new number and time', () => {
    const it = new Fixture()
    const scheduled = it.send('later', { in: 1000 })
    it.send('now')
    it.time += 1000
    const after = it.send('after')
    const [now, later] = [it.queue.take('main'), it.queue.take('main')]
    expect([text(now), text(later)]).toEqual(['now', 'after'])
    const due = it.queue.take('main')!
    expect(due.sequenceNumber).toBeGreaterThan(Math.max(scheduled, after))
    expect(due.enqueuedAt).toBe(it.time)
  })

  test('messages that became due while the clock jumped come in the order of their times', () => {
    const it = new Fixture()
    it.send('third', { in: 3000 })
    it.send('first', { in: 1000 })
    it.send('second', { in: 2000 })
    it.time += 365 * 86_400_000
    expect([1, 2, 3].map(() => text(it.queue.take('main')))).toEqual(['first', 'second', 'third'])
  })

  test('the time to live is the shorter of the message’s and the queue’s, and ends no held message', () => {
    const it = new Fixture()
    it.send('held', { timeToLive: 1000 })
    it.send('short', { timeToLive: 1000 })
    it.send('queue’s', { timeToLive: 1000 * limits.timeToLiveSeconds * 2 })
    const held = it.queue.take('main')!
    it.time += 1000
    expect(all(it.queue, 'main').map(text)).toEqual(['held', 'queue’s'])
    expect(it.queue.complete(held.lock!.token)).toBe(true)
    it.time += limits.timeToLiveSeconds * 1000
    expect(all(it.queue, 'main')).toEqual([])
  })

  test('dead letters stay for ever and are never set aside again', () => {
    const it = new Fixture()
    it.send('bad')
    it.queue.deadLetter(it.queue.take('main')!.lock!.token, { reason: 'r', description: null })
    for (let n = 1; n <= 10; n++) {
      it.queue.abandon(it.queue.take('deadLetter')!.lock!.token)
      it.time += limits.timeToLiveSeconds * 1000
    }
    expect(all(it.queue, 'deadLetter')).toMatchObject([{ deliveryCount: 10, deadLetter: { reason: 'r' } }])
  })

  test('resent dead letters are as if just sent; those that somebody holds stay', () => {
    const it = new Fixture()
    for (const name of ['a', 'b']) {
      it.send(name)
      it.queue.deadLetter(it.queue.take('main')!.lock!.token, { reason: 'r', description: null })
    }
    it.queue.take('deadLetter')
    expect(it.queue.resendDeadLetters()).toBe(1)
    expect(all(it.queue, 'deadLetter').map(text)).toEqual(['a'])
    const again = it.queue.take('main')!
    expect(again).toMatchObject({ deliveryCount: 0, deadLetter: null, sequenceNumber: 3 })
    expect(text(again)).toBe('b')
  })

  test('a message removed by hand is gone for whoever holds it', () => {
    const it = new Fixture()
    const number = it.send('x')
    const held = it.queue.take('main')!
    expect(it.queue.remove(number)).toBe(true)
    expect(it.queue.remove(number)).toBe(false)
    expect(it.queue.complete(held.lock!.token)).toBe(false)
    it.time += lockMs
    expect(it.queue.take('main')).toBeUndefined()
  })

  test('cancelling is all or none', () => {
    const it = new Fixture()
    const [first, second] = [it.send('a', { in: 1000 }), it.send('b', { in: 1000 })]
    expect(it.queue.cancel([first, 999])).toBe(false)
    expect(it.queue.cancel([first, second])).toBe(true)
    expect(it.queue.cancel([first])).toBe(false)
    it.time += 1000
    expect(it.queue.take('main')).toBeUndefined()
  })
})

describe('journal', () => {
  test('a restart keeps messages, locks, counts, schedules and dead letters, and gives no number twice', () => {
    const it = new Fixture()
    it.send('done')
    it.queue.complete(it.queue.take('main')!.lock!.token)
    it.send('held')
    const held = it.queue.take('main')!
    it.send('again')
    it.queue.abandon(it.queue.take('main')!.lock!.token)
    it.send('dead')
    const again = it.queue.take('main')!
    it.queue.deadLetter(it.queue.take('main')!.lock!.token, { reason: 'r', description: 'd' })
    it.queue.abandon(again.lock!.token)
    const last = it.send('later', { in: 1000 })
    const before = [all(it.queue, 'main'), all(it.queue, 'deadLetter')].map((some) => some.map((one) => ({ ...one })))
    it.restart()
    expect([all(it.queue, 'main'), all(it.queue, 'deadLetter')]).toEqual(before)
    it.restart()
    expect([all(it.queue, 'main'), all(it.queue, 'deadLetter')]).toEqual(before)
    expect(it.queue.complete(held.lock!.token)).toBe(true)
    expect(it.queue.cancel([last])).toBe(true)
    it.restart()
    expect(it.send('new')).toBe(last + 1)
    expect(all(it.queue, 'main').map(text)).toEqual(['again', 'new'])
  })

  test('a restart ends sessions: their messages come again, counted; a start alone writes nothing of it', () => {
    const it = new Fixture({ sessions: true })
    for (const name of ['first', 'second', 'third']) it.send(name, { sessionId: 'a' })
    const session = it.queue.sessions!.accept('a')!
    const held = [it.queue.take('main', session)!, it.queue.take('main', session)!]
    it.queue.deadLetter(held[0]!.lock!.token, { reason: 'r', description: null })
    const dead = it.queue.take('deadLetter')!
    const path = join(it.data, 'service-bus.jsonl')
    const before = readFileSync(path, 'utf8')
    it.restart()
    expect(readFileSync(path, 'utf8')).toBe(before)
    expect(it.queue.complete(held[1]!.lock!.token)).toBe(false)
    const again = it.queue.sessions!.accept(null)!
    const rest = [it.queue.take('main', again)!, it.queue.take('main', again)!]
    expect(rest.map((message) => [text(message), message.deliveryCount])).toEqual([
      ['second', 1],
      ['third', 0],
    ])
    // A dead letter is in no session: who holds it, holds it.
    expect(it.queue.complete(dead.lock!.token)).toBe(true)
  })

  test('a line torn by a kill is ignored, a damaged one is not', () => {
    const it = new Fixture()
    it.send('kept')
    const path = join(it.data, 'service-bus.jsonl')
    appendFileSync(path, '{"queue":"q","key":2,"mess')
    it.restart()
    expect(all(it.queue, 'main').map(text)).toEqual(['kept'])
    writeFileSync(path, `{"queue":"q","ke\n${readFileSync(path, 'utf8')}`)
    expect(() => openJournal(it.data)).toThrow(SyntaxError)
  })

  test('the first change after a start rewrites the file to what is still there; a start alone leaves it', () => {
    const it = new Fixture()
    for (let n = 0; n < 100; n++) {
      it.send('x')
      it.queue.complete(it.queue.take('main')!.lock!.token)
    }
    it.send('kept')
    const path = join(it.data, 'service-bus.jsonl')
    const before = readFileSync(path, 'utf8')
    it.restart()
    expect(readFileSync(path, 'utf8')).toBe(before)
    it.send('new')
    expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(3)
    it.restart()
    expect(all(it.queue, 'main').map(text)).toEqual(['kept', 'new'])
  })
})

// The queue's rules once more, as plainly as possible: every message is in exactly one place.
type Place = 'ready' | 'held' | 'scheduled' | 'done' | 'dead'
type Told = { place: Place; count: number; until: number; token?: string }

class Model {
  readonly told = new Map<string, Told>()

  /** Moves the time on to `now`: what is held too long fails, what is due becomes ready. */
  pass(now: number): void {
    for (const one of this.told.values()) {
      if (one.until > now) continue
      if (one.place === 'held') this.fail(one)
      if (one.place === 'scheduled') one.place = 'ready'
    }
  }

  fail(one: Told): void {
    one.count += 1
    one.place = one.count >= limits.maxDeliveryCount ? 'dead' : 'ready'
  }

  in = (place: Place): string[] =>
    [...this.told]
      .filter(([, one]) => one.place === place)
      .map(([name]) => name)
      .toSorted()
}

const names = ['send', 'schedule', 'take', 'complete', 'abandon', 'deadLetter', 'renew', 'resend', 'restart'] as const
const Step = fc.oneof(
  { weight: 9, arbitrary: fc.record({ do: fc.constantFrom(...names), n: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), n: fc.integer({ min: 1, max: lockMs }) }) },
)

/** Plays the steps on a queue and on the model; throws where they differ. */
function play(steps: { do: (typeof names)[number] | 'wait'; n: number }[]): void {
  const it = new Fixture()
  const model = new Model()
  const held: { name: string; token: string }[] = []
  const settled = (act: (token: string) => unknown, n: number, place: (one: Told) => void) => {
    const [handle] = held.splice(n, 1)
    if (!handle) return
    const told = model.told.get(handle.name)!
    const mine = told.place === 'held' && told.token === handle.token
    expect(Boolean(act(handle.token))).toBe(mine)
    if (mine) place(told)
  }
  const act = {
    send() {
      const name = `m${model.told.size}`
      it.send(name)
      model.told.set(name, { place: 'ready', count: 0, until: 0 })
    },
    schedule(n: number) {
      const name = `m${model.told.size}`
      it.send(name, { in: 1000 * (n + 1) })
      model.told.set(name, { place: 'scheduled', count: 0, until: it.time + 1000 * (n + 1) })
    },
    take() {
      const message = it.queue.take('main')
      const told = model.told.get(text(message) ?? '')
      expect(told?.place).toBe(model.in('ready').length > 0 ? 'ready' : undefined)
      if (!message || !told) return
      expect(message.deliveryCount).toBe(told.count)
      const { token } = message.lock!
      Object.assign(told, { place: 'held', until: it.time + lockMs, token })
      held.push({ name: text(message)!, token })
    },
    complete: (n: number) =>
      settled(
        (token) => it.queue.complete(token),
        n,
        (one) => Object.assign(one, { place: 'done' }),
      ),
    abandon: (n: number) =>
      settled(
        (token) => it.queue.abandon(token),
        n,
        (one) => model.fail(one),
      ),
    deadLetter: (n: number) =>
      settled(
        (token) => it.queue.deadLetter(token, { reason: 'r', description: null }),
        n,
        (one) => Object.assign(one, { place: 'dead' }),
      ),
    renew(n: number) {
      const handle = held[n]
      if (handle)
        settled(
          (token) => it.queue.renew(token),
          n,
          (one) => Object.assign(one, { until: it.time + lockMs }),
        )
      if (handle) held.push(handle)
    },
    resend() {
      expect(it.queue.resendDeadLetters()).toBe(model.in('dead').length)
      for (const one of model.told.values()) if (one.place === 'dead') Object.assign(one, { place: 'ready', count: 0 })
    },
    restart: () => it.restart(),
    wait(n: number) {
      it.time += n
      model.pass(it.time)
    },
  }
  for (const step of steps) {
    act[step.do](step.n)
    const there = all(it.queue, 'main')
      .map((one) => text(one)!)
      .toSorted()
    expect(there).toEqual([...model.in('ready'), ...model.in('held'), ...model.in('scheduled')].toSorted())
    expect(
      all(it.queue, 'deadLetter')
        .map((one) => text(one)!)
        .toSorted(),
    ).toEqual(model.in('dead'))
  }
}

test('any order of steps, restarts included: every message is where the model says, counted as it says', () => {
  fc.assert(fc.property(fc.array(Step, { maxLength: 40 }), play), { numRuns: 1000 })
})
