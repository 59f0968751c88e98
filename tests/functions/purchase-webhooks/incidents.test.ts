import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { cast } from '../../../infra/local/identity/cast.ts'
import type { Thing } from '../../../infra/local/stripe/store.ts'
import { aMember } from '../../kit/people.ts'
import { type Shop, startShop } from '../../kit/shop.ts'

const hour = 3_600_000
const day = 24 * hour
let shop: Shop
beforeAll(async () => {
  shop = await startShop()
})
afterEach(() => {
  shop.stripe.faults.clear()
  shop.stripe.act.deliver({ withheld: [] })
})
afterAll(() => shop.close())

type Bought = Awaited<ReturnType<typeof bought>>
const aPerson = () => aMember(cast.olivia.tenantId, `person-${crypto.randomUUID()}@contoso.example`)
async function bought(owner = aPerson()) {
  const made = shop.made()
  const page = await shop.buy(owner)
  const params = { subscriptionId: page.subscriptionId }
  await shop.call('assign_seats', { as: owner, params, body: { addresses: [owner.mail] } })
  return { ...page, owner, params, made }
}
async function passes(ms = 0): Promise<Record<string, unknown>[]> {
  shop.advance(ms)
  await shop.delivered()
  return shop.settle()
}
const codeFor = async ({ owner }: Pick<Bought, 'owner'>) =>
  (await shop.call('look_up_licence', { as: owner })).json.code
/** Renews with a card that is refused. */
async function fails(one: Bought): Promise<void> {
  shop.stripe.act.setCard(one.customer, 'declines')
  await passes(31 * day + 2 * hour)
  expect(shop.stripe.store.must(one.id).status).toBe('past_due')
}
const invoicesOf = ({ id }: Bought) => shop.stripe.store.invoicesOf(id)

