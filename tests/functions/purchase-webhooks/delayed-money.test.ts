import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cast } from '../../../infra/local/identity/cast.ts'
import type { Thing } from '../../../infra/local/stripe/store.ts'
import type { Card } from '../../../infra/local/stripe/till.ts'
import { aMember } from '../../kit/people.ts'
import { type Shop, startShop } from '../../kit/shop.ts'

const hour = 3_600_000
const day = 24 * hour
let shop: Shop
beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.close())

type Bought = Awaited<ReturnType<typeof bought>>
async function bought(card: Card, wish: object = {}) {
  const owner = aMember(cast.olivia.tenantId, `debtor-${crypto.randomUUID()}@contoso.example`)
  const page = await shop.buy(owner, wish, card)
  return { ...page, owner, params: { subscriptionId: page.subscriptionId } }
}
const give = ({ owner, params }: Bought) =>
  shop.call('assign_seats', { as: owner, params, body: { addresses: [owner.mail] } })
const answerFor = async ({ owner }: Bought) => (await shop.call('look_up_licence', { as: owner })).json
async function passes(ms: number): Promise<void> {
  shop.advance(ms)
  await shop.delivered()
  await shop.settle()
}
const sellersStatus = ({ id }: Bought) => shop.stripe.store.must(id).status

describe('F38 a first payment by bank debit licenses when the money is there', () => {
  it('success: pending for five days, although the seller says active; then licensed', async () => {
    const one = await bought('sepa', { quantity: 500 })
    for (let days = 0; days < 5; days += 1) {
      expect(sellersStatus(one)).toBe('active')
      expect(await shop.ours(one.id)).toMatchObject({ state: 'payment_pending', quantity: 500 })
      expect((await give(one)).json.title).toBe('not_licensing')
      expect(await answerFor(one)).toMatchObject({ footer: true })
      await passes(day)
    }
    await passes(hour)
    expect((await give(one)).status).toBe(200)
    expect(await answerFor(one)).toMatchObject({ footer: false, code: 'licensed' })
  })

  it('failure: never licensed, and the page of a false account number gives nobody a fortnight', async () => {
    const one = await bought('sepa_fails', { quantity: 500 })
    for (let days = 0; days < 15; days += 1) {
      expect((await give(one)).json.title).toBe('not_licensing')
      expect(await answerFor(one)).toMatchObject({ footer: true })
      await passes(day)
    }
    expect(await shop.ours(one.id)).toMatchObject({ state: 'payment_pending', assigned: 0 })
  })

  it('failure, then paid by card: licensed from then on', async () => {
    const one = await bought('sepa_fails')
    await passes(6 * day)
    expect((await give(one)).json.title).toBe('not_licensing')
    shop.stripe.act.setCard(one.customer, 'good')
    shop.stripe.act.payOpen(one.id)
    await passes(0)
    expect((await give(one)).status).toBe(200)
    expect(await answerFor(one)).toMatchObject({ footer: false, code: 'licensed' })
  })

  it('success, then the payer’s bank takes it back: ended', async () => {
    const one = await bought('sepa')
    await passes(6 * day)
    expect((await give(one)).status).toBe(200)
    const [invoice] = shop.stripe.store.invoicesOf(one.id)
    const { id } = shop.stripe.act.dispute(String(invoice?.id))
    await passes(0)
    expect(await answerFor(one)).toMatchObject({ code: 'licensed' })
    shop.stripe.act.decide(id, 'lost')
    await passes(0)
    expect(await answerFor(one)).toMatchObject({ footer: true, code: 'ended' })
    expect(sellersStatus(one)).toBe('canceled')
  })

  it('a seat more, paid by card, does not pay for the first ones, and is not sold before them', async () => {
    const one = await bought('sepa')
    shop.stripe.act.setCard(one.customer, 'good')
    const body = { quantity: 6 }
    const raise = () => shop.ask('set_quantity', { as: one.owner, params: one.params, body })
    expect((await raise()).json.title).toBe('not_licensing')
    await passes(0)
    expect(await shop.ours(one.id)).toMatchObject({ state: 'payment_pending' })
    expect((await give(one)).json.title).toBe('not_licensing')
    const [first] = shop.stripe.store.invoicesOf(one.id)
    shop.stripe.act.settle(first as Thing, Math.floor(shop.now().getTime() / 1000))
    await passes(0)
    expect(await shop.ours(one.id)).toMatchObject({ state: 'active', quantity: 5 })
    expect((await raise()).json).toMatchObject({ state: 'active', quantity: 6 })
  })
})

describe('F38 a later payment that is on its way licenses as a debt does', () => {
  it.each([
    ['comes', 'sepa', 'active', 'licensed'],
    ['does not come', 'sepa_fails', 'past_due', 'licensed'],
  ] as const)('a renewal by bank debit that %s', async (_, card, state, code) => {
    const one = await bought('good')
    expect((await give(one)).status).toBe(200)
    shop.stripe.act.setCard(one.customer, card)
    await passes(31 * day + 2 * hour)
    expect(await shop.ours(one.id)).toMatchObject({ state: 'past_due' })
    expect(await answerFor(one)).toMatchObject({ footer: false, code: 'licensed' })
    await passes(6 * day)
    expect(await shop.ours(one.id)).toMatchObject({ state })
    expect(await answerFor(one)).toMatchObject({ footer: false, code })
  })

  it('a renewal whose debt is never paid licenses for a fortnight, by the clock alone', async () => {
    const one = await bought('good')
    await give(one)
    shop.stripe.act.setCard(one.customer, 'declines')
    await passes(31 * day + 2 * hour)
    const since = Date.parse(String((await shop.ours(one.id))?.pastDueSince))
    shop.byHand()
    shop.advance(since + 14 * day - 2_000 - shop.now().getTime())
    expect(await answerFor(one)).toMatchObject({ code: 'licensed' })
    shop.advance(2_000)
    expect(await answerFor(one)).toMatchObject({ footer: true, code: 'ended_unpaid' })
    shop.byHand(false)
  })
})

it('F38 an invoice within agreed terms licenses; overdue it is a debt like any other', async () => {
  const { id } = shop.stripe.act.buy({ quantity: 5, daysUntilDue: 14 })
  await passes(0)
  expect(await shop.ours(id)).toMatchObject({ state: 'active', why: 'invoice within its terms' })
  await passes(13 * day)
  expect(await shop.ours(id)).toMatchObject({ state: 'active' })
  await passes(2 * day)
  // A first one: nobody has ever paid for it.
  expect(await shop.ours(id)).toMatchObject({ state: 'payment_pending' })
  shop.stripe.act.payOpen(id)
  await passes(0)
  expect(await shop.ours(id)).toMatchObject({ state: 'active', why: 'paid' })
})
