import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Thing } from '../../../infra/local/stripe/store.ts'
import { type Shop, startShop, until } from '../../kit/shop.ts'

let shop: Shop
beforeAll(async () => {
  shop = await startShop()
  shop.byHand()
})
afterEach(() => {
  shop.stripe.faults.clear()
  shop.stripe.faults.release()
})
afterAll(() => shop.close())

const lookOf = { method: 'GET', path: 'subscriptions/sub_' }
const looks = () => shop.stripe.calls.get('GET subscriptions/:id') ?? 0

const bought = (card: 'good' | 'declines' = 'good') => shop.happens(() => shop.stripe.act.buy({ card }))

/** A handler that has the seller's answer of now, and goes no further until it is let. */
async function stalled(subscription: Thing): Promise<{ goOn: () => Promise<unknown> }> {
  shop.stripe.faults.add({ ...lookOf, times: 1, do: { hold: 'after' } })
  const handler = shop.look(subscription)
  await until(() => shop.stripe.faults.held === 1)
  return {
    goOn: () => {
      shop.stripe.faults.release()
      return handler
    },
  }
}

const pay = ({ id, customer }: Thing) =>
  shop.happens(() => {
    shop.stripe.act.setCard(customer, 'good')
    shop.stripe.act.payOpen(id)
  })

describe('B1 a handler that fetched early and writes late looks again', () => {
  it('one that saw it incomplete does not undo that it is paid, when both are the first to see it', async () => {
    const subscription = await bought('declines')
    const first = await stalled(subscription)
    await pay(subscription)
    await shop.look(subscription)
    expect(await shop.ours(subscription.id)).toMatchObject({ state: 'active' })
    const before = looks()
    await first.goOn()
    expect(await shop.ours(subscription.id)).toMatchObject({ state: 'active' })
    expect(looks()).toBe(before + 1)
    expect(shop.cosmos.items('subscriptions', (await shop.ours(subscription.id))?.subscriptionId)).toHaveLength(2)
  })

  it('one that saw it incomplete does not undo that it is paid, when it was known before', async () => {
    const subscription = await bought('declines')
    await shop.look(subscription)
    await shop.happens(() => shop.stripe.act.change(subscription.id, {}))
    const first = await stalled(subscription)
    await pay(subscription)
    await shop.look(subscription)
    const before = looks()
    await first.goOn()
    expect(await shop.ours(subscription.id)).toMatchObject({ state: 'active' })
    expect(looks()).toBe(before + 1)
  })

  it('one that saw it licensed does not undo that its customer has left', async () => {
    const subscription = await bought()
    await shop.look(subscription)
    await shop.happens(() => shop.stripe.act.change(subscription.id, {}))
    const first = await stalled(subscription)
    await shop.happens(() => shop.stripe.act.cancelNow(subscription.id))
    await shop.look(subscription)
    await first.goOn()
    expect(await shop.ours(subscription.id)).toMatchObject({ state: 'ended', term: 'cancelled' })
  })

  it('active, past due, active: a look that finds nothing new is written, so that the one between comes too late', async () => {
    const subscription = await bought()
    await shop.look(subscription)
    const { act, store } = shop.stripe
    await shop.happens(() => act.change(subscription.id, { status: 'past_due' }))
    const invoice = store.must(subscription.latest_invoice)
    Object.assign(invoice, { status: 'open', amount_remaining: invoice.total })
    const first = await stalled(subscription)
    await pay(subscription)
    expect(store.must(subscription.id)).toMatchObject({ status: 'active' })
    const known = await shop.ours(subscription.id)
    await shop.look(subscription)
    const seen = await shop.ours(subscription.id)
    expect({ ...seen, _etag: '', _ts: 0, seenAt: '' }).toEqual({ ...known, _etag: '', _ts: 0, seenAt: '' })
    expect(seen?._etag).not.toBe(known?._etag)
    await first.goOn()
    expect(await shop.ours(subscription.id)).toMatchObject({ state: 'active', pastDueSince: null })
  })

  it.each([1, 2, 3, 4])(
    'a handler that is beaten %i times in a row ends with what the seller says last',
    async (times) => {
      const subscription = await bought()
      await shop.look(subscription)
      await shop.happens(() => shop.stripe.act.setQuantity(subscription.id, 10))
      shop.stripe.faults.add({ ...lookOf, times: 1, do: { hold: 'after' } })
      const slow = shop.look(subscription)
      for (let round = 1; round <= times; round += 1) {
        await until(() => shop.stripe.faults.held === 1)
        await shop.happens(() => shop.stripe.act.setQuantity(subscription.id, 10 + round))
        await shop.look(subscription)
        expect(await shop.ours(subscription.id)).toMatchObject({ quantity: 10 + round })
        if (round < times) shop.stripe.faults.add({ ...lookOf, times: 1, do: { hold: 'after' } })
        const held = looks()
        shop.stripe.faults.release()
        await until(() => looks() === held + 1)
      }
      await slow
      expect(await shop.ours(subscription.id)).toMatchObject({ quantity: 10 + times })
    },
  )
})

it('the nightly walk compares an old page and applies nothing of it', async () => {
  const subscription = await bought()
  await shop.look(subscription)
  shop.stripe.faults.add({ method: 'GET', path: 'subscriptions', times: 1, do: { hold: 'after' } })
  const walk = shop.walk()
  await until(() => shop.stripe.faults.held === 1)
  await shop.happens(() => shop.stripe.act.cancelNow(subscription.id))
  await shop.look(subscription)
  shop.stripe.faults.release()
  expect(await walk).toEqual([expect.objectContaining({ event: 'purchases_walked', mended: expect.any(Number) })])
  expect(await shop.ours(subscription.id)).toMatchObject({ state: 'ended' })
  await shop.settle()
  expect(await shop.ours(subscription.id)).toMatchObject({ state: 'ended' })
})
