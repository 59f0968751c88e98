import { stripeClient } from '@securemailmerge/shared/stripe/client'
import type Stripe from 'stripe'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { cast } from '../../../infra/local/identity/cast.ts'
import type { Thing } from '../../../infra/local/stripe/store.ts'
import type { Card } from '../../../infra/local/stripe/till.ts'
import { aMember } from '../../kit/people.ts'
import { type Shop, startShop } from '../../kit/shop.ts'

const hour = 3_600_000
const day = 24 * hour
const month = 31 * day + 2 * hour
let shop: Shop
let stripe: Stripe
beforeAll(async () => {
  shop = await startShop()
  stripe = stripeClient({ key: shop.stripe.key, api: new URL(shop.stripe.origin) })
})
afterEach(() => {
  shop.byHand(false)
  shop.stripe.till.afterLastTry = 'canceled'
})
afterAll(() => shop.close())

interface Bought {
  id: string
  customer: string
  owner: ReturnType<typeof aBuyer>
  params: { subscriptionId: string }
}
const aBuyer = () => aMember(cast.olivia.tenantId, `debtor-${crypto.randomUUID()}@contoso.example`)

/** Bought by somebody who holds a seat of it, once it licenses. */
async function bought(wish: object = {}, card: Card = 'good'): Promise<Bought> {
  const owner = aBuyer()
  const page = await shop.buy(owner, wish, card)
  const one = { ...page, owner, params: { subscriptionId: page.subscriptionId } }
  await give(one)
  return one
}

/** The same, sold by hand, to be paid by invoice within 14 days; the first one is paid. */
async function invoiced(): Promise<Bought> {
  const owner = aBuyer()
  const { id, customer } = shop.stripe.act.buy({ quantity: 5, daysUntilDue: 14 })
  shop.stripe.act.payOpen(id)
  await passes(0)
  const subscriptionId = String((await shop.ours(id))?.subscriptionId)
  const command = {
    command: 'recover_owner',
    subscriptionId,
    owner: { tenantId: owner.tenantId, objectId: owner.objectId },
    why: 'sold by hand',
  }
  await shop.deliver('seat-assignment-commands', command)
  const one = { id, customer: String(customer), owner, params: { subscriptionId } }
  await give(one)
  return one
}
const give = ({ owner, params }: Bought) =>
  shop.call('assign_seats', { as: owner, params, body: { addresses: [owner.mail] } })
const answerFor = async ({ owner }: Bought) => (await shop.call('look_up_licence', { as: owner })).json
const setQuantity = ({ owner, params }: Bought, quantity: number) =>
  shop.ask('set_quantity', { as: owner, params, body: { quantity } })

async function passes(ms: number): Promise<void> {
  shop.advance(ms)
  await shop.delivered()
  await shop.settle()
}
const told = ({ id }: Bought): Thing => shop.stripe.store.must(id)
const invoices = ({ id }: Bought): Thing[] => shop.stripe.store.invoicesOf(id)
const invoice = (one: Bought, index: number): Thing => invoices(one).at(index) as Thing
const fails = ({ customer }: Bought) => shop.stripe.act.setCard(customer, 'declines')
const mends = ({ customer }: Bought) => shop.stripe.act.setCard(customer, 'good')
/** Somebody at the seller adds licences, with an invoice for them. */
const addByHand = (one: Bought, quantity: number) =>
  stripe.subscriptions.update(one.id, {
    items: [{ id: told(one).items.data[0].id, quantity }],
    proration_behavior: 'always_invoice',
  })
const loses = ({ id }: Thing) => shop.stripe.act.decide(shop.stripe.act.dispute(id).id, 'lost')
const refunds = ({ id }: Thing, how: { amount?: number } = {}) => void shop.stripe.act.refund(id, how)
const everyWayBack: [string, (invoice: Thing) => void, string][] = [
  ['a lost dispute', loses, 'lost dispute'],
  ['a full refund', refunds, 'refunded in full'],
]

async function expectEnded(one: Bought, why: string): Promise<void> {
  expect(await shop.ours(one.id)).toMatchObject({ state: 'ended', why })
  expect(told(one)).toMatchObject({ status: 'canceled' })
  expect(await answerFor(one)).toMatchObject({ footer: true, code: 'ended' })
}
async function walked(): Promise<void> {
  await shop.walk()
  await shop.settle()
}
async function expectLicensed(one: Bought): Promise<void> {
  await walked()
  expect(await shop.ours(one.id)).toMatchObject({ state: 'active', why: 'paid' })
  expect(told(one)).toMatchObject({ status: 'active' })
  expect(await answerFor(one)).toMatchObject({ footer: false, code: 'licensed' })
}

