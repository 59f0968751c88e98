import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { cast } from '../../../infra/local/identity/cast.ts'
import { aMember } from '../../kit/people.ts'
import { type Shop, startShop } from '../../kit/shop.ts'

type Bought = Awaited<ReturnType<Shop['buy']>>
const reseller = aMember(cast.rita.tenantId, 'reseller@northwind.example')
const client = aMember(cast.kim.tenantId, 'client@fabrikam.example')
const stranger = aMember(cast.fred.tenantId, 'stranger@fredfree.example')
let shop: Shop
let kept: Bought
let handedOver: Bought
beforeAll(async () => {
  shop = await startShop()
  kept = await shop.buy(reseller, { name: 'Kept' })
  handedOver = await shop.buy(reseller, { name: 'Handed over', quantity: 12 })
  const owner = { tenantId: client.tenantId, objectId: client.objectId }
  await shop.services.subscriptions.change(handedOver.subscriptionId, {
    change: { id: crypto.randomUUID(), fingerprint: '', at: shop.now(), by: { kind: 'operator' } },
    allow: () => {},
    seats: [],
    decide: ({ subscription }) => ({ answer: null, did: 'recovered', subscription: { ...subscription, owner } }),
  })
})
afterAll(() => shop.close())

const paramsOf = ({ subscriptionId }: Bought) => ({ subscriptionId })
/** The customer that a link to the seller's own page opens. */
const customerOf = (url: string) => shop.stripe.store.hiddenOf(String(url.split('/').at(-1))).customer
const seatLineOf = async ({ id }: Bought) => String((await shop.ours(id))?.seller?.item)
const invoicesOf = ({ customer }: Bought) =>
  shop.stripe.store.all('invoice').filter((invoice) => invoice.customer === customer)

