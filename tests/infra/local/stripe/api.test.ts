import { request } from 'node:http'
import Stripe from 'stripe'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { clientOf, day, type Seller, startSeller } from './seller.ts'

let seller: Seller
beforeEach(async () => {
  seller = await startSeller()
})
afterEach(() => seller.close())

const raw = (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) =>
  fetch(`${seller.stripe.origin}/v1/${path}`, {
    ...init,
    headers: {
      Authorization: `Bearer ${seller.stripe.key}`,
      'Stripe-Version': Stripe.API_VERSION,
      'Content-Type': 'application/x-www-form-urlencoded',
      ...headers,
    },
  })
const portal = (metadata: Record<string, string>, idempotencyKey: string) =>
  seller.client.billingPortal.configurations.create({ features: {}, metadata }, { idempotencyKey })

describe('who may ask, and how', () => {
  it('another key, another version, an unknown call or parameter: refused by name', async () => {
    await expect(clientOf(seller.stripe, 'rk_test_other').prices.list()).rejects.toMatchObject({ statusCode: 401 })
    const old = await raw('prices', { 'Stripe-Version': '2020-08-27' })
    expect(old.status).toBe(400)
    expect(await old.json()).toMatchObject({ error: { message: expect.stringContaining(Stripe.API_VERSION) } })
    await expect(seller.client.coupons.list()).rejects.toMatchObject({
      statusCode: 404,
      message: expect.stringContaining('GET /v1/coupons'),
    })
    await expect(seller.client.prices.list({ currency: 'eur' })).rejects.toMatchObject({
      code: 'parameter_unknown',
      param: 'currency',
    })
    await expect(seller.client.subscriptions.retrieve('sub_none')).rejects.toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
    })
  })

  it('every answer has a Request-Id, refusals too', async () => {
    const { lastResponse } = await seller.client.prices.list()
    expect(lastResponse.requestId).toMatch(/^req_/)
    await expect(seller.client.prices.retrieve('price_none')).rejects.toMatchObject({
      requestId: expect.stringMatching(/^req_/),
    })
  })

  it('too many in a second of the clock: 429 with the code, until the next second', async () => {
    const slow = await startSeller(undefined, { rateLimit: 3 })
    const ask = () => slow.client.prices.list()
    for (let call = 0; call < 3; call += 1) await ask()
    await expect(ask()).rejects.toMatchObject({
      statusCode: 429,
      code: 'rate_limit',
      type: 'StripeRateLimitError',
      rawType: 'invalid_request_error',
    })
    expect(slow.stripe.refused()).toBe(1)
    slow.passes(1000)
    expect((await ask()).data).toHaveLength(3)
    await slow.close()
  })
})

