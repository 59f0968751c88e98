import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { clientOf, day, hour, startEndPoint, startSeller } from './seller.ts'

let data: string
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'stripe-kept-'))
})
afterEach(() => rmSync(data, { recursive: true, force: true }))

it('a restart keeps keys, objects, cards, what is due, answers to keys, and events on their way', async () => {
  const before = await startSeller('2026-01-31T10:00:00Z', { data })
  const one = before.act.buy({ quantity: 3 })
  before.act.setCard(one.customer, 'declines')
  const make = (client = before.client) =>
    client.billingPortal.configurations.create({ features: {}, metadata: { a: 'b' } }, { idempotencyKey: 'k' })
  const { id } = await make()
  const kept = structuredClone(before.stripe.store.must(one.id))
  const { key, webhookSecret } = before.stripe
  const pending = before.stripe.events.pending
  await before.close()

  const after = await startSeller('2026-02-01T09:00:00Z', { data })
  expect({ key: after.stripe.key, webhookSecret: after.stripe.webhookSecret }).toEqual({ key, webhookSecret })
  expect(after.stripe.store.must(one.id)).toEqual(kept)
  expect((await make(clientOf(after.stripe))).id).toBe(id)
  expect((await after.client.prices.list()).data).toHaveLength(3)
  expect(after.stripe.events.pending).toBe(pending)
  const endPoint = await startEndPoint(after.stripe, after.now)
  after.act.listenAt(endPoint.url)
  after.stripe.tick()
  await expect.poll(() => endPoint.received.length).toBe(pending)
  after.passes(28 * day)
  expect(after.stripe.store.must(one.id).status).toBe('past_due')
  endPoint.close()
  await after.close()
})

it('killed at any moment, it has what it answered: a line that was cut off is none', async () => {
  const before = await startSeller('2026-01-31T10:00:00Z', { data })
  const { id } = await before.client.billingPortal.configurations.create({ features: {} })
  // As a kill leaves it: the process writes no more, and the last line may be half of one.
  appendFileSync(join(data, 'stripe.jsonl'), '{"id":"sub_half","thing":{"id":"sub_h')
  const after = await startSeller('2026-01-31T10:00:00Z', { data })
  expect(after.stripe.store.get(id)).toMatchObject({ object: 'billing_portal.configuration' })
  expect(after.stripe.store.get('sub_half')).toBeUndefined()
  await after.close()
  await before.close()
})

it('what was due while it was off happens at its time; events of more than thirty days are let go', async () => {
  const before = await startSeller('2026-01-31T10:00:00Z', { data })
  const one = before.act.buy()
  await before.close()
  const after = await startSeller('2026-04-30T12:00:00Z', { data })
  after.stripe.tick()
  const days = after.eventsOf().filter(({ type }) => type === 'invoice.paid')
  expect(days.map(({ created }) => new Date(created * 1000).toISOString())).toEqual([
    '2026-02-28T11:00:00.000Z',
    '2026-03-31T11:00:00.000Z',
    '2026-04-30T11:00:00.000Z',
  ])
  expect(after.stripe.store.invoicesOf(one.id)).toHaveLength(4)
  await after.close()
})

it('4,000 subscriptions with 20,000 invoices: a month in a jump, and saving costs what has changed', async () => {
  const seller = await startSeller('2026-01-01T00:00:00Z', { data })
  seller.act.deliver({ withheld: ['*'] })
  for (let many = 0; many < 4000; many += 1) seller.act.buy({ quantity: 1 + (many % 20) })
  for (let month = 0; month < 4; month += 1) seller.passes(30 * day + 23 * hour)
  expect(seller.stripe.store.all('invoice').length).toBeGreaterThanOrEqual(16_000)
  const [began, count] = [process.cpuUsage(), seller.stripe.store.all('invoice').length]
  seller.passes(31 * day)
  // Of the processor, which other tests share: 1 s, and as much on a machine that is idle.
  const jumped = process.cpuUsage(began).user / 1000
  expect(seller.stripe.store.all('invoice')).toHaveLength(count + 4000)
  seller.stripe.store.save()
  const again = performance.now()
  seller.act.buy()
  seller.stripe.store.save()
  const saved = performance.now() - again
  expect(saved).toBeLessThan(100)
  expect(jumped).toBeLessThan(3000)
  await seller.close()
}, 120_000)
