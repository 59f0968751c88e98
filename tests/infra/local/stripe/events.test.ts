import { eventTypes } from '@securemailmerge/shared/stripe/events'
import Stripe from 'stripe'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { day, hour, type Seller, startEndPoint, startSeller } from './seller.ts'

let seller: Seller
let answers: number[]
let endPoint: Awaited<ReturnType<typeof startEndPoint>>
beforeEach(async () => {
  seller = await startSeller()
  answers = []
  endPoint = await startEndPoint(seller.stripe, seller.now, () => answers.shift() ?? 200)
})
afterEach(async () => {
  endPoint.close()
  await seller.close()
})

const typesReceived = () => endPoint.received.map(({ type }) => type as string)
const arrives = () => expect.poll(() => seller.stripe.events.due, { timeout: 10_000 }).toBe(0)

describe('what is delivered', () => {
  it('each event, signed as of now, in the words of the version, pretty-printed', async () => {
    seller.act.listenAt(endPoint.url)
    const one = seller.act.buy({ metadata: { a: 'b' } })
    seller.stripe.tick()
    await arrives()
    expect(typesReceived().toSorted()).toEqual(
      seller
        .eventsOf()
        .map(({ type }) => type as string)
        .toSorted(),
    )
    const created = endPoint.received.find(({ type }) => type === 'customer.subscription.created')
    expect(created).toMatchObject({
      object: 'event',
      api_version: Stripe.API_VERSION,
      livemode: false,
      created: seller.atSecond(),
      request: { id: null, idempotency_key: null },
      data: { object: { id: one.id, status: 'incomplete', metadata: { a: 'b' } } },
    })
    expect(endPoint.bodies[0]).toBe(JSON.stringify(JSON.parse(String(endPoint.bodies[0])), null, 2))
  })

  it('what is not acknowledged comes again, later and later, for three days; the id stays', async () => {
    answers = Array(200).fill(500)
    seller.act.listenAt(endPoint.url)
    seller.act.emit({ type: 'made.up', data: { object: { id: 'x' } } })
    seller.stripe.tick()
    const seen: number[] = []
    for (let hours = 0; hours < 80; hours += 1) {
      await arrives()
      seen.push(endPoint.received.length)
      seller.passes(hour)
    }
    await arrives()
    expect(seller.stripe.events.pending).toBe(0)
    expect(new Set(endPoint.received.map(({ id }) => id)).size).toBe(1)
    expect(seen[70]).toBeGreaterThan(seen[20]!)
    expect(seen.at(-1)).toBe(seen[76])
  })

  it('refused once, it arrives with a fresh signature', async () => {
    answers = [500]
    seller.act.listenAt(endPoint.url)
    seller.act.emit({ type: 'made.up', data: { object: { id: 'x' } } })
    seller.stripe.tick()
    await arrives()
    expect(seller.stripe.events.pending).toBe(1)
    seller.passes(hour)
    await arrives()
    expect(endPoint.received.map(({ id }) => id)).toEqual([endPoint.received[0]?.id, endPoint.received[0]?.id])
    expect(seller.stripe.events.posted.map(({ status }) => status)).toEqual([500, 200])
  })

  it('twice, late, held, withheld', async () => {
    seller.act.listenAt(endPoint.url)
    seller.act.deliver({ double: true, withheld: ['kept.back'] })
    const emit = (type: string) => seller.act.emit({ type, data: { object: { id: 'x' } } })
    for (const type of ['a.a', 'kept.back']) emit(type)
    seller.stripe.tick()
    await arrives()
    expect(typesReceived()).toEqual(['a.a', 'a.a'])
    seller.act.deliver({ double: false, delayMs: 10 * hour })
    seller.stripe.events.random = () => 0.5
    emit('late')
    seller.passes(4 * hour)
    await arrives()
    expect(typesReceived()).toHaveLength(2)
    seller.passes(hour)
    await arrives()
    expect(typesReceived().at(-1)).toBe('late')
    seller.act.deliver({ delayMs: 0, hold: true })
    emit('held')
    seller.stripe.tick()
    expect(seller.stripe.events.pending).toBe(1)
    seller.act.deliver({ hold: false })
    seller.stripe.tick()
    await arrives()
    expect(typesReceived().at(-1)).toBe('held')
  })

  it('at most eight at a time', async () => {
    let [now, most] = [0, 0]
    const slow = await startEndPoint(seller.stripe, seller.now, async () => {
      now += 1
      most = Math.max(most, now)
      await new Promise((resolve) => setTimeout(resolve, 10))
      now -= 1
      return 200
    })
    seller.act.listenAt(slow.url)
    for (let many = 0; many < 40; many += 1) seller.act.emit({ type: 'a', data: { object: { id: 'x' } } })
    seller.stripe.tick()
    await expect.poll(() => slow.received.length).toBe(40)
    expect(most).toBe(8)
    slow.close()
  })
})