describe('an older invoice that nobody has paid', () => {
  it('is not paid by a few more licences: 14 days from its failure, whatever came later', async () => {
    const one = await bought({ quantity: 100 })
    fails(one)
    await passes(month)
    const { pastDueSince } = (await shop.ours(one.id)) ?? {}
    mends(one)
    await addByHand(one, 101)
    fails(one)
    await passes(day)
    expect(told(one)).toMatchObject({ status: 'active' })
    expect(invoices(one).map(({ status }) => status)).toEqual(['paid', 'open', 'paid'])
    expect(await shop.ours(one.id)).toMatchObject({ state: 'past_due', why: 'renewal not paid yet', pastDueSince })
    expect(await answerFor(one)).toMatchObject({ code: 'licensed' })
    shop.advance(Date.parse(String(pastDueSince)) + 14 * day - shop.now().getTime())
    expect(await answerFor(one)).toMatchObject({ footer: true, code: 'ended_unpaid' })
    mends(one)
    shop.stripe.act.payOpen(one.id)
    await passes(0)
    await expectLicensed(one)
  })

  it('is not paid by the next renewal', async () => {
    shop.stripe.till.afterLastTry = 'past_due'
    const one = await bought()
    fails(one)
    await passes(month)
    await passes(16 * day)
    mends(one)
    await passes(16 * day)
    expect(told(one)).toMatchObject({ status: 'active' })
    expect(invoices(one).map(({ status }) => status)).toEqual(['paid', 'open', 'paid'])
    expect(await shop.ours(one.id)).toMatchObject({ state: 'past_due' })
    expect(await answerFor(one)).toMatchObject({ footer: true, code: 'ended_unpaid' })
    shop.stripe.act.payOpen(one.id)
    await passes(0)
    await expectLicensed(one)
  })

  it('given up it stays owed; voided it is forgiven', async () => {
    const one = await bought()
    fails(one)
    await passes(month)
    shop.stripe.act.close(invoice(one, -1).id, 'uncollectible')
    mends(one)
    await passes(month)
    expect(invoices(one).map(({ status }) => status)).toEqual(['paid', 'uncollectible', 'paid'])
    expect(await shop.ours(one.id)).toMatchObject({ state: 'past_due' })
    expect(await answerFor(one)).toMatchObject({ footer: true, code: 'ended_unpaid' })
    shop.stripe.act.close(invoice(one, 1).id, 'void')
    await passes(0)
    await expectLicensed(one)
  })

  it('the first one: never licensed, though renewals were paid, from a credit for what was never paid', async () => {
    const one = await bought({ quantity: 500 }, 'sepa_fails')
    expect((await setQuantity(one, 1)).status).toBe(200)
    await passes(6 * day)
    await passes(month)
    expect(invoices(one)).toMatchObject([
      { status: 'open', billing_reason: 'subscription_create' },
      { status: 'paid', billing_reason: 'subscription_cycle', amount_paid: 0 },
    ])
    mends(one)
    await addByHand(one, 400)
    await passes(0)
    expect(told(one).items.data[0].quantity).toBe(400)
    expect(await shop.ours(one.id)).toMatchObject({ state: 'payment_pending' })
    expect((await give(one)).json.title).toBe('not_licensing')
    expect(await answerFor(one)).toMatchObject({ footer: true })
  })

  it('sent and overdue, then more licences on another invoice: 14 days from its due day', async () => {
    const one = await invoiced()
    await passes(month)
    expect(await shop.ours(one.id)).toMatchObject({ state: 'active', why: 'invoice within its terms' })
    await passes(14 * day)
    const { pastDueSince } = (await shop.ours(one.id)) ?? {}
    expect(pastDueSince).toBe(new Date(invoice(one, -1).due_date * 1000).toISOString())
    await addByHand(one, 6)
    await passes(0)
    expect(invoices(one).map(({ status }) => status)).toEqual(['paid', 'open', 'open'])
    expect(await shop.ours(one.id)).toMatchObject({ state: 'past_due', pastDueSince })
    await passes(14 * day)
    expect(await answerFor(one)).toMatchObject({ footer: true, code: 'ended_unpaid' })
  })
})

it('an older debt is found by the walk when no event of it comes, and once', async () => {
  const one = await bought()
  shop.byHand()
  fails(one)
  shop.advance(month)
  mends(one)
  await addByHand(one, 6)
  expect(await answerFor(one)).toMatchObject({ code: 'licensed' })
  await walked()
  expect(await shop.ours(one.id)).toMatchObject({ state: 'past_due', quantity: 6 })
  const [line] = await shop.walk()
  expect(line).toMatchObject({ event: 'purchases_walked', mended: 0 })
})

