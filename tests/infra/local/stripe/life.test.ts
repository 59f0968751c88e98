import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { day, hour, type Seller, startSeller } from './seller.ts'

let seller: Seller
beforeEach(async () => {
  seller = await startSeller()
})
afterEach(() => seller.close())

const iso = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 10)

describe('renewals', () => {
  it('31 January, 28 February, 31 March: counted from the first day', () => {
    const { items } = seller.act.buy()
    const ends = [items.data[0].current_period_end]
    const { id } = seller.stripe.store.all('subscription')[0]!
    for (let month = 1; month < 4; month += 1) {
      seller.passes(31 * day)
      ends.push(seller.stripe.store.must(id).items.data[0].current_period_end)
    }
    expect(ends.map(iso)).toEqual(['2026-02-28', '2026-03-31', '2026-04-30', '2026-05-31'])
  })

  it('29 February of a yearly one is 28 February until the next leap year', async () => {
    const leap = await startSeller('2028-02-29T10:00:00Z')
    const { id } = leap.act.buy({ price: leap.act.priceOf('seat_yearly') })
    leap.passes(4 * 366 * day)
    const [first, ...later] = leap.stripe.store.invoicesOf(id).map(({ lines }) => iso(lines.data[0].period.end))
    expect([first, ...later].slice(0, 4)).toEqual(['2029-02-28', '2030-02-28', '2031-02-28', '2032-02-29'])
    await leap.close()
  })

  it('a year in one jump: every period once, a draft for an hour, events in the order of `created`', () => {
    const one = seller.act.buy()
    seller.act.buy({ card: 'declines' })
    seller.act.buy({ card: 'sepa' })
    seller.passes(365 * day)
    const invoices = seller.invoices(one)
    expect(invoices.map(({ billing_reason, status }) => `${billing_reason} ${status}`)).toEqual([
      'subscription_create paid',
      ...Array(11).fill('subscription_cycle paid'),
      'subscription_cycle draft',
    ])
    const [, second] = invoices
    expect(second?.status_transitions.finalized_at - second?.created).toBe(3600)
    expect(new Set(invoices.map(({ lines }) => lines.data[0].period.start)).size).toBe(invoices.length)
    const times = seller.eventsOf().map(({ created }) => created as number)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(times.at(-1)).toBeLessThanOrEqual(seller.atSecond())
  })

  it('two lines with different periods: each is billed when its own is over', () => {
    const one = seller.act.buy({ quantity: 2 })
    seller.passes(10 * day)
    seller.act.addItem(one.id, seller.act.priceOf('seat_yearly'), 3)
    expect(one.items.data.map((item: { current_period_end: number }) => iso(item.current_period_end))).toEqual([
      '2026-02-28',
      '2027-01-31',
    ])
    seller.passes(31 * day)
    expect(seller.invoices(one).at(-1)?.lines.data).toMatchObject([{ quantity: 2 }])
    seller.passes(330 * day)
    const both = seller.invoices(one).filter(({ lines }) => lines.data.length === 2)
    expect(both.map(({ created }) => iso(created))).toEqual(['2027-01-31'])
  })

  it('a quantity of nothing renews for nothing', () => {
    const one = seller.act.buy({ quantity: 0 })
    seller.passes(30 * day)
    expect(seller.invoices(one)).toMatchObject([
      { status: 'paid', amount_due: 0 },
      { status: 'paid', amount_due: 0 },
    ])
    expect(one.status).toBe('active')
    expect(seller.stripe.store.all('charge')).toEqual([])
  })
})

