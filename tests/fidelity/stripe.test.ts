import Stripe from 'stripe'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type LocalStripe, startStripe } from '../../infra/local/stripe/start-stripe.ts'

/**
 * What our code relies on at the seller, asked of the stand-in or, unchanged, of a test account: set STRIPE_TEST_KEY to a
 * key of a test account or sandbox that may be written to. Without it the suite runs on the stand-in.
 *
 * It makes one product, one price and two customers with subscriptions at the account, and takes away what it can. The
 * stand-in has no calls for making these, because our code never makes them; there they are made by its acts.
 */
interface EndPoint {
  name: string
  client: Stripe
  price: string
  /** A subscription of two that is paid by a card which works, or waits for a card that does not. */
  buy(card: 'good' | 'declines'): Promise<{ id: string; customer: string }>
  /** The same, to be paid by an invoice that is sent. */
  buyByInvoice(): Promise<{ id: string; customer: string }>
  /** From now on the customer's card is refused. */
  spoil(customer: string): Promise<unknown>
  forget(customer: string): Promise<unknown>
  close(): Promise<void>
}

/** @throws Error for a key of a live account, before anything is asked */
async function openEndPoint({ STRIPE_TEST_KEY: key }: NodeJS.ProcessEnv): Promise<EndPoint> {
  if (key === undefined) return standIn(await startStripe({ rateLimit: Number.POSITIVE_INFINITY }))
  if (!/^(sk|rk)_test_/.test(key)) throw new Error('STRIPE_TEST_KEY is not a key of a test account: it is left alone.')
  return account(new Stripe(key, { maxNetworkRetries: 3 }))
}

function standIn(stripe: LocalStripe): EndPoint {
  const { act, port, key } = stripe
  const price = act.priceOf('seat_monthly')
  return {
    name: 'the stand-in',
    client: new Stripe(key, { host: '127.0.0.1', port, protocol: 'http', telemetry: false }),
    price,
    buy: async (card) => {
      const { id, customer } = act.buy({ quantity: 2, price, card })
      return { id, customer }
    },
    buyByInvoice: async () => {
      const { id, customer } = act.buy({ quantity: 2, price, daysUntilDue: 14 })
      return { id, customer }
    },
    spoil: async (customer) => act.setCard(customer, 'declines'),
    forget: async (customer) => act.deleteCustomer(customer),
    close: () => stripe.close(),
  }
}

async function account(client: Stripe): Promise<EndPoint> {
  const product = await client.products.create({ name: 'Fidelity suite: may be deleted' })
  const recurring = { interval: 'month' } as const
  const { id: price } = await client.prices.create({
    product: product.id,
    currency: 'eur',
    unit_amount: 1200,
    recurring,
  })
  const attach = async (customer: string, method: string) => {
    const { id } = await client.paymentMethods.attach(method, { customer })
    await client.customers.update(customer, { invoice_settings: { default_payment_method: id } })
  }
  return {
    name: 'a test account',
    client,
    price,
    async buy(card) {
      const { id: customer } = await client.customers.create({ email: 'fidelity@contoso.example' })
      await attach(customer, card === 'good' ? 'pm_card_visa' : 'pm_card_chargeCustomerFail')
      const { id } = await client.subscriptions.create({
        customer,
        items: [{ price, quantity: 2 }],
        payment_behavior: 'allow_incomplete',
      })
      return { id, customer }
    },
    async buyByInvoice() {
      const { id: customer } = await client.customers.create({ email: 'fidelity@contoso.example' })
      const invoiced = { collection_method: 'send_invoice', days_until_due: 14 } as const
      const { id } = await client.subscriptions.create({ customer, items: [{ price, quantity: 2 }], ...invoiced })
      return { id, customer }
    },
    spoil: (customer) => attach(customer, 'pm_card_chargeCustomerFail'),
    forget: (customer) => client.customers.del(customer),
    async close() {
      await client.prices.update(price, { active: false })
      await client.products.update(product.id, { active: false })
    },
  }
}

let point: EndPoint
let client: Stripe
let bought: { id: string; customer: string }
beforeAll(async () => {
  point = await openEndPoint(process.env)
  client = point.client
  bought = await point.buy('good')
  console.log(`stripe: ran against ${point.name}`)
})
afterAll(async () => {
  if (bought) await point.forget(bought.customer).catch(() => {})
  await point?.close()
})

/** An account that is asked again at once may not have seen what it has just done. */
const seen = { timeout: 15_000, interval: 200 }

const errorOf = (call: Promise<unknown>) =>
  call.then(
    () => expect.fail('it was answered'),
    ({ statusCode, type, code, param }) => ({ statusCode, type, code, param }),
  )