/** Types that no act and no passing of time brings about here; a test sends them by `emit`. */
const neverHere = ['invoice.payment_action_required', 'invoice.finalization_failed']

it('every type that we act on happens', async () => {
  const { act, client } = seller
  const page = async () =>
    (
      await client.checkout.sessions.create({
        mode: 'subscription',
        line_items: [{ price: act.priceOf('seat_monthly'), quantity: 1 }],
        success_url: 'http://localhost/',
      })
    ).id
  const [sepa, fails] = [await page(), await page()]
  await page()
  act.pay(sepa, { card: 'sepa' })
  act.pay(fails, { card: 'sepa_fails' })
  act.buy({ trialDays: 5 })
  act.buy({ daysUntilDue: 1 })
  const one = act.buy()
  act.pause(one.id)
  act.resume(one.id)
  act.setCard(one.customer, 'declines')
  const raise = () =>
    client.subscriptions.update(one.id, {
      items: [{ id: one.items.data[0].id, quantity: 9 }],
      proration_behavior: 'always_invoice',
      payment_behavior: 'pending_if_incomplete',
    })
  await raise()
  seller.passes(day)
  await raise()
  act.setCard(one.customer, 'good')
  act.payOpen(one.id)
  act.fraudWarning(seller.invoices(one)[0]!.id)
  act.refund(one.latest_invoice, { amount: 1, status: 'failed' })
  act.decide(act.dispute(one.latest_invoice).id, 'won')
  act.close(act.buy({ card: 'declines' }).latest_invoice, 'uncollectible')
  act.close(act.buy({ card: 'declines' }).latest_invoice, 'void')
  seller.passes(7 * day)
  act.deleteCustomer(one.customer)
  const made = new Set(seller.eventsOf().map(({ type }) => type))
  expect(Object.keys(eventTypes).filter((type) => !made.has(type))).toEqual(neverHere)
})

describe('money that goes back', () => {
  it('in parts, and no more than there was', () => {
    const one = seller.act.buy({ quantity: 1 })
    const [invoice] = seller.invoices(one)
    seller.act.refund(invoice!.id, { amount: 200 })
    const [charge] = seller.stripe.store.all('charge')
    expect(charge).toMatchObject({ amount: 1200, amount_refunded: 200, refunded: false })
    expect(() => seller.act.refund(invoice!.id, { amount: 1001 })).toThrow('1000 of the payment can be given back')
    seller.act.refundPeriod(one.id)
    expect(charge).toMatchObject({ amount_refunded: 1200, refunded: true })
    expect(one.status).toBe('active')
  })

  it('pending, then there, or back again', () => {
    const one = seller.act.buy()
    const [charge] = seller.stripe.store.all('charge')
    const { id } = seller.act.refund(one.latest_invoice, { status: 'pending' })
    expect(charge?.refunded).toBe(true)
    expect(seller.typesOf(() => seller.act.settleRefund(id, 'failed'))).toEqual(['refund.failed', 'refund.updated'])
    expect(charge).toMatchObject({ amount_refunded: 0, refunded: false })
  })
})
