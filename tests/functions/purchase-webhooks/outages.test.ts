import { aboutOf, restOf } from '@securemailmerge/shared/purchasing/event'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Thing } from '../../../infra/local/stripe/store.ts'
import { type Shop, startShop } from '../../kit/shop.ts'

const minute = 60_000
let shop: Shop
beforeAll(async () => {
  shop = await startShop()
  shop.byHand()
})
const clear = () => {
  for (const faults of [shop.cosmos.faults, shop.stripe.faults, shop.bus.faults]) faults.clear()
}
afterEach(clear)
afterAll(() => shop.close())

const bought = () => shop.happens(() => shop.stripe.act.buy({ quantity: 5 }))
const storedOf = ({ id }: Thing) =>
  shop.cosmos.items('purchases', aboutOf('test', id)) as unknown as { state: string; attempts: number; due?: string }[]
const statesOf = (subscription: Thing) => [...new Set(storedOf(subscription).map(({ state }) => state))]
const look = async (subscription: Thing) => (await shop.look(subscription)).map((line) => JSON.parse(line))
/** How many wakes the queue holds for it, due or not. */
const wakesFor = ({ id }: Thing): number => {
  const all = shop.bus.queues.get('purchases')?.peek('main', 0, 100_000) ?? []
  return all.filter(({ bytes }) => bytes.includes(id)).length
}

type CosmosFault = Parameters<Shop['cosmos']['faults']['add']>[0]
const onSeller = (what: Parameters<Shop['stripe']['faults']['add']>[0]['do'], path = '') =>
  shop.stripe.faults.add({ method: 'GET', path, times: -1, do: what })
const onStore = (match: CosmosFault['match'], what: CosmosFault['do']) =>
  shop.cosmos.faults.add({ match, times: -1, do: what })

describe('the seller is away', () => {
  const outages: [string, () => void][] = [
    ['it is busy (429)', () => onSeller({ status: 429 })],
    ['it fails (500)', () => onSeller({ status: 500 })],
    ['it is down (503)', () => onSeller({ status: 503 })],
    ['our key is locked out (401)', () => onSeller({ status: 401 })],
    ['our key lacks a right (403)', () => onSeller({ status: 403 })],
    ['it hangs up', () => onSeller({ drop: 'before' })],
    ['its answers are lost', () => onSeller({ drop: 'after' })],
    ['it shows the subscription and not its payments', () => onSeller({ status: 500 }, 'charges')],
  ]
  it.each(outages)(
    '%s: nothing is lost or written, it is put off longer each time, and then it converges',
    async (what, begin) => {
      // An operator is told apart what waiting mends and what it does not.
      const reason = /40[13]/.test(what) ? 'locked' : 'unavailable'
      const subscription = await bought()
      const many = storedOf(subscription).length
      begin()
      const dues: number[] = []
      for (let attempt = 0; attempt < 4; attempt += 1) {
        expect(await look(subscription)).toEqual([expect.objectContaining({ event: 'put_off', reason })])
        expect(await shop.ours(subscription.id)).toBeUndefined()
        expect(statesOf(subscription)).toEqual(['waiting'])
        const stored = storedOf(subscription)
        expect(stored).toHaveLength(many)
        expect(new Set(stored.map(({ attempts }) => attempts))).toEqual(new Set([attempt + 1]))
        const rest = Math.min(...stored.map(({ due }) => Date.parse(due ?? ''))) - shop.now().getTime()
        expect(rest).toBeLessThanOrEqual(restOf(attempt))
        expect(rest).toBeGreaterThan(restOf(attempt) - 5_000)
        dues.push(rest)
        // A wake that is not its own comes too early, and tries nothing.
        expect(await look(subscription)).toEqual([])
        shop.advance(rest)
      }
      expect(dues).toEqual(dues.toSorted((a, b) => a - b))
      clear()
      expect(await look(subscription)).toEqual([expect.objectContaining({ event: 'purchase_settled', events: many })])
      expect(await shop.ours(subscription.id)).toMatchObject({ state: 'active', quantity: 5 })
      expect(statesOf(subscription)).toEqual(['applied'])
    },
    40_000,
  )

  it('does not answer at all within its time: put off like any other', async () => {
    const subscription = await bought()
    // The client waits ten seconds, twice.
    shop.stripe.faults.add({ method: 'GET', path: 'subscriptions/', times: 2, do: { delayMs: 12_000 } })
    expect(await look(subscription)).toEqual([expect.objectContaining({ event: 'put_off', reason: 'unavailable' })])
    clear()
    shop.advance(restOf(0))
    await shop.look(subscription)
    expect(await shop.ours(subscription.id)).toMatchObject({ state: 'active' })
  }, 40_000)

  it('for three days: an hour is the longest rest, and a wake is under way all the time', async () => {
    const subscription = await bought()
    // A key that is locked: the one refusal that the client does not try again by itself.
    onSeller({ status: 401 })
    let tries = 0
    const end = shop.now().getTime() + 3 * 24 * 60 * minute
    while (shop.now().getTime() < end) {
      expect(await look(subscription)).toEqual([expect.objectContaining({ event: 'put_off' })])
      tries += 1
      const due = Math.min(...storedOf(subscription).map((event) => Date.parse(event.due ?? '')))
      const rest = due - shop.now().getTime()
      expect(rest).toBeLessThanOrEqual(60 * minute)
      expect(rest).toBeGreaterThan(0)
      shop.advance(rest)
    }
    expect(tries).toBeLessThan(100)
    clear()
    await shop.sweep()
    await shop.look(subscription)
    expect(await shop.ours(subscription.id)).toMatchObject({ state: 'active' })
  }, 40_000)
})

