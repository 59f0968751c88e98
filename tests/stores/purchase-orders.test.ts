import { type PurchaseEvent, aboutOf, partsOf, purchasedId } from '@securemailmerge/shared/purchasing/event'
import type { Purchase } from '@securemailmerge/shared/purchasing/purchase'
import { settle } from '@securemailmerge/shared/purchasing/settle'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Shop, startShop } from '../kit/shop.ts'

const day = 86_400_000
const orders = (length: number): number[][] =>
  length === 0
    ? [[]]
    : orders(length - 1).flatMap((order) =>
        Array.from({ length }, (_, at) => [...order.slice(0, at), length - 1, ...order.slice(at)]),
      )

let shop: Shop
/** What the seller said after each event of one life, and the event. */
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
  const steps: [type: string, step: () => void][] = [
    ['customer.subscription.created', () => {}],
    ['invoice.paid', () => act.payOpen(id)],
    ['customer.subscription.updated', () => act.setQuantity(id, 8)],
    ['invoice.payment_failed', () => shop.advance(31 * day + day / 24)],
    ['invoice.paid', () => act.payOpen(id)],
    ['customer.subscription.deleted', () => act.cancelNow(id)],
  ]
  const told: typeof life = []
  for (const [type, step] of steps) {
    act.setCard(customer, type === 'invoice.paid' ? 'good' : 'declines')
    step()
    tick()
    const said = await shop.services.seller.purchase(id)
    if (!said) throw new Error('the seller lost it')
    told.push({ type, said })
  }
  return told
}

/**
 * One order of the first events of the life, at a seller of its own who is always as far as the latest event that has
 * come. Events come in pairs, each twice, each with a handler: both look, and only when both have seen something may
 * one write, then the other; `newestFirst` says who.
 */
async function play(order: number[], newestFirst: boolean, sellersId: string): Promise<void> {
  const { purchases } = shop.services
  const about = aboutOf('test', sellersId)
  let reached = 0
  const looks: (() => void)[] = []
  const handle = (): { seen: Promise<void>; done: Promise<void> } => {
    const { promise: seen, resolve: haveSeen } = Promise.withResolvers<void>()
    let first = true
    const seller = {
      cancelNow: () => Promise.reject(new Error('nothing to cancel')),
      subscriptionsOf: () => Promise.resolve([]),
      async purchase(): Promise<Purchase> {
        const { said } = life[reached] as (typeof life)[number]
        const mine = { ...said, seller: { ...said.seller, subscription: sellersId } }
        if (!first) return mine
        first = false
        await new Promise<void>((go) => {
          looks.push(go)
          haveSeen()
        })
        return mine
      },
    }
    return { seen, done: settle({ ...shop.services, seller, note: () => {} }, about, 1) }
  }
  for (let at = 0; at < order.length; at += 2) {
    const handlers: ReturnType<typeof handle>[] = []
    for (const number of order.slice(at, at + 2)) {
      reached = Math.max(reached, number)
      const event = anEvent(sellersId, number)
      expect(await purchases.store(event)).toBe(true)
      expect(await purchases.store(event)).toBe(false)
      const handler = handle()
      handlers.push(handler)
      await handler.seen
    }
    const turns = looks.splice(0).map((go, index) => ({ go, done: handlers[index]?.done }))
    for (const { go, done } of newestFirst ? turns.toReversed() : turns) {
      go()
      await done
    }
  }
}

const anEvent = (sellersId: string, number: number): PurchaseEvent => {
  const at = new Date(shop.now().getTime())
  return {
    id: `test:evt_${sellersId.slice(4)}x${number}`,
    kind: 'event',
    about: aboutOf('test', sellersId),
    type: life[number]?.type ?? '',
    customer: null,
    paymentIntent: null,
    charge: null,
    madeAt: at.toISOString(),
    apiVersion: null,
    at: at.toISOString(),
    state: 'waiting',
    why: null,
    attempts: 0,
    due: at.toISOString(),
    ttl: 3600,
  }
}

it('the life goes through what licenses and what does not', () => {
  expect(life.map(({ said }) => said.state)).toEqual([
    'payment_pending',
    'active',
    'active',
    'past_due',
    'active',
    'ended',
  ])
})

it.each([5, 6])(
  'every order of the first %i events, each twice, by two handlers at once, ends as the seller has it',
  async (length) => {
    const last = life[length - 1]?.said as Purchase
    const all = orders(length)
    expect(new Set(all.map(String)).size).toBe(length === 6 ? 720 : 120)
    const play1 = async (order: number[], index: number): Promise<void> => {
      const sellersId = `sub_orders${length}x${index}`
      await play(order, index % 2 === 0, sellersId)
      const { state, quantity, term, paidUntil, pastDueSince } = last
      const said = `order ${order}`
      const id = purchasedId('test', sellersId)
      expect(await shop.services.subscriptions.read(id), said).toMatchObject({ state, quantity, term, paidUntil, pastDueSince })
      const { about } = anEvent(sellersId, 0)
      expect(partsOf(about)?.sellersId).toBe(sellersId)
      const events = shop.cosmos.items('purchases', about)
      expect(events.map((event) => event.state), said).toEqual(Array(length).fill('applied'))
    }
    // Several at a time: they share nothing but the machine.
    const waiting = all.map((order, index) => () => play1(order, index))
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        for (let next = waiting.pop(); next; next = waiting.pop()) await next()
      }),
    )
  },
  60_000,
)
