import { createHmac } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { HttpRequest } from '@azure/functions'
import Stripe from 'stripe'
import { describe, expect, it } from 'vitest'
import { receiveStripeEvent } from '../../../functions/purchase-webhooks/receive-stripe-event.ts'
import type { Services } from '../../../functions/purchase-webhooks/wiring.ts'
import { noon } from '../../builders.ts'
import { contextOf } from '../../kit/invoke.ts'
import { anEvent, aStripeSubscription, c01, c01Secret } from '../../stripe-objects.ts'

const time = noon.getTime() / 1000
const frontDoorId = '00000000-0000-4000-8000-0000000000fd'

/** Everything that an event could leave a trace in. Whoever reaches for it has gone too far. */
const untouched = new Proxy(
  {},
  {
    get() {
      throw new Error('a refused event touched a store')
    },
  },
)

/** Posts bytes to the end point of a service whose stores nobody may touch. */
async function posted(body: Uint8Array | string, headers: Record<string, string>, through: string | null = null) {
  const services = {
    frame: { frontDoorId: through },
    secrets: [{ secret: c01Secret, until: null }],
    now: () => noon,
    mode: 'test',
    purchases: untouched,
    operations: untouched,
    subscriptions: untouched,
    directory: untouched,
    queues: untouched,
  } as unknown as Services
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  const request = new HttpRequest({ method: 'POST', url: 'http://localhost/api', headers, body: { bytes } })
  const lines: string[] = []
  const answer = await receiveStripeEvent(services)(request, contextOf('receive_stripe_event', lines))
  return {
    ...(answer as { status: number; body?: unknown }),
    lines: lines.map((line) => JSON.parse(line)),
    text: lines.join(),
  }
}

const signed = (body: string, timestamp = time) =>
  Stripe.webhooks.generateTestHeaderString({ payload: body, secret: c01Secret, timestamp })
const big = JSON.stringify({ id: 'evt_big', text: 'x'.repeat(2 * 1024 * 1024) })
const v1 = c01.header.split('v1=')[1]!
const zipped = gzipSync(c01.body)

describe('C01 an event that is not as it was signed is refused, and nothing is kept of it', () => {
  it.each<[string, Uint8Array | string, Record<string, string>, number, string]>([
    ['one byte flipped', c01.body.replace('evt_c01', 'evt_c02'), { 'stripe-signature': c01.header }, 400, 'not_signed'],
    ['only the old scheme', c01.body, { 'stripe-signature': `t=${time},v0=${v1}` }, 400, 'not_signed'],
    ['no signature', c01.body, {}, 400, 'not_signed'],
    ['an empty body', '', { 'stripe-signature': c01.header }, 400, 'not_signed'],
    ['an empty body that is signed', '', { 'stripe-signature': `t=${time},v1=${hmacOfNothing()}` }, 400, 'not_signed'],
    ['what is no JSON, before anybody reads it', '{"id":', { 'stripe-signature': c01.header }, 400, 'not_signed'],
    ['2 MB', big, { 'stripe-signature': signed(big) }, 413, 'too_large'],
    [
      '2 MB by its own word',
      c01.body,
      { 'stripe-signature': c01.header, 'content-length': '2097152' },
      413,
      'too_large',
    ],
    ['compressed', zipped, { 'stripe-signature': c01.header, 'content-encoding': 'gzip' }, 400, 'encoded'],
    ['compressed without saying so', zipped, { 'stripe-signature': c01.header }, 400, 'not_signed'],
    ['a broken signature', c01.body, { 'stripe-signature': `t=${time},v1=` }, 400, 'not_signed'],
  ])('%s', async (_, body, headers, status, reason) => {
    const got = await posted(body, headers)
    expect(got.status).toBe(status)
    expect(got.body).toBeUndefined()
    expect(got.lines).toEqual([expect.objectContaining({ event: 'event_refused', reason })])
    // Neither what was posted nor what it was checked with.
    for (const word of [c01Secret, v1, 'evt_', 'sub_c01', 'rgen']) expect(got.text).not.toContain(word)
  })
})

describe('C02 one whose time is too far from ours is refused, and nothing is kept of it', () => {
  it.each([-86_400, -301, 301, 86_400, 100_000])('%i s', async (seconds) => {
    const got = await posted(c01.body, { 'stripe-signature': signed(c01.body, time + seconds) })
    expect(got.status).toBe(400)
    expect(got.lines).toEqual([expect.objectContaining({ event: 'event_refused', reason: 'not_signed' })])
  })

  it.each([-300, 300])('%i s is near enough', async (seconds) => {
    // What is done with it reaches a store, which here is a fault.
    const got = await posted(c01.body, { 'stripe-signature': signed(c01.body, time + seconds) })
    expect(got.status).toBe(500)
    expect(got.lines).toEqual([expect.objectContaining({ event: 'request_failed', code: 'internal' })])
  })
})

it('an event that did not come through our Front Door is refused, however well it is signed', async () => {
  const headers = { 'stripe-signature': c01.header }
  expect((await posted(c01.body, headers, frontDoorId)).status).toBe(403)
  expect((await posted(c01.body, { ...headers, 'x-azure-fdid': 'another' }, frontDoorId)).status).toBe(403)
  // Past the door it reaches for a store.
  const rightId = { ...headers, 'x-azure-fdid': frontDoorId.toUpperCase() }
  expect((await posted(c01.body, rightId, frontDoorId)).status).toBe(500)
})

describe('an event that does not concern us is taken, counted, and not kept', () => {
  const subscription = aStripeSubscription()
  it.each([
    ['of the other mode', { livemode: true }, { reason: 'another mode', type: 'customer.subscription.updated' }],
    [
      'of another account',
      { account: 'acct_other' },
      { reason: 'another account', type: 'customer.subscription.updated' },
    ],
    ['of a type that we do not use', { type: 'product.created' }, { reason: 'type not used' }],
    [
      'about no subscription',
      { type: 'checkout.session.expired', data: { object: { id: 'cs_test_1', subscription: null } } },
      { reason: 'about no subscription', type: 'checkout.session.expired' },
    ],
  ])('%s', async (_, some, line) => {
    const text = JSON.stringify(anEvent('customer.subscription.updated', subscription, some))
    const got = await posted(text, { 'stripe-signature': signed(text) })
    expect(got.status).toBe(200)
    expect(got.lines).toEqual([expect.objectContaining({ event: 'event_ignored', ...line })])
    // Whatever a stranger's type says stays out of the log.
    expect(got.text).not.toContain('product.created')
  })
})

function hmacOfNothing(): string {
  return createHmac('sha256', c01Secret).update(`${time}.`).digest('hex')
}