describe('the invoice that began the period, behind many others', () => {
  const MANY = 125
  async function withMany(card: Card): Promise<Bought> {
    const one = await bought({ quantity: 20, interval: 'yearly' }, card)
    shop.byHand()
    mends(one)
    for (let more = 1; more <= MANY; more += 1) await addByHand(one, 20 + more)
    return one
  }

  it('a lost dispute about it is seen', async () => {
    const one = await withMany('good')
    await walked()
    expect(await shop.ours(one.id)).toMatchObject({ state: 'active', quantity: 20 + MANY })
    loses(invoice(one, 0))
    await walked()
    shop.byHand(false)
    await expectEnded(one, 'lost dispute')
  }, 60_000)

  it('unpaid it is seen', async () => {
    const one = await withMany('sepa_fails')
    await walked()
    expect(told(one)).toMatchObject({ status: 'active' })
    expect(await shop.ours(one.id)).toMatchObject({ state: 'payment_pending', quantity: 20 + MANY })
    expect((await give(one)).json.title).toBe('not_licensing')
  }, 60_000)

  it('nowhere: nobody knows whether it is paid; what was known stays, and somebody is called', async () => {
    const one = await bought()
    for (const each of invoices(one)) each.billing_reason = 'manual'
    shop.stripe.act.change(one.id, {})
    await shop.delivered()
    expect(await shop.settle()).toContainEqual(
      expect.objectContaining({ event: 'parked', reason: 'unknown state at the seller' }),
    )
    expect(await shop.ours(one.id)).toMatchObject({ state: 'active', why: 'paid' })
  })
})

describe('money for added licences goes back', () => {
  async function withMore(): Promise<Bought> {
    const one = await bought({ quantity: 1 })
    expect((await setQuantity(one, 50)).json).toMatchObject({ quantity: 50 })
    return one
  }

  it.each(everyWayBack)('%s since the period began: all of it is over', async (_, goesBack, why) => {
    const one = await withMore()
    goesBack(invoice(one, -1))
    await passes(0)
    await expectEnded(one, why)
  })

  it('a part of it: nothing', async () => {
    const one = await withMore()
    refunds(invoice(one, -1), { amount: invoice(one, -1).amount_paid - 1 })
    await passes(0)
    await expectLicensed(one)
  })

  it.each(everyWayBack)('%s, of an earlier period: nothing', async (_, goesBack) => {
    const one = await withMore()
    await passes(month)
    goesBack(invoice(one, 1))
    await passes(0)
    await expectLicensed(one)
  })
})

describe('money goes back that had become a credit', () => {
  it.each(everyWayBack)('%s, after the credit has paid for a renewal', async (_, goesBack, why) => {
    const one = await bought({ quantity: 500 })
    expect((await setQuantity(one, 1)).status).toBe(200)
    for (let months = 0; months < 3; months += 1) await passes(month)
    expect(invoices(one).map(({ amount_paid }) => amount_paid > 0)).toEqual([true, false, false, false])
    await expectLicensed(one)
    goesBack(invoice(one, 0))
    await passes(0)
    await expectEnded(one, why)
  })

  it('after it has paid a part of one', async () => {
    const one = await bought({ quantity: 500 })
    await setQuantity(one, 300)
    await passes(month)
    expect(invoice(one, -1)).toMatchObject({ status: 'paid' })
    expect(invoice(one, -1).amount_paid).toBeGreaterThan(0)
    loses(invoice(one, 0))
    await passes(0)
    await expectEnded(one, 'lost dispute')
  })

  it('of what was added meanwhile, whose money the credit is as well', async () => {
    const one = await bought({ quantity: 10 })
    await setQuantity(one, 500)
    await setQuantity(one, 10)
    await passes(month)
    loses(invoice(one, 1))
    await passes(0)
    await expectEnded(one, 'lost dispute')
  })

  it('when a later renewal was paid by money alone: nothing', async () => {
    const one = await bought({ quantity: 10 })
    await setQuantity(one, 9)
    await passes(month)
    await passes(month)
    expect(invoice(one, -1)).toMatchObject({ status: 'paid', starting_balance: 0, amount_paid: 9 * 1200 })
    loses(invoice(one, 0))
    await passes(0)
    await expectLicensed(one)
  })
})

