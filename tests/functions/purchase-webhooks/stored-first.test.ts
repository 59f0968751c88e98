import { restOf, SWEEP_AFTER_MS } from '@securemailmerge/shared/purchasing/event'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Thing } from '../../../infra/local/stripe/store.ts'
import { type Shop, startShop, until } from '../../kit/shop.ts'

let shop: Shop
beforeAll(async () => {
  shop = await startShop()
  shop.byHand()
})
afterEach(() => {
  shop.cosmos.faults.clear()
  shop.stripe.faults.clear()
  shop.bus.faults.clear()
})
afterAll(() => shop.close())

/** Bought, and none of its events has come. */
function boughtInSilence(): { subscription: Thing; events: Thing[] } {
  const from = shop.made()
  const subscription = shop.stripe.act.buy({ quantity: 5 })
  return { subscription, events: shop.eventsSince(from).filter(({ type }) => type.startsWith('customer.sub')) }
}
const storedOf = ({ id }: Thing) => shop.cosmos.items('purchases', `test:${id}`)
const statesOf = (subscription: Thing) => storedOf(subscription).map(({ state }) => state)
const licence = { state: 'active', quantity: 5 }

describe('C03 `updated` and `created` of the same second, in any order', () => {
  const orders: [string, number[]][] = [
    ['created, updated', [0, 1]],
    ['updated, created', [1, 0]],
    ['created twice, then updated twice', [0, 0, 1, 1]],
    ['updated, created, updated', [1, 0, 1]],
    ['only created', [0]],
    ['only updated', [1]],
  ]
  it.each(orders)('%s: one licence, active, five seats', async (_, order) => {
    const { subscription, events } = boughtInSilence()
    expect(events.map(({ type, data }) => [type, data.object.status])).toEqual([
      ['customer.subscription.created', 'incomplete'],
      ['customer.subscription.updated', 'active'],
    ])
    expect(events[0]?.created).toBe(events[1]?.created)
    for (const number of order) {
      expect(await shop.send(events[number] as Thing)).toBe(200)
      await shop.look(subscription)
      expect(await shop.ours(subscription.id)).toMatchObject(licence)
    }
    expect(await historyOf(subscription)).toEqual(['purchased'])
  })

  it('both at once, two handlers at a barrier between reading and writing, 200 times: one licence each', async () => {
    for (let round = 0; round < 8; round += 1) {
      const bought = Array.from({ length: 25 }, boughtInSilence)
      const both = bought.flatMap(({ events }) => events)
      expect(new Set(await Promise.all(both.map((event) => shop.send(event))))).toEqual(new Set([200]))
      shop.stripe.faults.add({ method: 'GET', path: 'subscriptions/', times: 50, do: { hold: 'after' } })
      const handlers = bought.flatMap(({ subscription }) => [shop.look(subscription), shop.look(subscription)])
      await until(() => shop.stripe.faults.held === 50)
      shop.stripe.faults.release()
      await Promise.all(handlers)
      for (const { subscription } of bought) {
        expect(await shop.ours(subscription.id)).toMatchObject(licence)
        expect(await historyOf(subscription)).toEqual(['purchased'])
        expect(statesOf(subscription)).toEqual(['applied', 'applied'])
      }
    }
  }, 60_000)
})

async function historyOf({ id }: Thing): Promise<unknown[]> {
  const ours = await shop.ours(id)
  const items = shop.cosmos.items('subscriptions', String(ours?.subscriptionId))
  expect(items.filter(({ kind }) => kind === 'subscription')).toHaveLength(1)
  return items.filter(({ kind }) => kind === 'history').map(({ did }) => did)
}

