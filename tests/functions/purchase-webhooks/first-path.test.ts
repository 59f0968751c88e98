import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Shop, startShop } from '../../kit/shop.ts'

let shop: Shop
beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.close())

it('bought on the seller’s page, it belongs to who began it, and seats can be given', async () => {
  const opened = await shop.ask('open_checkout', {
    as: 'olivia',
    body: { name: 'Contoso', quantity: 12, interval: 'yearly' },
  })
  expect(opened.json).toEqual({
    intent: expect.stringMatching(/^intent_/),
    url: expect.stringContaining('/pay/cs_test_'),
  })
  const { intent, url } = opened.json
  const bought = shop.stripe.act.pay(url.split('/').at(-1))
  await shop.delivered()
  expect(await shop.settle()).toContainEqual(
    expect.objectContaining({ event: 'purchase_settled', outcome: 'refreshed' }),
  )

  const ours = await shop.ours(bought.id)
  expect(ours).toMatchObject({ source: 'purchased', quantity: 12, state: 'active', term: 'renewing', name: 'Contoso' })
  const shown = await shop.ask('show_intent', { as: 'olivia', params: { intentId: intent } })
  expect(shown.json).toMatchObject({
    state: 'arrived',
    subscription: { id: ours?.subscriptionId, quantity: 12, assigned: 0 },
  })
  expect((await shop.ask('show_intent', { as: 'amir', params: { intentId: intent } })).status).toBe(404)
  const params = { subscriptionId: String(ours?.subscriptionId) }
  expect(
    (await shop.call('assign_seats', { as: 'olivia', params, body: { addresses: ['amir@contoso.example'] } })).json,
  ).toMatchObject({ assigned: 1 })
  expect((await shop.call('look_up_licence', { as: 'amir' })).json).toMatchObject({ footer: false, code: 'licensed' })
})

it('more seats count when they are paid, fewer are refused below what is assigned', async () => {
  const ours = (await shop.call('list_subscriptions', { as: 'olivia' })).json.subscriptions[0]
  const params = { subscriptionId: ours.id }
  const preview = await shop.ask('preview_quantity', { as: 'olivia', params, query: { quantity: '20' } })
  expect(preview.json).toMatchObject({ quantity: 20, currency: 'eur', mustWithdraw: 0 })
  expect(preview.json.change).toBeGreaterThan(0)
  expect((await shop.ask('set_quantity', { as: 'olivia', params, body: { quantity: 20 } })).json).toMatchObject({
    quantity: 20,
  })
  expect((await shop.ask('set_quantity', { as: 'olivia', params, body: { quantity: 2 } })).json).toMatchObject({
    quantity: 2,
    free: 1,
  })
  expect((await shop.ask('set_quantity', { as: 'amir', params, body: { quantity: 1 } })).status).toBe(404)
  await shop.call('assign_seats', { as: 'olivia', params, body: { addresses: ['bea@contoso.example'] } })
  const refused = await shop.ask('set_quantity', { as: 'olivia', params, body: { quantity: 1 } })
  expect(refused.json).toMatchObject({ title: 'below_assigned', assigned: 2, mustWithdraw: 1 })
  const ending = await shop.ask('cancel_subscription', { as: 'olivia', params })
  expect(ending.json).toMatchObject({ term: 'cancelled', state: 'active' })
  expect((await shop.call('look_up_licence', { as: 'amir' })).json).toMatchObject({ code: 'licensed_ending' })
  expect((await shop.ask('undo_cancel', { as: 'olivia', params })).json).toMatchObject({ term: 'renewing' })
  const invoices = await shop.ask('list_invoices', { as: 'olivia', params })
  expect(invoices.json.invoices[0]).toMatchObject({ state: 'paid', currency: 'eur' })
  const billing = await shop.ask('open_billing', { as: 'olivia', params, body: { what: 'payment_method' } })
  expect(billing.json.url).toContain('/billing/bps_')
})

it.each(['set_quantity', 'cancel_subscription', 'undo_cancel', 'preview_quantity'] as const)(
  '%s of one that the seller has just ended is refused, not a fault',
  async (name) => {
    const opened = await shop.ask('open_checkout', {
      as: 'olivia',
      body: { name, quantity: 3, interval: 'monthly' },
    })
    const bought = shop.stripe.act.pay(opened.json.url.split('/').at(-1))
    await shop.delivered()
    await shop.settle()
    const params = { subscriptionId: String((await shop.ours(bought.id))?.subscriptionId) }
    shop.stripe.act.cancelNow(bought.id)
    const asked =
      name === 'set_quantity'
        ? { body: { quantity: 2 } }
        : name === 'preview_quantity'
          ? { query: { quantity: '2' } }
          : {}
    const { status, json } = await shop.ask(name, { as: 'olivia', params, ...asked })
    // A change of the quantity looks at the seller first, and knows by then.
    expect([status, json.title]).toEqual([409, name === 'set_quantity' ? 'not_licensing' : 'changed_meanwhile'])
  },
)
