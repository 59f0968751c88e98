import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import Stripe from 'stripe'
import { type LocalStripe, type StripeOptions, startStripe } from '../../../../infra/local/stripe/start-stripe.ts'
import type { Thing } from '../../../../infra/local/stripe/store.ts'

export const hour = 3_600_000
export const day = 24 * hour

/** A seller with a clock that is moved by hand, its real client, and an end point that reads its events. */
export type Seller = Awaited<ReturnType<typeof startSeller>>

export async function startSeller(begin = '2026-01-31T10:00:00Z', options: StripeOptions = {}) {
  let time = Date.parse(begin)
  const now = () => new Date(time)
  const stripe: LocalStripe = await startStripe({ now, rateLimit: Number.POSITIVE_INFINITY, ...options })
  const client = clientOf(stripe)
  const atSecond = () => Math.floor(time / 1000)
  const eventsOf = (from = 0) => stripe.store.all('event').slice(from)
  return {
    stripe,
    client,
    act: stripe.act,
    now,
    atSecond,
    eventsOf,
    /** Time passes at once. */
    passes(ms: number): void {
      time += ms
      stripe.tick()
    },
    /** Types of the events that something causes, in their order. */
    typesOf(act: () => unknown): string[] {
      const from = eventsOf().length
      act()
      return eventsOf(from).map(({ type }) => String(type))
    },
    invoices: (subscription: Thing): Thing[] => stripe.store.invoicesOf(subscription.id),
    close: () => stripe.close(),
  }
}

/** The unmodified client. */
export const clientOf = ({ port, key }: LocalStripe, key2 = key): Stripe =>
  new Stripe(key2, { host: '127.0.0.1', port, protocol: 'http', maxNetworkRetries: 0, telemetry: false })

/** An end point that verifies events with the package and answers as it is told. */
export async function startEndPoint(
  stripe: LocalStripe,
  now: () => Date,
  answer: () => number | Promise<number> = () => 200,
) {
  const received: Stripe.Event[] = []
  const bodies: string[] = []
  const server = createServer(async (request, response) => {
    const body = await text(request)
    const signature = String(request.headers['stripe-signature'])
    // At the seller's time: a signature of another would be refused.
    const receivedAt = Math.floor(now().getTime() / 1000)
    bodies.push(body)
    received.push(Stripe.webhooks.constructEvent(body, signature, stripe.webhookSecret, 300, undefined, receivedAt))
    response.writeHead(await answer()).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    received,
    bodies,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
