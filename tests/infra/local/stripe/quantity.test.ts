import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Thing } from '../../../../infra/local/stripe/store.ts'
import { day, hour, type Seller, startSeller } from './seller.ts'

let seller: Seller
beforeEach(async () => {
  seller = await startSeller('2026-04-01T00:00:00Z')
})
afterEach(() => seller.close())

const item = (one: Thing): Thing => one.items.data[0]
const up = { proration_behavior: 'always_invoice', payment_behavior: 'pending_if_incomplete' } as const
const raise = (one: Thing, quantity: number) =>
  seller.client.subscriptions.update(one.id, { items: [{ id: item(one).id, quantity }], ...up })

describe('more', () => {
  it('paid at once, for the rest of the period, by an invoice of its own', async () => {
    const one = seller.act.buy({ quantity: 2 })
    seller.passes(15 * day)
    const from = seller.eventsOf().length
    const told = await raise(one, 4)
    expect(told.items.data[0]).toMatchObject({ quantity: 4 })
    expect(told.pending_update).toBeNull()
    const invoice = seller.invoices(one).at(-1)
    expect(invoice).toMatchObject({ billing_reason: 'subscription_update', status: 'paid', amount_due: 1200 })
    expect(invoice?.lines.data.map(({ amount }: Thing) => amount)).toEqual([-1200, 2400])
    expect(told.latest_invoice).toBe(invoice?.id)
    const updated = seller.eventsOf(from).filter(({ type }) => type === 'customer.subscription.updated')
    expect(updated).toHaveLength(1)
    expect(updated[0]?.data.previous_attributes).toMatchObject({ items: { data: [{ quantity: 2 }] } })
    expect(updated[0]?.data.object.items.data[0].quantity).toBe(4)
    expect(updated[0]?.request).toMatchObject({ id: expect.stringMatching(/^req_/) })
  })

  it('not paid: waits for 23 hours, then is forgotten, its invoice void', async () => {
    const one = seller.act.buy({ quantity: 2 })
    seller.act.setCard(one.customer, 'declines')
    const told = await raise(one, 4)
    expect(told).toMatchObject({
      status: 'active',
      pending_update: { expires_at: seller.atSecond() + 23 * 3600, subscription_items: [{ quantity: 4 }] },
    })
    expect(item(one).quantity).toBe(2)
    expect(seller.typesOf(() => seller.passes(23 * hour))).toEqual([
      'payment_intent.canceled',
      'invoice.voided',
      'customer.subscription.pending_update_expired',
    ])
    expect(one).toMatchObject({ status: 'active', pending_update: null })
    expect(item(one).quantity).toBe(2)
  })

  it('paid within the day: applied then', async () => {
    const one = seller.act.buy({ quantity: 2 })
    seller.act.setCard(one.customer, 'declines')
    await raise(one, 4)
    seller.act.setCard(one.customer, 'good')
    const types = seller.typesOf(() => seller.act.payOpen(one.id))
    expect(types.filter((type) => type.startsWith('customer.'))).toEqual([
      'customer.subscription.pending_update_applied',
      'customer.subscription.updated',
    ])
    expect(item(one).quantity).toBe(4)
    expect(one.pending_update).toBeNull()
  })

  it.each([
    ['bank debit', { card: 'sepa' }],
    ['bank debit that bounces', { card: 'sepa_fails' }],
    ['an invoice that is sent', { daysUntilDue: 14 }],
  ] as const)('by %s nothing can wait: refused, and nothing is billed', async (_, how) => {
    const one = seller.act.buy({ quantity: 2, ...how })
    seller.passes(6 * day)
    await expect(raise(one, 4)).rejects.toMatchObject({ statusCode: 400, param: 'payment_behavior' })
    expect(seller.invoices(one)).toHaveLength(1)
    expect(item(one).quantity).toBe(2)
  })

  it('on an invoice that is sent, where they do not wait: there at once, to be paid by its due day', async () => {
    const one = seller.act.buy({ quantity: 2, daysUntilDue: 14 })
    seller.act.payOpen(one.id)
    const items = [{ id: item(one).id, quantity: 4 }]
    await seller.client.subscriptions.update(one.id, { items, proration_behavior: 'always_invoice' })
    expect(item(one).quantity).toBe(4)
    expect(one.status).toBe('active')
    const due_date = seller.atSecond() + 14 * 86_400
    expect(seller.invoices(one).at(-1)).toMatchObject({ status: 'open', attempt_count: 0, due_date })
    seller.passes(14 * day)
    expect(one.status).toBe('past_due')
  })

  it('another wish takes the place of one that waits', async () => {
    const one = seller.act.buy({ quantity: 2 })
    seller.act.setCard(one.customer, 'declines')
    await raise(one, 4)
    await raise(one, 6)
    expect(one.pending_update.subscription_items).toMatchObject([{ quantity: 6 }])
    expect(seller.invoices(one).map(({ status }) => status)).toEqual(['paid', 'void', 'open'])
  })
})