describe('more licences', () => {
  it('that the card does not pay leave what is paid as it is', async () => {
    const one = await bought({ quantity: 5 })
    fails(one)
    expect((await setQuantity(one, 6)).json).toMatchObject({ state: 'active', quantity: 5 })
    await passes(0)
    expect(invoice(one, -1)).toMatchObject({ billing_reason: 'subscription_update', status: 'open' })
    await expectLicensed(one)
    await passes(2 * day)
    expect(invoice(one, -1)).toMatchObject({ status: 'void' })
    await expectLicensed(one)
  })

  const late: [string, () => Promise<Bought>][] = [
    ['bank debit', () => bought({ quantity: 5 }, 'sepa')],
    ['an invoice that is sent', invoiced],
  ]
  it.each(late)('by %s are refused: they would count before their money', async (_, begin) => {
    const one = await begin()
    await passes(6 * day)
    const { status, json } = await setQuantity(one, 6)
    expect({ status, title: json.title }).toEqual({ status: 402, title: 'payment_failed' })
    expect(json.detail).toMatch(/paid at once/)
    await passes(0)
    expect(invoices(one)).toHaveLength(1)
    expect(told(one).items.data[0].quantity).toBe(5)
    expect(await shop.ours(one.id)).toMatchObject({ state: 'active', quantity: 5 })
    // Fewer are credited, by whatever it is paid; and a card pays at once.
    expect((await setQuantity(one, 4)).json).toMatchObject({ quantity: 4 })
  })

  it('by card, once it takes the place of a debit', async () => {
    const one = await bought({ quantity: 5 }, 'sepa')
    await passes(6 * day)
    expect((await setQuantity(one, 6)).status).toBe(402)
    mends(one)
    expect((await setQuantity(one, 6)).json).toMatchObject({ quantity: 6 })
  })
})

describe('a checkout that is opened again', () => {
  const body = { name: 'Contoso', quantity: 5, interval: 'monthly' }
  const opener = () => {
    const as = aBuyer()
    const key = crypto.randomUUID()
    return (language: string) =>
      shop.ask('open_checkout', { as, body, headers: { 'idempotency-key': key, 'accept-language': language } })
  }

  it('in another language: the same page', async () => {
    const open = opener()
    const first = await open('en')
    expect(first.status).toBe(200)
    expect((await open('fr')).json).toEqual(first.json)
  })

  it('in another language, when the first answer was lost before we had it: the same page', async () => {
    const open = opener()
    shop.stripe.faults.add({ method: 'POST', path: 'checkout', times: 2, do: { drop: 'after' } })
    expect((await open('en')).status).toBe(503)
    const before = shop.stripe.store.all('checkout.session')
    expect((await open('fr')).status).toBe(200)
    expect(shop.stripe.store.all('checkout.session')).toEqual(before)
    expect(before.at(-1)).toMatchObject({ locale: 'en' })
  })

  it.each([
    ['while the page lives', 22 * hour, 200],
    ['after it', 23 * hour, 422],
    ['a day later, when the seller has forgotten the key', 25 * hour, 422],
  ])('%s', async (_, ms, status) => {
    const open = opener()
    await open('en')
    shop.advance(ms)
    const answer = await open('en')
    expect(answer.status).toBe(status)
    if (status !== 200) expect(answer.json.title).toBe('idempotency_mismatch')
  })

  it('too late for a page that the seller has never opened', async () => {
    const open = opener()
    shop.stripe.faults.add({ method: 'POST', path: 'checkout', times: 2, do: { drop: 'before' } })
    expect((await open('en')).status).toBe(503)
    shop.advance(22.6 * hour)
    expect((await open('en')).json.title).toBe('idempotency_mismatch')
  })

  it('once it is paid: there is nothing to open', async () => {
    const open = opener()
    const { json } = await open('en')
    shop.stripe.act.pay(String(json.url).split('/').at(-1) ?? '')
    expect((await open('en')).json.title).toBe('idempotency_mismatch')
  })

  it('the seller refuses another order under a key: said as that', async () => {
    const at = {
      paid: 'http://localhost/p',
      left: 'http://localhost/',
      expiresAt: new Date(shop.now().getTime() + hour),
    }
    const order = { intent: 'intent_x', quantity: 5, interval: 'monthly', language: 'en', note: 'x', ...at } as const
    const { id } = await shop.services.checkout.open(order)
    expect((await shop.services.checkout.open(order)).id).toBe(id)
    const other = shop.services.checkout.open({ ...order, note: 'y' })
    await expect(other).rejects.toMatchObject({ name: 'Refusal', code: 'idempotency_mismatch' })
  })

  it('sells at a new price within a minute, and at the old one no longer', async () => {
    const priceOf = async () => {
      const { session } = await shop.open(aBuyer())
      return (shop.stripe.store.hiddenOf(session).items as { price: string }[])[0]?.price
    }
    const old = shop.stripe.store.must(shop.stripe.act.priceOf('seat_monthly'))
    expect(await priceOf()).toBe(old.id)
    const next = shop.stripe.store.put({ ...old, id: shop.stripe.store.newId('price') })
    Object.assign(old, { lookup_key: null, active: false })
    shop.advance(60_000)
    expect(await priceOf()).toBe(next.id)
  })
})