describe('money that does not come', () => {
  it.each([
    ['canceled', 'canceled'],
    ['unpaid', 'unpaid'],
    ['past_due', 'past_due'],
  ] as const)('tried again after 3, 5 and 7 days, then %s', (setting, status) => {
    seller.stripe.till.afterLastTry = setting
    const one = seller.act.buy()
    seller.act.setCard(one.customer, 'declines')
    const from = seller.eventsOf().length
    seller.passes(28 * day + 2 * hour)
    expect(one.status).toBe('past_due')
    seller.passes(16 * day)
    expect(one.status).toBe(status)
    const failures = seller.eventsOf(from).filter(({ type }) => type === 'invoice.payment_failed')
    const [first = 0, ...later] = failures.map(({ created }) => created as number)
    expect(later.map((at) => (at - first) / 86_400)).toEqual([3, 8, 15])
    expect(failures.map(({ data }) => data.object.attempt_count)).toEqual([1, 2, 3, 4])
    expect(one.cancellation_details.reason).toBe(status === 'canceled' ? 'payment_failed' : null)
    expect(seller.invoices(one).at(-1)).toMatchObject({ status: 'open', next_payment_attempt: null })
  })

  it('a try by hand leaves the plan of retries as it is; paid later it is active again', () => {
    const one = seller.act.buy()
    seller.act.setCard(one.customer, 'declines')
    seller.passes(28 * day + 2 * hour)
    const invoice = seller.invoices(one).at(-1)!
    const planned = invoice.next_payment_attempt
    seller.act.payOpen(one.id)
    expect(invoice).toMatchObject({ attempt_count: 1, next_payment_attempt: planned })
    seller.act.setCard(one.customer, 'good')
    seller.passes(3 * day)
    expect(invoice.status).toBe('paid')
    expect(one.status).toBe('active')
  })

  it('unpaid: later invoices stay drafts, and paying what is open makes it active', () => {
    seller.stripe.till.afterLastTry = 'unpaid'
    const one = seller.act.buy()
    seller.act.setCard(one.customer, 'declines')
    seller.passes(75 * day)
    expect(one.status).toBe('unpaid')
    expect(seller.invoices(one).map(({ status }) => status)).toEqual(['paid', 'open', 'draft'])
    seller.act.setCard(one.customer, 'good')
    seller.act.payOpen(one.id)
    expect(one.status).toBe('active')
  })

  it('an older invoice is tried again although a newer one is there', () => {
    seller.stripe.till.afterLastTry = 'past_due'
    const one = seller.act.buy({ card: 'good' })
    seller.act.setCard(one.customer, 'declines')
    seller.passes(28 * day + 2 * hour)
    const owed = seller.invoices(one).at(-1)!
    const [item] = one.items.data
    item.current_period_end = seller.atSecond() + 3600
    seller.stripe.store.touched(one)
    seller.passes(2 * day)
    expect(one.latest_invoice).not.toBe(owed.id)
    seller.act.setCard(one.customer, 'good')
    seller.passes(2 * day)
    expect(owed.status).toBe('paid')
  })

  it('a first payment that never comes: 23 hours, then expired, its invoice void', () => {
    const one = seller.act.buy({ card: 'declines' })
    expect(one.status).toBe('incomplete')
    seller.passes(23 * hour - 1000)
    expect(one.status).toBe('incomplete')
    expect(seller.typesOf(() => seller.passes(1000))).toEqual([
      'payment_intent.canceled',
      'invoice.voided',
      'customer.subscription.updated',
    ])
    expect(one.status).toBe('incomplete_expired')
    expect(seller.invoices(one)).toMatchObject([{ status: 'void', amount_remaining: 0 }])
  })

  it('by invoice: due, overdue, past due; paid later, active', () => {
    const one = seller.act.buy({ daysUntilDue: 30 })
    expect(one).toMatchObject({ status: 'active', collection_method: 'send_invoice' })
    seller.passes(31 * day)
    const [first] = seller.invoices(one)
    expect(first).toMatchObject({ status: 'open', due_date: first?.created + 30 * 86_400 })
    expect(one.status).toBe('past_due')
    expect(seller.eventsOf().filter(({ type }) => type === 'invoice.overdue')).toHaveLength(1)
    seller.act.payOpen(one.id)
    expect(one.status).toBe('active')
  })

  it.each([
    ['sepa', 'paid', 'active', 'succeeded'],
    ['sepa_fails', 'unpaid', 'past_due', 'failed'],
  ] as const)('%s: active at once, the money %s after five days', async (card, paid, status, word) => {
    const page = await openPage()
    const one = seller.act.pay(page, { card })
    expect(seller.stripe.store.must(page)).toMatchObject({ status: 'complete', payment_status: 'unpaid' })
    expect(one.status).toBe('active')
    expect(seller.invoices(one)).toMatchObject([{ status: 'open', attempt_count: 1 }])
    seller.act.payOpen(one.id)
    expect(seller.invoices(one)).toMatchObject([{ status: 'open', attempt_count: 1 }])
    const types = seller.typesOf(() => seller.passes(5 * day))
    expect(types).toContain(`checkout.session.async_payment_${word}`)
    expect(seller.stripe.store.must(page).payment_status).toBe(paid)
    expect(one.status).toBe(status)
  })
})

