import type { Stored } from '@securemailmerge/shared/azure/items'
import { aboutOf, type PurchaseEvent, purchasedId, waiting } from '@securemailmerge/shared/purchasing/event'
import type { Purchase } from '@securemailmerge/shared/purchasing/purchase'
import { settle } from '@securemailmerge/shared/purchasing/settle'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Shop, startShop } from '../kit/shop.ts'

const hour = 3_600_000
const day = 24 * hour

let shop: Shop
/** What the seller said after each event of one life, and the type of the event. */
let life: { type: string; said: Purchase }[]
beforeAll(async () => {
  shop = await startShop()
  shop.byHand()
  life = await aLife()
}, 30_000)
afterAll(() => shop.close())

/** A first payment that fails, then comes; more seats; a renewal that fails, then is paid; the end. */
async function aLife(): Promise<typeof life> {
  const { act, tick } = shop.stripe
  const { id, customer } = act.buy({ quantity: 5, card: 'declines' })
  const pay = () => {
    act.setCard(customer, 'good')
    act.payOpen(id)
    act.setCard(customer, 'declines')
  }
  const steps: [type: string, step: () => void][] = [
    ['customer.subscription.created', () => {}],
    ['invoice.paid', pay],
    ['customer.subscription.updated', () => act.setQuantity(id, 8)],
    ['invoice.payment_failed', () => shop.advance(31 * day + hour)],
    ['invoice.paid', pay],
    ['customer.subscription.deleted', () => act.cancelNow(id)],
  ]
  const told: typeof life = []
  for (const [type, step] of steps) {
    const before = shop.made()
    if (told.length > 0) step()
    tick()
    const made = shop.eventsSince(told.length > 0 ? before : 0).map((event) => event.type)
    const said = await shop.services.seller.purchase(id)
    if (!said || !made.includes(type)) throw new Error(`no ${type} among ${made}`)
    told.push({ type, said })
  }
  return told
}

/** Events of one subscription, as the store keeps them: each once, each under an ETag. */
class Events {
  readonly #events = new Map<string, Stored<PurchaseEvent>>()
  #etag = 0

  store(event: PurchaseEvent): boolean {
    if (this.#events.has(event.id)) return false
    this.#events.set(event.id, { ...event, _etag: String(this.#etag++) })
    return true
  }

  all = () => [...this.#events.values()]
  waiting = async () => this.all().filter(({ state }) => state === 'waiting')

  async update({ _etag, ...event }: Stored<PurchaseEvent>, change: (event: PurchaseEvent) => PurchaseEvent) {
    if (this.#events.get(event.id)?._etag !== _etag) return false
    this.#events.set(event.id, { ...change(event), _etag: String(this.#etag++) })
    return true
  }
}

/** One subscription at a seller who is always as far as the latest event that has come, and its handlers. */
class Orders {
  readonly events = new Events()
  readonly #sellersId: string
  #reached = 0
  looks = 0

  constructor(sellersId: string) {
    this.#sellersId = sellersId
  }

  /** The seller makes this event, unless it is further already; it comes twice. */
  comes(number: number): void {
    this.#reached = Math.max(this.#reached, number)
    const event: PurchaseEvent = {
      id: `test:evt_${number}`,
      about: aboutOf('test', this.#sellersId),
      type: String(life[number]?.type),
      ...{ customer: null, paymentIntent: null, charge: null, apiVersion: null },
      madeAt: shop.now().toISOString(),
      ...waiting(shop.now(), shop.now()),
    }
    expect(this.events.store(event)).toBe(true)
    expect(this.events.store(event)).toBe(false)
  }

  /** Starts a handler. Its first look is at the seller of now; it goes on when it is let. */
  async begin(): Promise<{ finish: () => Promise<void> }> {
    const { promise: hasLooked, resolve: look } = Promise.withResolvers<void>()
    const { promise: may, resolve: go } = Promise.withResolvers<void>()
    const purchase = async (): Promise<Purchase> => {
      this.looks += 1
      const { said } = life[this.#reached] as (typeof life)[number]
      look()
      await may
      return { ...said, seller: { ...said.seller, subscription: this.#sellersId } }
    }
    const { subscriptions, checkout, purchases, now } = shop.services
    const none = () => Promise.reject(new Error('not in this life'))
    const places = {
      ...{ subscriptions, checkout, now, mode: 'test' as const, note: () => {} },
      purchases: {
        intent: (id: string) => purchases.intent(id),
        noteOnIntent: none,
        wake: none,
        waiting: this.events.waiting,
        update: this.events.update.bind(this.events),
      },
      seller: { purchase, cancelNow: none, subscriptionsOf: none },
    }
    const done = settle(places, aboutOf('test', this.#sellersId), 1)
    await hasLooked
    return {
      finish: () => {
        go()
        return done
      },
    }
  }
}

/**
 * One order. The events come in pairs, each with a handler of its own; both have looked at the seller, who moves on
 * between, when the first may write. It depends on `newerFirst` who that is; the other one is too late, and looks again.
 */
async function play(order: number[], newerFirst: boolean, sellersId: string): Promise<Orders> {
  const orders = new Orders(sellersId)
  for (let at = 0; at < order.length; at += 2) {
    const handlers: { finish: () => Promise<void> }[] = []
    for (const number of order.slice(at, at + 2)) {
      orders.comes(number)
      handlers.push(await orders.begin())
    }
    for (const { finish } of newerFirst ? handlers.toReversed() : handlers) await finish()
  }
  return orders
}

const ordersOf = (length: number): number[][] =>
  length === 0
    ? [[]]
    : ordersOf(length - 1).flatMap((order) =>
        Array.from({ length }, (_, at) => [...order.slice(0, at), length - 1, ...order.slice(at)]),
      )

it('the life goes through what licenses and what does not', () => {
  const states = life.map(({ said }) => said.state)
  expect(states).toEqual(['payment_pending', 'active', 'active', 'past_due', 'active', 'ended'])
})

it.each([
  [5, 120],
  [6, 720],
])(
  'the first %i events of a purchase end alike in all %i orders, each twice, by two handlers at once',
  async (length, many) => {
    const { state, quantity, term, paidUntil, pastDueSince } = (life[length - 1] as (typeof life)[number]).said
    const orders = ordersOf(length)
    expect(new Set(orders.map(String)).size).toBe(many)
    const waiting = orders.entries()
    // Some at a time: they share nothing but the machine.
    const lane = async () => {
      for (const [index, order] of waiting) {
        const sellersId = `sub_${length}x${index}`
        const { events, looks } = await play(order, index % 2 === 0, sellersId)
        const ours = await shop.services.subscriptions.read(purchasedId('test', sellersId))
        expect(ours, `order ${order}`).toMatchObject({ state, quantity, term, paidUntil, pastDueSince })
        expect(new Set(events.all().map((event) => event.state))).toEqual(new Set(['applied']))
        // Of each pair one wrote too late, and looked again.
        expect(looks, `order ${order}`).toBe(length + Math.floor(length / 2))
      }
    }
    await Promise.all(Array.from({ length: 8 }, lane))
  },
  120_000,
)
