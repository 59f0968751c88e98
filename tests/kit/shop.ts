import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type HttpHandler, HttpRequest } from '@azure/functions'
import { purchaseWebhooks } from '@securemailmerge/shared/http/contracts/purchase-webhooks'
import { aboutOf, partsOf, purchasedId } from '@securemailmerge/shared/purchasing/event'
import { eventTypes } from '@securemailmerge/shared/stripe/events'
import { applyPurchase } from '../../functions/purchase-webhooks/apply-purchase.ts'
import { cancelSubscription, undoCancel } from '../../functions/purchase-webhooks/cancel-subscription.ts'
import { listInvoices } from '../../functions/purchase-webhooks/list-invoices.ts'
import { obeyCommand } from '../../functions/purchase-webhooks/obey-command.ts'
import { openBilling } from '../../functions/purchase-webhooks/open-billing.ts'
import { openCheckout } from '../../functions/purchase-webhooks/open-checkout.ts'
import { previewQuantity } from '../../functions/purchase-webhooks/preview-quantity.ts'
import { receiveStripeEvent } from '../../functions/purchase-webhooks/receive-stripe-event.ts'
import { setQuantity } from '../../functions/purchase-webhooks/set-quantity.ts'
import { showIntent } from '../../functions/purchase-webhooks/show-intent.ts'
import { showPrices } from '../../functions/purchase-webhooks/show-prices.ts'
import { sweepPurchases } from '../../functions/purchase-webhooks/sweep-purchases.ts'
import { walkPurchases } from '../../functions/purchase-webhooks/walk-purchases.ts'
import * as purchaseWiring from '../../functions/purchase-webhooks/wiring.ts'
import { startStripe } from '../../infra/local/stripe/start-stripe.ts'
import type { Thing } from '../../infra/local/stripe/store.ts'
import type { Card } from '../../infra/local/stripe/till.ts'
import { contextOf, type Got, invoke } from './invoke.ts'
import { startKit, type Who } from './services.ts'

type RouteName = keyof typeof purchaseWebhooks

interface Asked {
  as: Who
  params?: Record<string, string>
  query?: Record<string, string>
  body?: unknown
  headers?: Record<string, string>
}

/** The kit and a seller: Stripe's stand-in, whose events reach the service over HTTP. */
export type Shop = Awaited<ReturnType<typeof startShop>>

