import { HttpRequest } from '@azure/functions'
import { aboutOf, purchasedId } from '@securemailmerge/shared/purchasing/event'
import { refresh } from '@securemailmerge/shared/purchasing/refresh'
import { settle } from '@securemailmerge/shared/purchasing/settle'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { receiveStripeEvent } from '../../../functions/purchase-webhooks/receive-stripe-event.ts'
import type { Services } from '../../../functions/purchase-webhooks/wiring.ts'
import type { Thing } from '../../../infra/local/stripe/store.ts'
import { contextOf } from '../../kit/invoke.ts'
import { type Shop, startShop } from '../../kit/shop.ts'

const liveSecret = `whsec_${'l'.repeat(32)}`
let shop: Shop
/** The deployments of real and of play money, on one database. */
let live: Services
let test: Services
beforeAll(async () => {
  shop = await startShop()
  shop.byHand()
  test = shop.services
  live = { ...test, mode: 'live', secrets: [{ secret: liveSecret, until: null }] }
})
afterAll(() => shop.close())

async function posted(services: Services, event: object, secret?: string) {
  const { payload, header } = shop.stripe.events.signed(JSON.stringify(event), secret)
  const headers = { 'stripe-signature': header }
  const body = { bytes: Buffer.from(payload) }
  const request = new HttpRequest({ method: 'POST', url: 'http://localhost/api', headers, body })
  const lines: string[] = []
  const answer = await receiveStripeEvent(services)(request, contextOf('receive_stripe_event', lines))
  return { status: (answer as { status: number }).status, lines: lines.map((line) => JSON.parse(line)) }
}

const anEvent = (subscription: Thing, fields: object): Thing => ({
  ...shop.stripe.events.build('customer.subscription.updated', subscription, Math.floor(shop.now().getTime() / 1000)),
  ...fields,
})
const everything = () =>
  (['purchases', 'subscriptions', 'directory', 'operations'] as const).map((name) => shop.cosmos.items(name).length)

describe('C13 events of the other mode, or of another account, change nothing', () => {
  type Row = [string, 'live' | 'test', object, string | undefined, number, string]
  const rows: Row[] = [
    ['play money, signed with the live secret', 'live', { livemode: false }, liveSecret, 200, 'another mode'],
    ['play money, signed with its own secret', 'live', { livemode: false }, undefined, 400, 'not_signed'],
    ['real money at the test deployment', 'test', { livemode: true }, undefined, 200, 'another mode'],
    ['real money at the test deployment, its own secret', 'test', { livemode: true }, liveSecret, 400, 'not_signed'],
    ['of another account', 'test', { account: 'acct_other' }, undefined, 200, 'another account'],
    [
      'of another account, real money',
      'live',
      { livemode: true, account: 'acct_other' },
      liveSecret,
      200,
      'another account',
    ],
    ['of a mode that is none', 'test', { livemode: 'false' }, undefined, 200, 'envelope not understood'],
    ['of no mode at all', 'test', { livemode: undefined }, undefined, 200, 'envelope not understood'],
  ]
  it.each(rows)('%s', async (_, at, fields, secret, status, reason) => {
    const subscription = shop.stripe.act.buy()
    const [purchases, subscriptions, directory] = everything()
    const got = await posted(at === 'live' ? live : test, anEvent(subscription, fields), secret)
    expect(got.status).toBe(status)
    expect(got.lines).toEqual([expect.objectContaining({ reason })])
    expect(everything().slice(0, 3)).toEqual([purchases, subscriptions, directory])
    expect(await shop.ours(subscription.id)).toBeUndefined()
  })

  it.each([
    ['live', 'test'],
    ['test', 'live'],
  ] as const)('a wake of mode %s in the %s deployment wakes nobody', async (of, at) => {
    const { id } = shop.stripe.act.buy()
    const calls = shop.stripe.calls.get('GET subscriptions/:id')
    const notes: string[] = []
    const services = at === 'live' ? live : test
    await settle({ ...services, note: (event) => void notes.push(event) }, aboutOf(of, id), 1)
    expect(notes).toEqual(['purchase_ignored'])
    expect(shop.stripe.calls.get('GET subscriptions/:id')).toBe(calls)
  })
})

describe('C13 two deployments on one database', () => {
  it('the same ids of the seller, in both modes, are two events and two subscriptions', async () => {
    const subscription = shop.stripe.act.buy({ quantity: 5 })
    const event = anEvent(subscription, {})
    expect((await posted(test, event)).status).toBe(200)
    expect((await posted(live, { ...event, livemode: true }, liveSecret)).status).toBe(200)
    for (const mode of ['test', 'live'] as const) {
      const [stored, ...more] = shop.cosmos.items('purchases', aboutOf(mode, subscription.id))
      expect(more).toEqual([])
      expect(stored).toMatchObject({ id: `${mode}:${event.id}`, state: 'waiting' })
    }
    expect(await refresh(test, subscription.id)).toBe('refreshed')
    Object.assign(subscription, { livemode: true })
    shop.stripe.act.setQuantity(subscription.id, 7)
    expect(await refresh(live, subscription.id)).toBe('refreshed')
    const ids = (['test', 'live'] as const).map((mode) => purchasedId(mode, subscription.id))
    expect(new Set(ids).size).toBe(2)
    const both = await Promise.all(ids.map((id) => test.subscriptions.read(id)))
    expect(both).toEqual([
      expect.objectContaining({ quantity: 5, seller: expect.objectContaining({ mode: 'test' }) }),
      expect.objectContaining({ quantity: 7, seller: expect.objectContaining({ mode: 'live' }) }),
    ])
  })

  it.each(['test', 'live'] as const)(
    'what the seller says of another mode is not written under mode %s',
    async (mode) => {
      const subscription = shop.stripe.act.buy({ quantity: 5 })
      Object.assign(subscription, { livemode: mode === 'test' })
      const services = mode === 'live' ? live : test
      const before = shop.cosmos.items('subscriptions').length
      await expect(refresh(services, subscription.id)).rejects.toThrow()
      expect(shop.cosmos.items('subscriptions')).toHaveLength(before)
    },
  )
})