describe('C05 2xx is said when it is stored, and not before', () => {
  const always = { container: 'purchases', operation: 'batch' } as const
  const faults: [string, Parameters<Shop['cosmos']['faults']['add']>[0], boolean][] = [
    ['throttled', { match: always, times: -1, do: { status: 429, retryAfterMs: 1 } }, false],
    ['unavailable', { match: always, times: -1, do: { status: 503 } }, false],
    ['failing', { match: always, times: -1, do: { status: 500 } }, false],
    ['out of time', { match: always, times: -1, do: { status: 408 } }, false],
    ['unreachable', { match: always, times: -1, do: { dropBefore: true } }, false],
    ['silent after it has written', { match: always, times: 1, do: { applyThenDrop: true } }, true],
  ]
  it.each(faults)('the store is %s: 5xx, and what is sent again later arrives once', async (_, fault, written) => {
    const { subscription, events } = boughtInSilence()
    shop.cosmos.faults.add(fault)
    expect(await shop.send(events[0] as Thing)).toBe(500)
    expect(storedOf(subscription)).toHaveLength(written ? 1 : 0)
    shop.cosmos.faults.clear()
    expect(await shop.send(events[0] as Thing)).toBe(200)
    expect(await shop.send(events[0] as Thing)).toBe(200)
    expect(storedOf(subscription)).toHaveLength(1)
    await shop.look(subscription)
    expect(await shop.ours(subscription.id)).toMatchObject(licence)
  })

  it('throttled twice for a moment: the store is asked again before anybody is told', async () => {
    const { subscription, events } = boughtInSilence()
    shop.cosmos.faults.add({ match: always, times: 2, do: { status: 429, retryAfterMs: 1 } })
    expect(await shop.send(events[0] as Thing)).toBe(200)
    expect(statesOf(subscription)).toEqual(['waiting'])
  })

  it('the seller itself sends again until it is stored', async () => {
    shop.byHand(false)
    shop.cosmos.faults.add({ match: always, times: 12, do: { status: 503 } })
    const { id } = shop.stripe.act.buy({ quantity: 5 })
    const refused = () => shop.stripe.events.posted.filter(({ status }) => status === 500).length
    const before = refused()
    await until(() => refused() > before)
    shop.cosmos.faults.clear()
    shop.advance(60_000)
    await shop.delivered()
    await shop.settle()
    shop.byHand()
    expect(await shop.ours(id)).toMatchObject(licence)
  })

  it('the queue does not take the wake: 2xx all the same, and the sweeper wakes two minutes later', async () => {
    const { subscription, events } = boughtInSilence()
    shop.bus.faults.add({ queue: 'purchases', do: 'refuse', times: 100, delayMs: 0 })
    const began = performance.now()
    expect(await shop.send(events[0] as Thing)).toBe(200)
    // The seller does not wait long for an acknowledgement.
    expect(performance.now() - began).toBeLessThan(5_000)
    shop.bus.faults.clear()
    expect(await sweptFor(subscription)).toBe(0)
    shop.advance(SWEEP_AFTER_MS + 1)
    expect(await sweptFor(subscription)).toBe(1)
    await shop.look(subscription)
    expect(await shop.ours(subscription.id)).toMatchObject(licence)
  })

  const cuts: [string, Parameters<Shop['cosmos']['faults']['add']>[0]][] = [
    [
      'before the licence is written',
      { match: { container: 'subscriptions', operation: 'batch' }, times: 1, do: { dropBefore: true } },
    ],
    [
      'after the licence is written',
      { match: { container: 'subscriptions', operation: 'batch' }, times: 1, do: { applyThenDrop: true } },
    ],
    [
      'before it is noted as done',
      { match: { container: 'purchases', operation: 'replace' }, times: -1, do: { dropBefore: true } },
    ],
    [
      'after it is noted as done',
      { match: { container: 'purchases', operation: 'replace' }, times: 1, do: { applyThenDrop: true } },
    ],
  ]
  it.each(cuts)('cut off %s: recorded is not done, and the next wake finishes it', async (_, fault) => {
    const { subscription, events } = boughtInSilence()
    expect(await shop.send(events[0] as Thing)).toBe(200)
    shop.cosmos.faults.add(fault)
    await shop.look(subscription).catch(() => {})
    shop.cosmos.faults.clear()
    shop.advance(restOf(0))
    await shop.look(subscription)
    expect(await shop.ours(subscription.id)).toMatchObject(licence)
    expect(await historyOf(subscription)).toEqual(['purchased'])
    expect(statesOf(subscription)).toEqual(['applied'])
  })

  it.each(['product.created', 'invoice.created', 'payment_intent.succeeded', 'a.type.of.tomorrow', ''])(
    'a type that we do not handle (%s) is taken, counted and not kept',
    async (type) => {
      const before = shop.cosmos.items('purchases').length
      const { id } = boughtInSilence().subscription
      expect(await shop.send(shop.stripe.events.build(type, { id, object: 'subscription' }, 0))).toBe(200)
      expect(shop.cosmos.items('purchases')).toHaveLength(before)
    },
  )

  it.each([
    ['no id', {}],
    ['an id that is none', { id: "sub_1' OR 1=1" }],
    ['an id of another shape', { id: 17 }],
  ])('a well-signed event about something with %s is parked where people look, with 2xx', async (_, object) => {
    const event = shop.stripe.events.build('customer.subscription.updated', object, 0)
    expect(await shop.send(event)).toBe(200)
    expect(parked()).toContainEqual(
      expect.objectContaining({ queue: 'stripe', messageId: event.id, reason: 'object not understood' }),
    )
  })

  it.each([253_402_300_800, 1e15, Number.MAX_SAFE_INTEGER, -1, 1.5])(
    'a well-signed event that was made at %d is parked, with 2xx: it would be sent again for three days',
    async (created) => {
      const event = shop.stripe.events.build(
        'customer.subscription.updated',
        { id: 'sub_1', object: 'subscription' },
        0,
      )
      const [before, stored] = [parked().length, shop.cosmos.items('purchases').length]
      expect(await shop.send({ ...event, created })).toBe(200)
      expect(parked()).toHaveLength(before + 1)
      expect(shop.cosmos.items('purchases')).toHaveLength(stored)
    },
  )

  it.each([
    ['no JSON', '{"id":'],
    ['not an event', '{"object":"list"}'],
    ['a list', '[]'],
  ])('a well-signed body that is %s is parked once, with 2xx', async (_, payload) => {
    const before = parked().length
    for (let time = 0; time < 2; time += 1) {
      const { header } = shop.stripe.events.signed(payload)
      expect((await shop.post(payload, { 'stripe-signature': header })).status).toBe(200)
    }
    expect(parked()).toHaveLength(before + 1)
  })

  it.each([
    ['lines without a quantity', (one: Thing) => delete one.items.data[0].quantity, 'a seat line has no quantity'],
    ['no customer', (one: Thing) => delete one.customer, /^customer/],
    ['no time until which it is paid', (one: Thing) => delete one.items.data[0].current_period_end, /until when/],
  ])('what the seller shows has %s: parked with the reason, and mended by a replay', async (_, spoil, why) => {
    const { subscription, events } = boughtInSilence()
    const whole = structuredClone(subscription)
    expect(await shop.send(events[0] as Thing)).toBe(200)
    spoil(subscription)
    const lines = await shop.look(subscription)
    expect(lines.join()).toContain('"event":"parked"')
    expect(storedOf(subscription)).toEqual([
      expect.objectContaining({ state: 'parked', why: expect.stringMatching(why) }),
    ])
    expect(await shop.ours(subscription.id)).toBeUndefined()
    Object.assign(subscription, whole)
    await shop.command({ command: 'replay_event', event: events[0]?.id })
    await shop.look(subscription)
    expect(await shop.ours(subscription.id)).toMatchObject(licence)
  })
})

const parked = () => shop.cosmos.items('operations', 'purchase-webhooks').filter(({ kind }) => kind === 'parked')

/** How many events of it a sweep takes up. */
async function sweptFor(subscription: Thing): Promise<number> {
  const attempts = () => storedOf(subscription).reduce((sum, { attempts }) => sum + Number(attempts), 0)
  const before = attempts()
  await shop.sweep()
  return attempts() - before
}