export async function startShop() {
  const kit = await startKit()
  const stripe = await startStripe({ now: kit.now, rateLimit: Number.POSITIVE_INFINITY })
  const env = {
    ...kit.env,
    STRIPE_API: stripe.origin,
    STRIPE_KEY: stripe.key,
    STRIPE_WEBHOOK_SECRET: stripe.webhookSecret,
  }
  const services = purchaseWiring.wiring(env)
  const receive = receiveStripeEvent(services)
  const heard: string[] = []
  const front = await listenFor(receive, heard)
  stripe.act.listenAt(front.url)
  const handlers: Record<RouteName, HttpHandler> = {
    open_checkout: openCheckout(services),
    show_intent: showIntent(services),
    show_prices: showPrices(services),
    preview_quantity: previewQuantity(services),
    set_quantity: setQuantity(services),
    cancel_subscription: cancelSubscription(services),
    undo_cancel: undoCancel(services),
    list_invoices: listInvoices(services),
    open_billing: openBilling(services),
  }

  async function ask(name: RouteName, { as, params, query, body, headers }: Asked): Promise<Got> {
    const authorization = `Bearer ${await kit.tokenOf(as)}`
    const { method } = purchaseWebhooks[name]
    return invoke(handlers[name], name, {
      method,
      headers: { authorization, ...headers },
      ...(params ? { params } : {}),
      ...(query ? { query } : {}),
      ...(method === 'POST' ? { body: body ?? {} } : {}),
    })
  }

  /** Hands one message of queue `purchases` to its handler, as the host does. */
  async function apply(body: unknown, deliveryCount = 1): Promise<string[]> {
    const lines: string[] = []
    await applyPurchase(services)(
      body,
      contextOf('apply_purchase', lines, { messageId: crypto.randomUUID(), sessionId: '0', deliveryCount }),
    )
    return lines
  }

  /** Handles a wake for everything that waits, one after another; answers the lines that were logged. */
  async function settle(): Promise<Record<string, unknown>[]> {
    const hour = new Date(kit.now().getTime() + 3_600_000)
    const whom = new Set((await services.purchases.overdue(hour, 10_000)).map(({ about }) => about))
    const lines: string[] = []
    for (const about of whom) lines.push(...(await apply({ about })))
    return lines.map((line) => JSON.parse(line))
  }

  /** Waits until every event that is due has been posted and answered. */
  async function delivered(): Promise<void> {
    stripe.tick()
    while (stripe.events.pending > 0) {
      await new Promise((resolve) => setTimeout(resolve, 5))
      stripe.tick()
    }
  }

  async function command(body: unknown, messageId: string = crypto.randomUUID()) {
    const lines: string[] = []
    await obeyCommand(services)(body, contextOf('obey', lines, { messageId }))
    return lines.map((line) => JSON.parse(line) as { event: string; outcome: string; result: Record<string, unknown> })
  }

  /** Opens a page of the seller for somebody. */
  async function open(as: Who, wish: object = {}, headers: Record<string, string> = {}) {
    const body = { name: 'Contoso', quantity: 5, interval: 'monthly', ...wish }
    const { status, json } = await ask('open_checkout', { as, body, headers })
    if (status !== 200) throw new Error(`open_checkout: ${status} ${json?.title}`)
    return { intent: String(json.intent), session: String(json.url).split('/').at(-1) as string }
  }

  /** Somebody buys on our page of the seller, and it has arrived here. */
  async function buy(as: Who, wish: object = {}, card: Card = 'good') {
    const page = await open(as, wish)
    const { id, customer } = stripe.act.pay(page.session, { card })
    await delivered()
    await settle()
    return { ...page, id, customer: String(customer), subscriptionId: purchasedId('test', id) }
  }

  /** Posts an event by hand, truly signed as of now. Answers the status. */
  async function send(event: object, secret?: string): Promise<number> {
    const { payload, header } = stripe.events.signed(JSON.stringify(event), secret)
    return (await post(payload, { 'stripe-signature': header })).status
  }

  /** Events of the seller since `from` that we act on, in the order in which they were made. */
  const eventsSince = (from: number): Thing[] =>
    stripe.store
      .all('event')
      .slice(from)
      .filter(({ type }) => type in eventTypes)

  /** Something happens at the seller, and its events arrive here, one by one, in some order; nobody looks yet. */
  async function happens<T>(act: () => T, order?: (events: Thing[]) => Thing[]): Promise<T> {
    const from = stripe.store.all('event').length
    const done = act()
    stripe.tick()
    const events = eventsSince(from)
    for (const event of order?.(events) ?? events) {
      const status = await send(event)
      if (status !== 200) throw new Error(`${event.type}: ${status}`)
    }
    return done
  }

  const post = (bytes: string | Uint8Array, headers: Record<string, string>) =>
    fetch(front.url, { method: 'POST', body: bytes as string, headers })

  const timer = async (run: ReturnType<typeof sweepPurchases>) => {
    const lines: string[] = []
    await run({} as never, contextOf('timer', lines))
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  }

  return {
    ...kit,
    kit,
    stripe,
    services,
    ask,
    apply,
    settle,
    delivered,
    command,
    /** The lines that the webhook end point has logged. */
    heard,
    open,
    buy,
    send,
    happens,
    /** A wake for one subscription is handled. */
    look: ({ id }: { id: string }) => apply({ about: aboutOf('test', id) }),
    eventsSince,
    /** From now on events go out only by hand; or, with false, by themselves again. */
    byHand: (on = true) => stripe.act.deliver({ withheld: on ? Object.keys(eventTypes) : [] }),
    /** How many events the seller has made. */
    made: () => stripe.store.all('event').length,
    /** Posts bytes to the webhook end point as they are. */
    post,
    sweep: () => timer(sweepPurchases(services)),
    walk: () => timer(walkPurchases(services)),
    /** Ours, by the seller's id. */
    ours: (sellersId: string) =>
      services.subscriptions.read(purchasedId(partsOf(`test:${sellersId}`)?.mode ?? 'test', sellersId)),
    async close() {
      await front.close()
      await stripe.close()
      await services.close()
      await kit.close()
    },
  }
}

/** Waits until something holds. @throws when it has not come to hold within 10 s */
export async function until(holds: () => boolean): Promise<void> {
  const end = performance.now() + 10_000
  while (!holds()) {
    if (performance.now() > end) throw new Error(`never: ${holds}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

/** An HTTP server in front of one handler, with the bytes as they come. */
async function listenFor(handler: HttpHandler, heard: string[]) {
  const server = createServer(async (request: IncomingMessage, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
    const asked = new HttpRequest({
      method: 'POST',
      url: 'http://localhost/api/purchases/stripe',
      headers,
      body: { bytes: Buffer.concat(chunks) },
    })
    const answer = await handler(asked, contextOf('receive_stripe_event', heard))
    const status = (answer as { status?: number }).status ?? 500
    response.writeHead(status).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const close = async () => {
    server.closeAllConnections()
    server.close()
  }
  return { url: `http://127.0.0.1:${port}/api/purchases/stripe`, close }
}
