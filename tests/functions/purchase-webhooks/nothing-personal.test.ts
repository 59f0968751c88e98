import names from '@securemailmerge/shared/names.json' with { type: 'json' }
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Thing } from '../../../infra/local/stripe/store.ts'
import { type Shop, startShop } from '../../kit/shop.ts'

const hour = 3_600_000
const day = 24 * hour
let shop: Shop
beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.close())

const email = 'Marie.Sklodowska@radium.example'
const about = {
  name: 'Marie Sklodowska',
  phone: '+33 1 55 55 01 99',
  address: { line1: '12 rue Pierre-et-Marie', city: 'Lutetia', postal_code: '75999', country: 'FR' },
}
const tax = { tax_ids: { data: [{ type: 'eu_vat', value: 'FRXX987654321' }] } }
const card = { last4: '4242', fingerprint: 'Xt5EWLLDS7FJjR1c', billing_details: { email, ...about } }
const words = [
  email,
  'sklodowska',
  'radium',
  '55 01 99',
  'pierre-et-marie',
  'lutetia',
  '75999',
  'FRXX987654321',
  '4242"',
  'Xt5EWLL',
]

/** Everything at the seller that has to do with somebody says who that is, as the seller's own objects do. */
function tellEverything(): void {
  const { store } = shop.stripe
  const all = (kind: string): Thing[] => store.all(kind)
  for (const one of all('customer')) Object.assign(one, { email, ...about, ...tax })
  for (const one of all('invoice'))
    Object.assign(one, { customer_email: email, customer_name: about.name, customer_address: about.address, ...tax })
  for (const one of all('checkout.session')) one.customer_details = { email, ...about, ...tax }
  for (const one of all('charge'))
    Object.assign(one, { billing_details: card.billing_details, payment_method_details: { card } })
  for (const one of all('subscription'))
    Object.assign(one, { description: `for ${about.name}`, metadata: { ...one.metadata, note: email } })
  for (const one of all('refund')) one.reason = about.name
  for (const one of all('dispute')) one.evidence = { customer_email_address: email, customer_name: about.name }
}

it('F39 after whole lives no name, address, e-mail or card stands in a store or a log of ours', async () => {
  const { act, store } = shop.stripe
  const lives: [string, (thing: Thing) => void][] = [
    ['renews', () => shop.advance(32 * day)],
    ['cannot pay', ({ customer }) => act.setCard(customer, 'declines')],
    ['changes its seats', ({ id }) => act.setQuantity(id, 3)],
    ['is refunded', ({ id }) => void act.refund(String(store.invoicesOf(id)[0]?.id), { amount: 100 })],
    ['is disputed', ({ id }) => act.decide(act.dispute(String(store.invoicesOf(id)[0]?.id)).id, 'won')],
    ['is warned about', ({ id }) => act.fraudWarning(String(store.invoicesOf(id)[0]?.id))],
    ['ends', ({ id }) => act.cancelNow(id)],
    ['loses its customer', ({ customer }) => act.deleteCustomer(customer)],
  ]
  const logged: unknown[] = []
  const arrive = async () => {
    tellEverything()
    await shop.delivered()
    logged.push(...(await shop.settle()))
  }
  const { session } = await shop.open('olivia')
  const bought = [act.buy({ email }), act.pay(session, { email }), act.buy({ email, card: 'sepa' })]
  for (const [, act] of lives) {
    for (const one of bought) if (store.must(one.id).status !== 'canceled') act(one)
    await arrive()
  }
  // Also what cannot be understood.
  await shop.send(shop.stripe.events.build('customer.subscription.updated', { customer_email: email, ...about }, 0))
  await shop.send({ hello: about.name, email })
  logged.push(...(await shop.walk()), ...(await shop.command({ command: 'reconcile', all: true })), ...shop.heard)

  // What was looked for was there to be found.
  expect(
    words.filter((word) => !JSON.stringify(store.all('event')).toLowerCase().includes(word.toLowerCase())),
  ).toEqual([])
  expect(shop.cosmos.items('purchases').length).toBeGreaterThan(20)
  expect(shop.cosmos.items('subscriptions').length).toBeGreaterThan(5)
  for (const container of Object.keys(names.containers)) {
    const items = shop.cosmos.items(container)
    expect(items.length, container).toBeLessThan(200)
    expect(found(items), container).toEqual([])
  }
  expect(logged.length).toBeGreaterThan(20)
  expect(found(logged)).toEqual([])
}, 40_000)

const found = (where: unknown): string[] => {
  const text = JSON.stringify(where).toLowerCase()
  return words.filter((word) => text.includes(word.toLowerCase()))
}

it('F39 of an event its ids and type are kept, and how often it was tried; nothing else of it', () => {
  const allowed =
    'id kind about type customer paymentIntent charge madeAt apiVersion at state why attempts due ttl _rid _self _etag _attachments _ts'.split(
      ' ',
    )
  for (const event of shop.cosmos.items('purchases').filter(({ kind }) => kind === 'event'))
    expect(Object.keys(event).filter((name) => !allowed.includes(name))).toEqual([])
})
