import { aboutOf, purchasedId } from '@securemailmerge/shared/purchasing/event'
import { refresh } from '@securemailmerge/shared/purchasing/refresh'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { cast } from '../../../infra/local/identity/cast.ts'
import type { Thing } from '../../../infra/local/stripe/store.ts'
import { aMember } from '../../kit/people.ts'
import { type Shop, startShop } from '../../kit/shop.ts'

let shop: Shop
beforeAll(async () => {
  shop = await startShop()
})
afterEach(() => {
  shop.stripe.act.deliver({ withheld: [] })
})
afterAll(() => shop.close())

type Bought = Awaited<ReturnType<typeof bought>>
const aPerson = () => aMember(cast.olivia.tenantId, `person-${crypto.randomUUID()}@contoso.example`)
async function bought(owner = aPerson()) {
  const page = await shop.buy(owner)
  const params = { subscriptionId: page.subscriptionId }
  await shop.call('assign_seats', { as: owner, params, body: { addresses: [owner.mail] } })
  return { ...page, owner, params }
}
async function arrives(): Promise<void> {
  await shop.delivered()
  await shop.settle()
}
const codeFor = async ({ owner }: Pick<Bought, 'owner'>) =>
  (await shop.call('look_up_licence', { as: owner })).json.code

const w7: [string, () => Promise<void>][] = [
  [
    'cancelled under another key than it was stored under: each end finds the one item there is',
    async () => {
      const all = [await bought(), await bought(), await bought()]
      const ends: ((one: Bought) => void)[] = [
        ({ id }) => shop.stripe.act.cancelNow(id),
        ({ customer }) => shop.stripe.act.deleteCustomer(customer),
        ({ id }) => void shop.stripe.act.refund(String(shop.stripe.store.invoicesOf(id)[0]?.id)),
      ]
      for (const [index, end] of ends.entries()) {
        const one = all[index] as Bought
        end(one)
        await arrives()
        expect(await shop.ours(one.id)).toMatchObject({ state: 'ended', subscriptionId: one.subscriptionId })
        expect(await codeFor(one)).toBe('ended')
      }
      const ids = shop.cosmos
        .items('subscriptions')
        .filter(({ kind }) => kind === 'subscription')
        .map(({ subscriptionId }) => subscriptionId)
      expect(new Set(ids).size).toBe(ids.length)
    },
  ],
  [
    'an end that is seen before anything else of it',
    async () => {
      shop.byHand()
      const from = shop.made()
      const { id } = shop.stripe.act.buy()
      shop.stripe.act.cancelNow(id)
      const end = shop.eventsSince(from).find(({ type }) => type === 'customer.subscription.deleted')
      expect(await shop.send(end as Thing)).toBe(200)
      await shop.settle()
      expect(await shop.ours(id)).toMatchObject({ state: 'ended', subscriptionId: purchasedId('test', id) })
    },
  ],
  [
    'names put together into a question: no id that carries one is asked about',
    async () => {
      const { id } = await bought()
      const before = shop.cosmos.items('purchases').length
      for (const bad of [
        `${id}' or 1=1 --`,
        `${id}") or ("a"="a`,
        `x' or about ge '`,
        `../${id}`,
        `${id}\u0000`,
        '%27',
        "sub_'",
        '',
      ]) {
        const event = shop.stripe.events.build('customer.subscription.updated', { id: bad, object: 'subscription' }, 0)
        expect(await shop.send(event)).toBe(200)
        expect(
          await shop.send({ ...shop.stripe.events.build('customer.subscription.updated', { id }, 0), id: bad }),
        ).toBe(200)
        const lines = await shop.apply({ about: `test:${bad}` })
        expect(lines.join()).toContain('parked')
        const [told] = await shop.command({ command: 'replay_event', event: bad })
        expect(told).toMatchObject({ event: 'parked' })
      }
      expect(shop.cosmos.items('purchases')).toHaveLength(before)
    },
  ],
  [
    'names that look like questions: they are kept as they are, and find only themselves',
    async () => {
      const owner = aPerson()
      const name = `Contoso' OR c.kind = 'intent' --`
      const reference = `"; DROP TABLE c; @id`
      const one = await shop.buy(owner, { name, reference })
      expect(await shop.ours(one.id)).toMatchObject({ name, reference, owner: { objectId: owner.objectId } })
      const { json } = await shop.call('list_subscriptions', { as: owner })
      expect(json.subscriptions).toHaveLength(1)
    },
  ],
  [
    'events that nobody has signed, or somebody else has: refused, and nothing happens',
    async () => {
      const one = await bought()
      const before = await shop.ours(one.id)
      const stored = shop.cosmos.items('purchases').length
      const body = JSON.stringify(shop.stripe.events.build('customer.subscription.deleted', { id: one.id }, 0))
      const { header } = shop.stripe.events.signed(body, `whsec_${'x'.repeat(40)}`)
      const other = shop.stripe.events.signed('{}').header
      for (const headers of [
        {},
        { 'stripe-signature': '' },
        { 'stripe-signature': header },
        { 'stripe-signature': other },
      ])
        expect((await shop.post(body, headers as Record<string, string>)).status).toBe(400)
      expect(shop.cosmos.items('purchases')).toHaveLength(stored)
      await shop.settle()
      expect(await shop.ours(one.id)).toEqual(before)
    },
  ],
]

describe('W-7 incidents on the same platform as ours', () => {
  it.each(w7)('%s', (_, lives) => lives(), 30_000)

  it('a wake about somebody the seller does not have is settled as such, once', async () => {
    const id = 'sub_ofnobody0000000000000000'
    await shop.send(shop.stripe.events.build('customer.subscription.updated', { id, object: 'subscription' }, 0))
    expect(await shop.look({ id })).toEqual([expect.stringContaining('"outcome":"gone"')])
    expect(await refresh(shop.services, id)).toBe('gone')
    expect(shop.cosmos.items('purchases', aboutOf('test', id))).toEqual([
      expect.objectContaining({ state: 'ignored', why: 'the seller has no such subscription' }),
    ])
  })
})