const w6: [string, () => Promise<void>][] = [
  [
    '`past_due` taken for cancelled: a paying customer keeps the licence while the card is tried again',
    async () => {
      const one = await bought()
      await fails(one)
      for (const days of [0, 4, 4, 4]) {
        await passes(days * day)
        expect(await shop.ours(one.id)).toMatchObject({ state: 'past_due' })
        expect(await codeFor(one)).toBe('licensed')
      }
      shop.stripe.act.setCard(one.customer, 'good')
      shop.stripe.act.payOpen(one.id)
      await passes()
      expect(await shop.ours(one.id)).toMatchObject({ state: 'active', pastDueSince: null })
    },
  ],
  [
    'the end of an old subscription, after its customer has bought again, takes nothing away',
    async () => {
      const owner = aPerson()
      const old = await bought(owner)
      const made = shop.made()
      shop.byHand()
      shop.stripe.act.cancelNow(old.id)
      shop.byHand(false)
      const next = await bought(owner)
      for (const event of shop.eventsSince(made)) expect(await shop.send(event)).toBe(200)
      await passes()
      expect(await shop.ours(old.id)).toMatchObject({ state: 'ended' })
      expect(await shop.ours(next.id)).toMatchObject({ state: 'active', assigned: 1 })
      expect(await codeFor(next)).toBe('licensed')
    },
  ],
  [
    'a failed read at the seller taken for "there is none": what is stored stays, and is looked at later',
    async () => {
      const one = await bought()
      const before = await shop.ours(one.id)
      for (const what of [{ status: 500 }, { status: 429 }, { status: 401 }, { drop: 'before' }] as const) {
        shop.stripe.act.change(one.id, {})
        await shop.delivered()
        shop.stripe.faults.add({ method: 'GET', path: 'subscriptions/', times: -1, do: what })
        expect(await shop.settle()).toContainEqual(expect.objectContaining({ event: 'put_off' }))
        expect(await shop.ours(one.id)).toEqual(before)
        shop.stripe.faults.clear()
      }
      await passes(2 * hour)
      expect(await shop.ours(one.id)).toMatchObject({ state: 'active' })
    },
  ],
  [
    'a failed read at the seller, then a second checkout: the same page, and one price paid',
    async () => {
      const owner = aPerson()
      const headers = { 'idempotency-key': crypto.randomUUID() }
      const first = await shop.open(owner, {}, headers)
      shop.stripe.faults.add({ times: -1, do: { status: 500 } })
      await expect(shop.open(owner, {}, headers)).rejects.toThrow(/503/)
      const shown = await shop.ask('show_intent', { as: owner, params: { intentId: first.intent } })
      expect(shown.status).toBe(503)
      shop.stripe.faults.clear()
      expect(await shop.open(owner, {}, headers)).toEqual(first)
    },
  ],
  [
    'a completed checkout whose debit is not there is no payment',
    async () => {
      const owner = aPerson()
      const { id } = await shop.buy(owner, {}, 'sepa')
      const [page] = shop.stripe.store.all('checkout.session').filter(({ subscription }) => subscription === id)
      expect(page).toMatchObject({ status: 'complete', payment_status: 'unpaid' })
      expect(await shop.ours(id)).toMatchObject({ state: 'payment_pending' })
      await passes(6 * day)
      expect(page).toMatchObject({ payment_status: 'paid' })
      expect(await shop.ours(id)).toMatchObject({ state: 'active' })
    },
  ],
  [
    'a lost dispute ends it, and it does not come back by itself',
    async () => {
      const one = await bought()
      const { id } = shop.stripe.act.dispute(String(invoicesOf(one)[0]?.id))
      shop.stripe.act.decide(id, 'lost')
      await passes()
      for (let days = 0; days < 3; days += 1) {
        await shop.walk()
        await passes(day)
        expect(await codeFor(one)).toBe('ended')
      }
    },
  ],
  [
    'month-old events, sent again, revive nothing',
    async () => {
      const one = await bought()
      const old = shop.eventsSince(one.made)
      expect(old.map(({ type }) => type)).toContain('checkout.session.completed')
      shop.stripe.act.cancelNow(one.id)
      await passes(31 * day)
      for (const event of old) {
        // As it was, and as the seller's dashboard sends it again: with another id.
        expect(await shop.send(event)).toBe(200)
        expect(await shop.send({ ...event, id: shop.stripe.store.newId('evt') })).toBe(200)
      }
      await passes()
      expect(await shop.ours(one.id)).toMatchObject({ state: 'ended' })
      expect(await codeFor(one)).toBe('ended')
    },
  ],
  [
    'an invoice says in the new place whose it is, or in the old one',
    async () => {
      const one = await bought()
      for (const [at, place] of [
        ['new', { parent: { type: 'subscription_details', subscription_details: { subscription: one.id } } }],
        ['old', { subscription: one.id }],
        ['old, in full', { subscription: { id: one.id, object: 'subscription' } }],
      ] as const) {
        shop.byHand()
        shop.stripe.act.setQuantity(one.id, at.length)
        const { id } = invoicesOf(one)[0] as Thing
        const event = shop.stripe.events.build('invoice.payment_failed', { id, object: 'invoice', ...place }, 0)
        expect(await shop.send(event)).toBe(200)
        await shop.settle()
        expect(await shop.ours(one.id), at).toMatchObject({ quantity: at.length })
      }
    },
  ],
  [
    'a checkout that expired changes nobody’s state',
    async () => {
      const owner = aPerson()
      const one = await bought(owner)
      const left = await shop.open(owner)
      const before = await shop.ours(one.id)
      const stored = shop.cosmos.items('purchases').length
      await passes(day)
      expect(shop.stripe.store.must(left.session)).toMatchObject({ status: 'expired' })
      expect(shop.stripe.events.posted.at(-1)).toMatchObject({ type: 'checkout.session.expired', status: 200 })
      expect(shop.cosmos.items('purchases')).toHaveLength(stored)
      expect(await shop.ours(one.id)).toEqual(before)
      const shown = await shop.ask('show_intent', { as: owner, params: { intentId: left.intent } })
      expect(shown.json).toMatchObject({ state: 'expired', subscription: null })
    },
  ],
]

describe('W-6 incidents of others, each of which cost a customer or the seller', () => {
  it.each(w6)('%s', (_, lives) => lives(), 30_000)
})