describe('a subscription that was paid for', () => {
  test('its periods stand on its items, its money on its latest invoice', async () => {
    const told = await client.subscriptions.retrieve(bought.id, { expand: ['latest_invoice'] })
    expect(told).toMatchObject({
      ...{ object: 'subscription', status: 'active', livemode: false, customer: bought.customer },
      ...{ cancel_at: null, cancel_at_period_end: false, ended_at: null, trial_end: null, pending_update: null },
      items: { object: 'list', has_more: false, data: [{ quantity: 2, price: { id: point.price } }] },
      latest_invoice: {
        ...{ status: 'paid', billing_reason: 'subscription_create', collection_method: 'charge_automatically' },
        ...{ currency: 'eur', total: 2400, amount_due: 2400, amount_paid: 2400, amount_remaining: 0 },
        parent: { subscription_details: { subscription: bought.id } },
        number: expect.any(String),
        hosted_invoice_url: expect.stringMatching(/^https:/),
      },
    })
    const [item] = told.items.data
    expect(item?.current_period_end).toBeGreaterThan(item?.current_period_start ?? Number.POSITIVE_INFINITY)
    expect(told).not.toHaveProperty('current_period_end')
  })

  test('from its invoice there is a way to the charge, and from the intent back', async () => {
    const { latest_invoice } = await client.subscriptions.retrieve(bought.id)
    const { data } = await client.invoicePayments.list({
      invoice: String(latest_invoice),
      expand: ['data.payment.payment_intent.latest_charge', 'data.payment.charge'],
    })
    expect(data).toMatchObject([
      { status: 'paid', payment: { type: 'payment_intent', payment_intent: { latest_charge: { amount: 2400 } } } },
    ])
    const [{ payment }] = data as [Stripe.InvoicePayment]
    const { id } = payment.payment_intent as Stripe.PaymentIntent
    const back = await client.invoicePayments.list({ payment: { type: 'payment_intent', payment_intent: id } })
    expect(back.data).toMatchObject([{ invoice: latest_invoice }])
  })

  test('what a customer has paid is told by the customer, and since when', async () => {
    const { latest_invoice } = await client.subscriptions.retrieve(bought.id, { expand: ['latest_invoice'] })
    const { created } = latest_invoice as Stripe.Invoice
    const paid = (gte: number) => client.charges.list({ customer: bought.customer, created: { gte } })
    expect((await paid(created)).data).toMatchObject([
      { amount: 2400, amount_refunded: 0, disputed: false, payment_intent: expect.stringMatching(/^pi_/) },
    ])
    expect((await paid(created + 3600)).data).toEqual([])
  })

  test('lists tell the newest first, by customer and since when', async () => {
    const list = await client.subscriptions.list({ customer: bought.customer, status: 'all', limit: 1 })
    expect(list).toMatchObject({ object: 'list', has_more: false, data: [{ id: bought.id }] })
    const { created } = list.data[0] as Stripe.Subscription
    const { customer } = bought
    expect((await client.subscriptions.list({ customer, created: { gte: created } })).data).toHaveLength(1)
    expect((await client.subscriptions.list({ customer, created: { gt: created } })).data).toHaveLength(0)
  })
})

describe('changes', () => {
  test('a preview of more keeps nothing', async () => {
    const { items } = await client.subscriptions.retrieve(bought.id)
    const preview = await client.invoices.createPreview({
      subscription: bought.id,
      subscription_details: {
        items: [{ id: String(items.data[0]?.id), quantity: 4 }],
        proration_behavior: 'always_invoice',
      },
    })
    expect(preview.total).toBeGreaterThan(2300)
    expect(preview.lines.data.every((line) => line.parent?.subscription_item_details?.proration)).toBe(true)
    expect((await client.subscriptions.retrieve(bought.id)).items.data[0]?.quantity).toBe(2)
  })

  test('more is there when it is paid, and waits when it is not', async () => {
    const [item] = (await client.subscriptions.retrieve(bought.id)).items.data
    const raise = (quantity: number) =>
      client.subscriptions.update(bought.id, {
        items: [{ id: String(item?.id), quantity }],
        proration_behavior: 'always_invoice',
        payment_behavior: 'pending_if_incomplete',
      })
    expect(await raise(4)).toMatchObject({ pending_update: null, items: { data: [{ quantity: 4 }] } })
    await point.spoil(bought.customer)
    expect(await raise(6)).toMatchObject({
      status: 'active',
      pending_update: { expires_at: expect.any(Number), subscription_items: [{ quantity: 6 }] },
      items: { data: [{ quantity: 4 }] },
    })
  })

  test('more on an invoice that is sent cannot wait for its money', async () => {
    const { id, customer } = await point.buyByInvoice()
    const [item] = (await client.subscriptions.retrieve(id)).items.data
    const raised = client.subscriptions.update(id, {
      items: [{ id: String(item?.id), quantity: 4 }],
      proration_behavior: 'always_invoice',
      payment_behavior: 'pending_if_incomplete',
    })
    expect(await errorOf(raised)).toMatchObject({ statusCode: 400, type: 'StripeInvalidRequestError' })
    await point.forget(customer)
  })

  test('the end of the period is told as an instant, and taken back', async () => {
    const [item] = (await client.subscriptions.retrieve(bought.id)).items.data
    const ending = await client.subscriptions.update(bought.id, { cancel_at_period_end: true })
    expect(ending).toMatchObject({ status: 'active', cancel_at: item?.current_period_end })
    const back = await client.subscriptions.update(bought.id, { cancel_at_period_end: false })
    expect(back).toMatchObject({ cancel_at: null, cancel_at_period_end: false })
  })

  test('the same key: the same answer; for something else it is refused', async () => {
    const idempotencyKey = crypto.randomUUID()
    const tell = (a: string) => client.subscriptions.update(bought.id, { metadata: { a } }, { idempotencyKey })
    await tell('1')
    expect((await tell('1')).lastResponse.headers['idempotent-replayed']).toBe('true')
    expect(await errorOf(tell('2'))).toMatchObject({ statusCode: 400, type: 'StripeIdempotencyError' })
  })
})