describe('lists', () => {
  it('the newest first, by pages, each once, even when one of them has changed meanwhile', async () => {
    const bought = Array.from({ length: 7 }, () => {
      seller.passes(1000)
      return seller.act.buy().id
    })
    const first = await seller.client.subscriptions.list({ limit: 3 })
    expect(first).toMatchObject({ has_more: true, url: '/v1/subscriptions' })
    const last = first.data.at(-1)!.id
    seller.act.cancelNow(last)
    const rest = await seller.client.subscriptions.list({ limit: 100, starting_after: last })
    expect(rest.has_more).toBe(false)
    expect([...first.data, ...rest.data].map(({ id }) => id)).toEqual(bought.toReversed())
    const exactly = await seller.client.subscriptions.list({ limit: 7, status: 'all' })
    expect(exactly.has_more).toBe(false)
  })

  it.each([
    [{ gt: 2 }, [4, 3]],
    [{ gte: 2 }, [4, 3, 2]],
    [{ lt: 2 }, [1]],
    [{ lte: 2 }, [2, 1]],
    [{ gte: 2, lt: 4 }, [3, 2]],
    [3, [3]],
  ])('made within %j', async (wish, found) => {
    const begin = seller.atSecond()
    for (let second = 1; second <= 4; second += 1) {
      seller.passes(1000)
      seller.act.buy()
    }
    const created =
      typeof wish === 'number'
        ? begin + wish
        : Object.fromEntries(Object.entries(wish).map(([name, at]) => [name, begin + at]))
    const { data } = await seller.client.subscriptions.list({ created })
    expect(data.map((one) => one.created - begin)).toEqual(found)
  })

  it('by status: all, ended, one; without a word not those that were cancelled', async () => {
    const [active, gone] = [seller.act.buy(), seller.act.buy()]
    seller.act.cancelNow(gone.id)
    const ids = async (status?: 'all' | 'ended' | 'canceled' | 'active') =>
      (await seller.client.subscriptions.list(status ? { status } : {})).data.map(({ id }) => id)
    expect(await ids()).toEqual([active.id])
    expect(await ids('all')).toEqual([gone.id, active.id])
    expect(await ids('ended')).toEqual([gone.id])
    expect(await ids('active')).toEqual([active.id])
  })

  it('limits out of bounds and unknown cursors are refused', async () => {
    for (const limit of [0, 101, 1.5])
      await expect(seller.client.prices.list({ limit })).rejects.toMatchObject({ code: 'parameter_invalid_integer' })
    await expect(seller.client.prices.list({ starting_after: 'price_none' })).rejects.toMatchObject({
      code: 'resource_missing',
      param: 'starting_after',
    })
  })

  it('the way from an intent to its subscription, and from an invoice to its charge', async () => {
    const one = seller.act.buy()
    seller.act.buy()
    const expand = ['data.payment.payment_intent.latest_charge', 'data.payment.charge']
    const { data } = await seller.client.invoicePayments.list({ invoice: one.latest_invoice, expand })
    expect(data).toMatchObject([{ status: 'paid', payment: { payment_intent: { latest_charge: { paid: true } } } }])
    const intent = seller.stripe.store.hiddenOf(one.latest_invoice).intent as string
    const back = await seller.client.invoicePayments.list({
      payment: { type: 'payment_intent', payment_intent: intent },
    })
    expect(back.data).toMatchObject([{ invoice: one.latest_invoice }])
    const none = { type: 'payment_intent', payment_intent: 'pi_none' } as const
    expect((await seller.client.invoicePayments.list({ payment: none })).data).toEqual([])
  })

  it('expands what was asked for, four levels deep, and refuses what cannot be', async () => {
    const one = seller.act.buy()
    const told = await seller.client.subscriptions.retrieve(one.id, { expand: ['latest_invoice', 'customer'] })
    expect(told).toMatchObject({ latest_invoice: { status: 'paid' }, customer: { id: one.customer } })
    for (const expand of [['items'], ['nothing'], ['latest_invoice.a.b.c.d'], ['status']])
      await expect(seller.client.subscriptions.retrieve(one.id, { expand })).rejects.toMatchObject({ statusCode: 400 })
  })

  it('a deleted customer is a stub wherever it is told, and its subscriptions are still listed', async () => {
    const one = seller.act.buy()
    seller.act.deleteCustomer(one.customer)
    const stub = { id: one.customer, object: 'customer', deleted: true }
    expect(await seller.client.customers.retrieve(one.customer)).toEqual(stub)
    const told = await seller.client.subscriptions.retrieve(one.id, { expand: ['customer'] })
    expect(told).toMatchObject({ status: 'canceled', customer: stub })
    expect((await seller.client.subscriptions.list({ customer: one.customer, status: 'all' })).data).toHaveLength(1)
    const open = seller.client.billingPortal.sessions.create({ customer: one.customer })
    await expect(open).rejects.toMatchObject({ code: 'resource_missing' })
  })

  it('events are told for thirty days', async () => {
    seller.act.buy()
    const [event] = (await seller.client.events.list({ type: 'customer.created' })).data
    expect(await seller.client.events.retrieve(event!.id)).toMatchObject({ id: event!.id })
    seller.passes(30 * day)
    await expect(seller.client.events.retrieve(event!.id)).rejects.toMatchObject({ code: 'resource_missing' })
    expect((await seller.client.events.list({ type: 'customer.created' })).data).toEqual([])
  })
})