describe('F14 two subscriptions of one buyer, one handed over', () => {
  it('have a customer each, though one person bought both with one address', () => {
    expect(kept.customer).not.toBe(handedOver.customer)
    const emails = [kept, handedOver].map(({ customer }) => shop.stripe.store.must(customer).email)
    expect(new Set(emails).size).toBe(1)
  })

  it.each(['payment_method', 'billing'])(
    'a link to %s opens the one customer, for whoever owns it now',
    async (what) => {
      const body = { what }
      const asked = (as: typeof client, one: Bought) => shop.ask('open_billing', { as, params: paramsOf(one), body })
      expect(customerOf((await asked(client, handedOver)).json.url)).toBe(handedOver.customer)
      expect(customerOf((await asked(reseller, kept)).json.url)).toBe(kept.customer)
      for (const [as, one] of [
        [client, kept],
        [reseller, handedOver],
        [stranger, kept],
        [stranger, handedOver],
      ] as const) {
        expect((await asked(as, one)).status).toBe(404)
      }
    },
  )

  it('the portal changes payment and address, ends with the period, and leaves seats to our page', () => {
    const [configuration, ...more] = shop.stripe.store.all('billing_portal.configuration')
    expect(more).toEqual([])
    expect(configuration?.features).toMatchObject({
      subscription_update: { enabled: 'false' },
      subscription_cancel: { enabled: 'true', mode: 'at_period_end' },
    })
  })

  it('invoices are those of the one customer', async () => {
    const list = (as: typeof client, one: Bought, query: Record<string, string> = {}) =>
      shop.ask('list_invoices', { as, params: paramsOf(one), query })
    const numbers = (got: Awaited<ReturnType<typeof list>>) =>
      got.json.invoices.map(({ number }: { number: string }) => number)
    expect(numbers(await list(client, handedOver))).toEqual(invoicesOf(handedOver).map(({ number }) => number))
    expect(numbers(await list(reseller, kept))).toEqual(invoicesOf(kept).map(({ number }) => number))
    expect((await list(client, kept)).status).toBe(404)
    expect((await list(reseller, handedOver)).status).toBe(404)
  })

  it('a page of invoices goes on from one of its own, and from no other', async () => {
    shop.stripe.act.setQuantity(handedOver.id, 13)
    await shop.services.seller.setQuantity(handedOver.id, await seatLineOf(handedOver), 14, 'up', crypto.randomUUID())
    const list = (next: string, more: object = {}) =>
      shop.ask('list_invoices', { as: client, params: paramsOf(handedOver), query: { next, ...more } })
    const own = await shop.ask('list_invoices', { as: client, params: paramsOf(handedOver), query: { limit: '1' } })
    const { searchParams } = new URL(own.json.next, 'http://localhost')
    const rest = await list(String(searchParams.get('next')), { limit: '1' })
    expect(rest).toMatchObject({ status: 200, json: { invoices: [expect.anything()], next: null } })
    const loose = shop.stripe.store.all('invoice').map(({ id }) => String(id))
    const foreign = loose.filter((id) => !shop.stripe.store.invoicesOf(handedOver.id).some((one) => one.id === id))
    expect(foreign.length).toBeGreaterThan(0)
    for (const next of [...foreign, 'in_1', `in_${'x'.repeat(24)}`]) {
      expect(await list(next)).toMatchObject({ status: 404, json: { title: 'not_found' } })
    }
  })

  it.each(['in_1', 'cus_1', 'sub_1', 'cs_test_1', "sub_' OR 1=1"])(
    'an id of the seller (%s) opens nothing',
    async (id) => {
      const params = { subscriptionId: id }
      for (const as of [client, reseller]) {
        expect((await shop.ask('list_invoices', { as, params })).status).toBeOneOf([400, 404])
        expect((await shop.ask('open_billing', { as, params, body: { what: 'billing' } })).status).toBeOneOf([400, 404])
      }
    },
  )

  it('nor do the real ids of a subscription at the seller', async () => {
    for (const id of [kept.id, kept.customer, kept.session, kept.intent]) {
      const params = { subscriptionId: id }
      expect((await shop.ask('list_invoices', { as: reseller, params })).status).toBeOneOf([400, 404])
    }
  })

  it('what happens to one customer wakes for one subscription, and leaves the other alone', async () => {
    const before = await shop.ours(kept.id)
    const made = shop.stripe.store.all('event').length
    shop.stripe.act.setCard(handedOver.customer, 'declines')
    shop.stripe.act.setQuantity(handedOver.id, 20)
    shop.stripe.act.refund(String(invoicesOf(handedOver)[0]?.id))
    await shop.delivered()
    await shop.settle()
    expect(shop.eventsSince(made).map(({ type }) => type)).toContain('charge.refunded')
    expect(await shop.ours(handedOver.id)).toMatchObject({ state: 'ended', quantity: 20 })
    expect(await shop.ours(kept.id)).toEqual(before)
  })

  it('the owner that was put in by a transfer stays, whatever the seller goes on saying (B4)', async () => {
    const { tenantId, objectId } = client
    shop.stripe.act.change(handedOver.id, {})
    await shop.delivered()
    await shop.settle()
    expect(await shop.ours(handedOver.id)).toMatchObject({ owner: { tenantId, objectId } })
  })

  it('no link is stored, and no link may be kept', async () => {
    const { headers } = await shop.ask('open_billing', {
      as: reseller,
      params: paramsOf(kept),
      body: { what: 'billing' },
    })
    expect(headers['cache-control']).toContain('no-store')
    for (const name of ['purchases', 'subscriptions', 'operations', 'directory'])
      expect(JSON.stringify(shop.cosmos.items(name))).not.toMatch(/https?:\/\//)
  })
})

describe('F14 somebody has joined two subscriptions under one customer at the seller', () => {
  // Calls of one person are limited by the minute.
  beforeEach(() => shop.advance(60_000))
  const link = (as: typeof client, one: Bought) =>
    shop.ask('open_billing', { as, params: paramsOf(one), body: { what: 'billing' } })

  it.each([
    ['of another owner', client],
    ['of the same owner', reseller],
  ])('and the other one is %s: no link, words, and a line for operators', async (_, other) => {
    const mine = await shop.buy(reseller, { name: 'Mine' })
    const theirs = await shop.buy(other, { name: 'Theirs' })
    expect((await link(reseller, mine)).status).toBe(200)
    shop.stripe.act.change(theirs.id, { customer: mine.customer })
    // Known at once, whether or not an event has come.
    for (let time = 0; time < 2; time += 1) {
      const refused = await link(reseller, mine)
      expect(refused).toMatchObject({
        status: 409,
        json: { title: 'not_purchased', detail: expect.stringMatching(/Write to us/) },
      })
      const lines = refused.lines.map((line) => JSON.parse(line))
      expect(lines).toContainEqual(
        expect.objectContaining({ event: 'customer_shared', subscriptionId: mine.subscriptionId }),
      )
      await shop.delivered()
      await shop.settle()
    }
    expect((await link(other, theirs)).status).toBe(409)
    shop.stripe.act.cancelNow(theirs.id)
    expect((await link(reseller, mine)).status).toBe(409)
  })

  it('and the other one was never seen here: no link', async () => {
    const mine = await shop.buy(reseller, { name: 'Mine' })
    shop.byHand()
    const { id } = shop.stripe.act.buy({ quantity: 1 })
    shop.stripe.act.change(id, { customer: mine.customer })
    expect((await link(reseller, mine)).status).toBe(409)
    shop.byHand(false)
  })

  it('and the other one is of something else that is sold there: its link shows nothing of ours to anybody else', async () => {
    const mine = await shop.buy(reseller, { name: 'Mine' })
    const { id } = shop.stripe.act.buy({ price: shop.stripe.act.priceOf('training'), quantity: 1 })
    shop.stripe.act.change(id, { customer: mine.customer })
    expect((await link(reseller, mine)).status).toBe(200)
  })
})
