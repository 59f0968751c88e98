import { CosmosClient } from '@azure/cosmos'
import names from '@securemailmerge/shared/names.json' with { type: 'json' }
import fastify from 'fastify'
import Stripe from 'stripe'
import type { People } from '../kit/people.ts'
import { median } from './measure.ts'

const STORE_MS = 20
const PER_SECOND = 50

/** Times of acknowledgement in ms. */
export interface Times {
  p50: number
  p99: number
}

/**
 * Signed events at 50 a second while the store takes 20 ms longer than it does: how long the seller waits for its 2xx,
 * through host and front door, beside fastify + stripe + one insert. In turns, so that a noisy neighbour hits both.
 */
export async function benchAcknowledge(people: People, pairs: number, seconds: number) {
  const secret = people.system.settings.STRIPE_WEBHOOK_SECRET as string
  const client = new CosmosClient({ endpoint: people.system.cosmos, key: people.system.settings.COSMOS_KEY as string })
  const app = peer(client, secret)
  const beside = `${await app.listen({ port: 0, host: '127.0.0.1' })}/stripe`
  const ours = `${people.system.origin}/api/purchases/stripe`
  await people.storeFault('POST', { match: { container: 'purchases' }, times: -1, do: { delayMs: STORE_MS } })
  const turns: { ours: Times[]; peer: Times[] } = { ours: [], peer: [] }
  for (const one of [ours, beside]) await steady(people, one, secret, 2)
  for (let pair = 0; pair < pairs; pair += 1) {
    const order = pair % 2 === 0 ? (['ours', 'peer'] as const) : (['peer', 'ours'] as const)
    for (const side of order) turns[side].push(await steady(people, side === 'ours' ? ours : beside, secret, seconds))
  }
  await people.storeFault('DELETE')
  await app.close()
  client.dispose()
  return { ours: typical(turns.ours), peer: typical(turns.peer) }
}

const typical = (all: Times[]): Times => ({
  p50: median(all.map(({ p50 }) => p50)),
  p99: median(all.map(({ p99 }) => p99)),
})

/** Sends at a steady pace, whether answers come or not, and tells how long they took. */
async function steady(people: People, url: string, secret: string, seconds: number): Promise<Times> {
  const took: number[] = []
  const calls: Promise<void>[] = []
  const began = performance.now()
  for (let n = 0; n < seconds * PER_SECOND; n += 1) {
    const wait = began + (n * 1000) / PER_SECOND - performance.now()
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
    calls.push(send(people, url, secret).then((ms) => void took.push(ms)))
  }
  await Promise.all(calls)
  took.sort((a, b) => a - b)
  const at = (share: number) => took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99) }
}

async function send(people: People, url: string, secret: string): Promise<number> {
  const timestamp = Math.floor(people.system.clock.now().getTime() / 1000)
  const id = crypto.randomUUID().replaceAll('-', '')
  // Of a product that is not ours: the queue has next to nothing to do, so that only the acknowledgement is measured.
  const payload = JSON.stringify(
    {
      id: `evt_${id}`,
      object: 'event',
      api_version: Stripe.API_VERSION,
      created: timestamp,
      livemode: false,
      type: 'customer.subscription.updated',
      data: { object: { id: `sub_${id}`, object: 'subscription', note: 'x'.repeat(4000) } },
    },
    null,
    2,
  )
  const header = Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp })
  const from = performance.now()
  const response = await fetch(url, { method: 'POST', body: payload, headers: { 'stripe-signature': header } })
  if (response.status !== 200) throw new Error(`not acknowledged: ${response.status}`)
  await response.arrayBuffer()
  return performance.now() - from
}

/** A receiver as a good team would write it first. */
function peer(client: CosmosClient, secret: string) {
  const container = client.database(names.database).container('purchases')
  const app = fastify()
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.post('/stripe', async (request, reply) => {
    const event = Stripe.webhooks.constructEvent(
      request.body as Buffer,
      String(request.headers['stripe-signature']),
      secret,
      86_400,
    )
    await container.items.create({ id: event.id, about: event.id, kind: 'peer', type: event.type })
    return reply.code(200).send()
  })
  return app
}
