import { expect } from 'vitest'
import type { Person } from '../../infra/local/identity/person.ts'
import { type Operator, somebody, soon } from './commands-kit.ts'
import type { Body, CommandTable, Row, SwitchRow } from './commands-table.ts'

const queue = 'purchase-webhooks-commands'
const why = 'agreed by telephone'

/** A purchase that somebody made on the seller's page. */
interface Bought {
  buyer: Person
  /** The seller's id. */
  seller: string
  subscriptionId: string
}

const openCheckout = (operator: Operator, buyer: Person, origin?: string) => {
  const body = { name: 'Contoso sales', quantity: 5, interval: 'monthly' }
  return operator.call(buyer, { method: 'POST', path: '/api/purchases/checkout', body }, origin)
}

async function bought(operator: Operator): Promise<Bought> {
  const buyer = somebody()
  const { body } = await openCheckout(operator, buyer)
  const session = String(body.url).split('/').at(-1)
  const { done } = await operator.control('stripe', 'act', { do: 'pay', with: [session] })
  const path = `/api/purchases/intents/${body.intent}`
  await soon(async () => (await operator.asked(buyer, { path })).state).toBe('arrived')
  await operator.quiet()
  const { subscription } = await operator.asked(buyer, { path })
  return { buyer, seller: done.id, subscriptionId: subscription.id }
}

/** Something happens at the seller, and no event of it ever comes. */
async function silently(operator: Operator, act: string, ...given: unknown[]): Promise<void> {
  await operator.control('stripe', 'deliver', { withheld: ['*'] })
  await operator.control('stripe', 'act', { do: act, with: given })
  await operator.control('stripe', 'deliver', { withheld: [] })
}

const quantityOf = async (operator: Operator, { buyer, subscriptionId }: Bought): Promise<number> =>
  (await operator.asked(buyer, { path: `/api/subscriptions/${subscriptionId}` })).quantity

/** It has another quantity at the seller, of which its buyer sees nothing yet. */
async function changedSilently(operator: Operator, quantity: number): Promise<Bought> {
  const one = await bought(operator)
  await silently(operator, 'setQuantity', one.seller, quantity)
  await operator.quiet()
  expect(await quantityOf(operator, one)).toBe(5)
  return one
}

const reconciles = (['seller', 'subscriptionId', 'all'] as const).map(
  (by): Row => ({
    command: 'reconcile',
    does: `by ${by} brings what a buyer sees to what the seller says`,
    async prepare(operator) {
      const one = await changedSilently(operator, 9)
      const { seller, subscriptionId } = one
      const result = { ...{ seller, subscriptionId }, ...{ outcome: 'refreshed', quantity: 9, state: 'active' } }
      return {
        body: { command: 'reconcile', [by]: { seller, subscriptionId, all: true }[by] },
        result: by === 'all' ? { mended: 1 } : result,
        repeat: by === 'all' ? { mended: 0 } : result,
        seen: () => soon(() => quantityOf(operator, one)).toBe(9),
      }
    },
  }),
)