describe('fewer', () => {
  it('credited to the next invoice; what is left of a credit to the one after', async () => {
    const one = seller.act.buy({ quantity: 9 })
    seller.passes(1 * day)
    const change = { items: [{ id: item(one).id, quantity: 1 }], proration_behavior: 'create_prorations' as const }
    const preview = await seller.client.invoices.createPreview({ subscription: one.id, subscription_details: change })
    await seller.client.subscriptions.update(one.id, change)
    expect(item(one).quantity).toBe(1)
    expect(seller.invoices(one)).toHaveLength(1)
    seller.passes(30 * day)
    const next = seller.invoices(one).at(-1)!
    const credit = Math.round((10_800 * 29) / 30) - Math.round((1200 * 29) / 30)
    expect(next).toMatchObject({ total: 1200 - credit, amount_due: 0, status: 'paid' })
    expect(preview).toMatchObject({ total: next.total, amount_due: 0 })
    seller.passes(31 * day)
    expect(seller.invoices(one).at(-1)).toMatchObject({ starting_balance: 1200 - credit, amount_due: 0 })
  })

  it('a preview of more shows what it costs now, and keeps nothing', async () => {
    const one = seller.act.buy({ quantity: 2 })
    seller.passes(15 * day)
    const before = seller.stripe.store.all('invoice').length
    const preview = await seller.client.invoices.createPreview({
      subscription: one.id,
      subscription_details: { items: [{ id: item(one).id, quantity: 4 }], proration_behavior: 'always_invoice' },
    })
    expect(preview).toMatchObject({ total: 1200, amount_due: 1200 })
    expect(seller.stripe.store.all('invoice')).toHaveLength(before)
    seller.act.cancelNow(one.id)
    await expect(seller.client.invoices.createPreview({ subscription: one.id })).rejects.toMatchObject({
      code: 'invoice_upcoming_none',
    })
  })
})

describe('more lines than a page shows', () => {
  it('a subscription shows ten, in its events too; its items have pages of their own', async () => {
    const one = seller.act.buy({ quantity: 1 })
    const price = seller.act.priceOf('training')
    for (let more = 2; more <= 12; more += 1) seller.act.addItem(one.id, price, more)
    const told = await seller.client.subscriptions.retrieve(one.id)
    expect(told.items.data).toHaveLength(10)
    expect(told.items.has_more).toBe(true)
    expect(seller.eventsOf().at(-1)?.data.object.items).toMatchObject({ has_more: true })
    const items = await seller.client.subscriptionItems
      .list({ subscription: one.id, limit: 5 })
      .autoPagingToArray({ limit: 100 })
    expect(items.map(({ quantity }) => quantity)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  })
})

it('what the stand-in cannot do is refused by name', async () => {
  const one = seller.act.buy()
  const { id } = item(one)
  const tell = (change: object) => seller.client.subscriptions.update(one.id, change)
  const rows: [object, string][] = [
    [{ payment_behavior: 'error_if_incomplete', items: [{ id, quantity: 6 }] }, 'error_if_incomplete'],
    [{ proration_behavior: 'sometimes' }, 'sometimes'],
    [{ items: [{ id, price: 'price_other' }] }, 'items[0][price]'],
    [{ items: [{ id, quantity: -1 }] }, 'between 0'],
    [{ trial_end: 'now' }, 'trial_end'],
  ]
  for (const [change, name] of rows)
    await expect(tell(change)).rejects.toMatchObject({ statusCode: 400, message: expect.stringContaining(name) })
  expect(item(one).quantity).toBe(5)
})