describe('a first payment that is refused', () => {
  test('incomplete, its invoice open', async () => {
    const { id, customer } = await point.buy('declines')
    expect(await client.subscriptions.retrieve(id, { expand: ['latest_invoice'] })).toMatchObject({
      status: 'incomplete',
      latest_invoice: { status: 'open', amount_remaining: 2400, billing_reason: 'subscription_create' },
    })
    await point.forget(customer)
  })
})

describe('pages of the seller', () => {
  test('a checkout page has an address, and is its order’s for a day at most', async () => {
    const open = (more: object = {}) =>
      client.checkout.sessions.create({
        mode: 'subscription',
        line_items: [{ price: point.price, quantity: 2 }],
        success_url: 'https://contoso.example/paid',
        metadata: { intent: 'x' },
        ...more,
      })
    const page = await open()
    expect(page).toMatchObject({ status: 'open', payment_status: 'unpaid', subscription: null, livemode: false })
    expect(page.url).toMatch(/^https?:/)
    expect(await client.checkout.sessions.retrieve(page.id)).toMatchObject({ metadata: { intent: 'x' } })
    const late = Math.floor(Date.now() / 1000) + 3 * 86_400
    expect(await errorOf(open({ expires_at: late }))).toMatchObject({ statusCode: 400, param: 'expires_at' })
    expect(await errorOf(open({ payment_method_types: ['card'] }))).toMatchObject({ statusCode: 400 })
  })
})

describe('what is refused', () => {
  test('another key, no such object, a limit or a path that cannot be', async () => {
    const stranger = new Stripe('rk_test_none', {
      ...(point.name === 'the stand-in' ? { host: '127.0.0.1', port: portOf(client), protocol: 'http' as const } : {}),
    })
    expect(await errorOf(stranger.prices.list())).toMatchObject({ statusCode: 401 })
    expect(await errorOf(client.subscriptions.retrieve('sub_none'))).toMatchObject({
      ...{ statusCode: 404, code: 'resource_missing', param: 'id' },
    })
    expect(await errorOf(client.prices.list({ limit: 101 }))).toMatchObject({
      statusCode: 400,
      type: 'StripeInvalidRequestError',
    })
    const deep = client.subscriptions.retrieve(bought.id, { expand: ['latest_invoice.a.b.c.d'] })
    expect(await errorOf(deep)).toMatchObject({ statusCode: 400 })
    expect(await errorOf(client.prices.list({ nothing: '1' } as object))).toMatchObject({
      ...{ statusCode: 400, code: 'parameter_unknown', param: 'nothing' },
    })
  })
})

/** Where the client of the stand-in goes. */
const portOf = (stripe: Stripe) => Number(stripe.getApiField('port'))

describe('the end', () => {
  test('cancelled at once, it cannot be changed or cancelled again, and its events are told', async () => {
    const gone = await client.subscriptions.cancel(bought.id, { invoice_now: false, prorate: false })
    expect(gone).toMatchObject({ status: 'canceled', ended_at: expect.any(Number), canceled_at: expect.any(Number) })
    const change = client.subscriptions.update(bought.id, { cancel_at_period_end: true })
    expect(await errorOf(change)).toMatchObject({ statusCode: 400, type: 'StripeInvalidRequestError' })
    expect(await errorOf(client.subscriptions.cancel(bought.id))).toMatchObject({ code: 'resource_missing' })
    await expect
      .poll(async () => {
        const { data } = await client.events.list({ type: 'customer.subscription.deleted', limit: 10 })
        return data.map((event) => (event.data.object as Stripe.Subscription).id)
      }, seen)
      .toContain(bought.id)
    const [event] = (await client.events.list({ type: 'customer.subscription.deleted', limit: 1 })).data
    expect(event).toMatchObject({ object: 'event', livemode: false, api_version: expect.any(String) })
  })

  test('a deleted customer is a stub, and its subscription is still told', async () => {
    await point.forget(bought.customer)
    const { customer } = bought
    expect(await client.customers.retrieve(customer)).toMatchObject({ id: customer, object: 'customer', deleted: true })
    expect(await client.subscriptions.retrieve(bought.id)).toMatchObject({ status: 'canceled' })
  })
})