const others: Row[] = [
  {
    command: 'replay_event',
    does: 'lets a stored event be handled again, which is a look at the seller',
    async prepare(operator) {
      const one = await changedSilently(operator, 7)
      const about = `test:${one.seller}`
      const sql = `SELECT c.id, c.type, c.state FROM c WHERE c.kind = 'event' AND c.about = '${about}' AND c.state = 'applied'`
      const [event] = await operator.query<{ id: string }>('purchases', sql)
      return {
        body: { command: 'replay_event', event: String(event?.id).replace(/^test:/, '') },
        result: { about, was: expect.stringMatching(/applied|waiting/) },
        seen: () => soon(() => quantityOf(operator, one)).toBe(7),
      }
    },
  },
  {
    command: 'extend',
    does: 'licenses people of what is over, for so many days from then',
    async prepare(operator) {
      const one = await bought(operator)
      const { buyer, subscriptionId } = one
      const seats = { method: 'POST', path: `/api/subscriptions/${subscriptionId}/seats` } as const
      await operator.asked(buyer, { ...seats, body: { addresses: [buyer.mail] } })
      expect(await operator.licence(buyer)).toBe('licensed')
      await operator.control('stripe', 'act', { do: 'cancelNow', with: [one.seller] })
      await soon(() => operator.licence(buyer)).toBe('ended')
      const until = async () => (await operator.asked(buyer, { path: `/api/subscriptions/${subscriptionId}` })).endsAt
      const extended = (days: number): Body => ({ command: 'extend', subscriptionId, days, why })
      const ends: string[] = []
      const stays = async () => {
        expect(await operator.licence(buyer)).toMatch(/^licensed/)
        ends.push(await until())
        expect(new Set(ends).size).toBe(1)
      }
      return {
        ...{ body: extended(14), result: { subscriptionId }, seen: stays },
        later: {
          async next() {
            await operator.done(queue, extended(3))
            expect((await until()) < String(ends.pop())).toBe(true)
            ends.splice(0, ends.length, await until())
          },
          seen: stays,
        },
      }
    },
  },
]

/** A switch that refuses buyers. What is bought on a page that was open arrives all the same, at once or afterwards. */
const stopsBuying = (name: string, does: string, arrives: 'at once' | 'afterwards'): SwitchRow => ({
  ...{ name, does },
  async prepare(operator) {
    const buyer = somebody()
    let seller = ''
    const quantities = () =>
      operator.query('subscriptions', `SELECT VALUE c.quantity FROM c WHERE c.seller.subscription = '${seller}'`)
    const states = () =>
      operator.query('purchases', `SELECT VALUE c.state FROM c WHERE c.kind = 'event' AND c.about = 'test:${seller}'`)
    return {
      async isStopped(origin) {
        const { status, body } = await openCheckout(operator, buyer, origin)
        if (status !== 200) expect([status, body?.title]).toEqual([503, 'read_only'])
        return status !== 200
      },
      async goesOn(origin) {
        for (const path of ['/api/purchases/prices', '/api/licence']) await operator.asked(buyer, { path }, origin)
      },
      async meanwhile() {
        const { done } = await operator.control('stripe', 'act', { do: 'buy', with: [{ quantity: 2 }] })
        seller = done.id
        if (arrives === 'at once') return soon(quantities).toEqual([2])
        await soon(async () => new Set(await states())).toEqual(new Set(['waiting']))
        expect(await quantities()).toEqual([])
      },
      async afterwards() {
        operator.system.clock.advance(60_000)
        await soon(quantities).toEqual([2])
      },
    }
  },
})

const switches: SwitchRow[] = [
  stopsBuying('purchases', 'refuses buyers; what is bought already goes on arriving', 'at once'),
  stopsBuying('read_only', 'refuses buyers; what is bought meanwhile arrives afterwards', 'afterwards'),
]

/** The commands of purchase-webhooks. */
export const purchaseCommands: CommandTable = {
  ...{ queue, service: 'purchase-webhooks', switches },
  rows: [...reconciles, ...others],
  wrong: {
    help: {},
    reconcile: {
      subscriptionId: ['sub_1', 'not_a_subscription_id'],
      seller: ["sub_1' OR 1=1", 'not_an_id_of_the_seller', 'message: names_not_exactly_one'],
      all: [false, 'invalid_value'],
    },
    replay_event: { event: ['sub_1', 'not_an_event_id'] },
    extend: {
      subscriptionId: ['sub_1', 'not_a_subscription_id'],
      days: [91, 'too_big'],
      why: ['', 'too_small'],
    },
    stop: { switch: ['sending', 'invalid_value'], why: ['', 'too_small'] },
    go: { switch: [true, 'invalid_value'], why: [4711, 'wrong_type'] },
  },
}