describe('calls that are repeated', () => {
  it('the same key for the same: the same answer, for a day', async () => {
    const first = await portal({ a: '1' }, 'k')
    const again = await portal({ a: '1' }, 'k')
    expect(again.id).toBe(first.id)
    expect(again.lastResponse.headers['idempotent-replayed']).toBe('true')
    await expect(portal({ a: '2' }, 'k')).rejects.toMatchObject({ statusCode: 400, type: 'StripeIdempotencyError' })
    seller.passes(day)
    expect((await portal({ a: '2' }, 'k')).id).not.toBe(first.id)
  })

  it('a refusal that came of executing is remembered; one of parameters, of rate or a fault is not', async () => {
    const cancel = (id: string) => seller.client.subscriptions.cancel(id, {}, { idempotencyKey: `cancel-${id}` })
    const gone = seller.act.buy()
    seller.act.cancelNow(gone.id)
    await expect(cancel(gone.id)).rejects.toMatchObject({ statusCode: 404 })
    await expect(cancel(gone.id)).rejects.toMatchObject({ headers: { 'idempotent-replayed': 'true' } })
    const other = seller.act.buy()
    const change = (items: object[]) =>
      seller.client.subscriptions.update(other.id, { items } as never, { idempotencyKey: 'change' })
    await expect(change([{ id: other.items.data[0].id, quantity: -1 }])).rejects.toMatchObject({ statusCode: 400 })
    seller.stripe.faults.add({ times: 1, do: { status: 500 } })
    const right = [{ id: other.items.data[0].id, quantity: 7 }]
    await expect(change(right)).rejects.toMatchObject({ statusCode: 500 })
    expect((await change(right)).items.data[0]?.quantity).toBe(7)
  })

  it('while the first one runs a second one is refused', async () => {
    seller.stripe.faults.add({ times: 1, do: { hold: 'before' } })
    const first = portal({}, 'k')
    await expect.poll(() => seller.stripe.faults.held).toBe(1)
    await expect(portal({}, 'k')).rejects.toMatchObject({ statusCode: 409, code: 'idempotency_key_in_use' })
    seller.stripe.faults.release()
    expect((await portal({}, 'k')).id).toBe((await first).id)
  })

  it('an answer that is lost on its way is found again under its key', async () => {
    // The package itself asks once more when a connection that it kept is cut.
    seller.stripe.faults.add({ method: 'POST', times: 2, do: { drop: 'after' } })
    await expect(portal({}, 'k')).rejects.toMatchObject({ type: 'StripeConnectionError' })
    expect(seller.stripe.store.all('billing_portal.configuration')).toHaveLength(1)
    const { id } = await portal({}, 'k')
    expect(seller.stripe.store.all('billing_portal.configuration')).toMatchObject([{ id }])
  })
})

describe('a checkout page', () => {
  const page = (more: object) =>
    seller.client.checkout.sessions.create({
      mode: 'subscription',
      line_items: [{ price: seller.act.priceOf('seat_monthly'), quantity: 2 }],
      success_url: 'http://localhost/paid',
      ...more,
    })

  it.each([
    ['payment_method_types', { payment_method_types: ['card'] }],
    ['mode', { mode: 'payment' }],
    ['expires_at', { expires_at: 1 }],
    ['line_items', { line_items: [] }],
    ['line_items[0][price]', { line_items: [{ price: 'price_none', quantity: 1 }] }],
    ['line_items[0][price_data]', { line_items: [{ price_data: { currency: 'eur' }, quantity: 1 }] }],
    ['subscription_data[billing_mode]', { subscription_data: { billing_mode: { type: 'flexible' } } }],
  ])('refuses %s', async (param, more) => {
    await expect(page(more)).rejects.toMatchObject({ statusCode: 400, param })
  })

  it('tells its subscription what it was told for it, and nothing else', async () => {
    const { id, url } = await page({ metadata: { a: 'page' }, subscription_data: { metadata: { a: 'subscription' } } })
    expect(url).toBe(`${seller.stripe.origin}/pay/${id}`)
    const one = seller.act.pay(id, { quantity: 11, email: 'x@y.example', country: 'FR' })
    expect(one).toMatchObject({ metadata: { a: 'subscription' }, items: { data: [{ quantity: 11 }] } })
    const [found] = (await seller.client.checkout.sessions.list({ subscription: one.id })).data
    expect(found).toMatchObject({
      ...{ id, status: 'complete', payment_status: 'paid', metadata: { a: 'page' }, url: null },
      customer_details: { email: 'x@y.example', address: { country: 'FR' } },
    })
  })
})

it('names of other machines are not answered', async () => {
  const { port, key } = seller.stripe
  const headers = { Host: 'evil.example', Authorization: `Bearer ${key}` }
  const status = await new Promise((resolve) =>
    request({ host: '127.0.0.1', port, path: '/v1/prices', headers }, (answer) => resolve(answer.statusCode)).end(),
  )
  expect(status).toBe(421)
})