describe('a store is away', () => {
  const stores: [string, CosmosFault['match']][] = [
    ['reading what waits', { container: 'purchases', operation: 'query' }],
    ['reading ours', { container: 'subscriptions', operation: 'read' }],
    ['writing ours', { container: 'subscriptions', operation: 'batch' }],
    ['noting what is done', { container: 'purchases', operation: 'replace' }],
  ]
  const faults: [string, CosmosFault['do']][] = [
    ['429', { status: 429, retryAfterMs: 1 }],
    ['503', { status: 503 }],
    ['408', { status: 408 }],
    ['no answer', { dropBefore: true }],
  ]
  // A read without any answer is repeated by the client for twenty seconds; one of them shows what comes of it.
  const rows = stores
    .flatMap(([where, match]) => faults.map(([how, what]) => [where, how, match, what] as const))
    .filter(([where, how]) => how !== 'no answer' || where !== 'reading what waits')
  it.each(rows)(
    '%s (%s): nothing is lost, and it converges',
    async (_, __, match, what) => {
      const subscription = await bought()
      onStore(match, what)
      for (let time = 0; time < 2; time += 1) {
        // Whatever it says, the broker brings the message again; an outage is no reason to set it aside.
        const lines = await look(subscription).catch((error: Error) => [{ event: error.name }])
        expect(lines).toEqual([expect.objectContaining({ event: expect.stringMatching(/^(put_off|Refusal)$/) })])
        shop.advance(restOf(time))
      }
      clear()
      expect(statesOf(subscription)).toEqual(['waiting'])
      shop.advance(10 * minute)
      await shop.sweep()
      await shop.look(subscription)
      expect(await shop.ours(subscription.id)).toMatchObject({ state: 'active', quantity: 5 })
      expect(statesOf(subscription)).toEqual(['applied'])
    },
    40_000,
  )
})

describe('the queue is away', () => {
  it.each(['refuse', 'lose'] as const)(
    'what is to be woken later (%s) is stored, and the sweeper wakes it',
    async (kind) => {
      const subscription = await bought()
      onSeller({ status: 503 })
      shop.bus.faults.add({ queue: 'purchases', do: kind, times: 20, delayMs: 0 })
      await look(subscription).catch(() => {})
      clear()
      expect(statesOf(subscription)).toEqual(['waiting'])
      shop.advance(5 * minute)
      const before = wakesFor(subscription)
      await shop.sweep()
      expect(wakesFor(subscription)).toBe(before + 1)
      await shop.look(subscription)
      expect(await shop.ours(subscription.id)).toMatchObject({ state: 'active' })
    },
    40_000,
  )

  it('while it is, a sweep moves what is due further on, and the next ones find it again', async () => {
    const subscription = await bought()
    shop.advance(5 * minute)
    shop.bus.faults.add({ queue: 'purchases', do: 'refuse', times: 1000, delayMs: 0 })
    await shop.sweep()
    clear()
    expect(statesOf(subscription)).toEqual(['waiting'])
    shop.advance(61 * minute)
    const before = wakesFor(subscription)
    await shop.sweep()
    expect(wakesFor(subscription)).toBe(before + 1)
    await shop.look(subscription)
    expect(statesOf(subscription)).toEqual(['applied'])
  }, 40_000)
})

describe('the sweeper', () => {
  it('a wake that the queue refuses costs the others nothing', async () => {
    const both = [await bought(), await bought()]
    const before = both.map(wakesFor)
    shop.advance(3 * minute)
    // As often as the client tries to send one message.
    shop.bus.faults.add({ queue: 'purchases', do: 'refuse', times: 3, delayMs: 0 })
    await shop.sweep()
    clear()
    const sent = both.map((one, at) => wakesFor(one) - (before[at] ?? 0))
    expect(sent.toSorted()).toEqual([0, 1])
    for (const one of both) await shop.look(one)
  })

  it('leaves alone what is not due, wakes once for many events, and gives each ever more time', async () => {
    const subscription = await bought()
    const sweeps = async () => {
      const before = wakesFor(subscription)
      await shop.sweep()
      return wakesFor(subscription) - before
    }
    expect(storedOf(subscription).length).toBeGreaterThan(1)
    expect(await sweeps()).toBe(0)
    shop.advance(3 * minute)
    expect(await sweeps()).toBe(1)
    expect(await sweeps()).toBe(0)
    shop.advance(minute)
    expect(await sweeps()).toBe(1)
    await shop.look(subscription)
    shop.advance(24 * 60 * minute)
    expect(await sweeps()).toBe(0)
  })

  it('any copy of a wake may be lost, doubled or late: a wake that finds nothing waiting asks the seller nothing', async () => {
    const subscription = await bought()
    await shop.look(subscription)
    const calls = () => [...shop.stripe.calls.values()].reduce((sum, count) => sum + count, 0)
    const before = calls()
    for (let copy = 0; copy < 5; copy += 1) expect(await shop.look(subscription)).toEqual([])
    expect(calls()).toBe(before)
  })
})