describe('trials', () => {
  it('warned three days before, then the first invoice', () => {
    const one = seller.act.buy({ trialDays: 14 })
    expect(one).toMatchObject({ status: 'trialing', trial_end: seller.atSecond() + 14 * 86_400 })
    expect(seller.typesOf(() => seller.passes(11 * day))).toEqual(['customer.subscription.trial_will_end'])
    seller.passes(3 * day)
    expect(one.status).toBe('active')
    seller.passes(2 * hour)
    expect(seller.invoices(one)).toMatchObject([
      { status: 'paid', amount_due: 0 },
      { status: 'paid', amount_due: 6000 },
    ])
  })

  it.each([
    ['canceled', 'customer.subscription.deleted'],
    ['paused', 'customer.subscription.paused'],
  ] as const)('without a card: %s', (setting, type) => {
    seller.stripe.till.afterTrialWithoutCard = setting
    const one = seller.act.buy({ trialDays: 2, card: 'none' })
    expect(seller.typesOf(() => seller.passes(2 * day))).toEqual(['customer.subscription.trial_will_end', type])
    expect(one.status).toBe(setting)
    expect(one.status_details?.paused.subscription.type ?? 'none').toBe(
      setting === 'paused' ? 'trial_end_without_payment_method' : 'none',
    )
  })
})

describe('ends', () => {
  it('at the end of the period: cancelled at that instant, and undone before', async () => {
    const one = seller.act.buy()
    const { client } = seller
    const end = one.items.data[0].current_period_end
    const told = await client.subscriptions.update(one.id, { cancel_at_period_end: true })
    expect(told).toMatchObject({ cancel_at_period_end: true, cancel_at: end, canceled_at: seller.atSecond() })
    const back = await client.subscriptions.update(one.id, { cancel_at_period_end: false })
    expect(back).toMatchObject({ cancel_at_period_end: false, cancel_at: null, canceled_at: null })
    await client.subscriptions.update(one.id, { cancel_at_period_end: true })
    seller.passes(60 * day)
    expect(one).toMatchObject({ status: 'canceled', ended_at: end, cancel_at_period_end: true })
    expect(seller.invoices(one)).toHaveLength(1)
  })

  it('a cancelled one is asked for nothing more: open and draft invoices rest', async () => {
    const one = seller.act.buy()
    seller.act.setCard(one.customer, 'declines')
    seller.passes(28 * day + 2 * hour)
    await seller.client.subscriptions.cancel(one.id, { invoice_now: false, prorate: false })
    expect(seller.typesOf(() => seller.passes(90 * day))).toEqual([])
    expect(seller.invoices(one).at(-1)).toMatchObject({ status: 'open', auto_advance: false })
    await expect(seller.client.subscriptions.cancel(one.id)).rejects.toMatchObject({ code: 'resource_missing' })
    await expect(seller.client.subscriptions.update(one.id, { cancel_at_period_end: true })).rejects.toMatchObject({
      statusCode: 400,
      message: expect.stringContaining('A canceled subscription can only update'),
    })
  })

  it('a pause stops the periods; resumed after its period, a new one begins then', () => {
    const one = seller.act.buy()
    seller.act.pause(one.id)
    expect(seller.typesOf(() => seller.passes(90 * day))).toEqual([])
    seller.act.resume(one.id)
    expect(one.items.data[0]).toMatchObject({ current_period_start: seller.atSecond() })
    expect(one.items.data[0].current_period_end).toBeGreaterThan(seller.atSecond())
  })
})

async function openPage(): Promise<string> {
  const price = seller.act.priceOf('seat_monthly')
  const page = await seller.client.checkout.sessions.create({
    mode: 'subscription',
    line_items: [{ price, quantity: 3, adjustable_quantity: { enabled: true, minimum: 1, maximum: 99 } }],
    success_url: 'http://localhost/paid',
  })
  return page.id
}

it('a page that nobody pays expires; a refused card leaves it open, and nothing was bought', async () => {
  const page = await openPage()
  expect(seller.typesOf(() => seller.act.pay(page, { card: 'declines' }))).toEqual([
    'charge.failed',
    'payment_intent.payment_failed',
  ])
  expect(seller.stripe.store.must(page).status).toBe('open')
  expect(seller.stripe.store.all('subscription')).toEqual([])
  expect(seller.typesOf(() => seller.passes(day))).toEqual(['checkout.session.expired'])
  expect(() => seller.act.pay(page)).toThrow('the page is expired')
})
