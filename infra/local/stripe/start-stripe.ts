import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import Stripe from 'stripe'
import { Acts } from './acts.ts'
import { answer, type Parts } from './api.ts'
import { stock } from './catalogue.ts'
import { Events } from './events.ts'
import { Faults } from './faults.ts'
import { parseForm } from './form.ts'
import { Gate } from './gate.ts'
import { pages } from './pages.ts'
import { Store } from './store.ts'
import { StripeError } from './stripe-error.ts'
import { Subscriptions } from './subscriptions.ts'
import { Till } from './till.ts'
import { Time } from './time.ts'

/** How to start one. */
export interface StripeOptions {
  port?: number
  /** Folder to keep things in; absent: memory. */
  data?: string | undefined
  now?: () => Date
  /** Where events are posted. */
  webhook?: string | undefined
  /** Calls in a second, over all. */
  rateLimit?: number
}

/** A seller that listens on 127.0.0.1. */
export interface LocalStripe {
  port: number
  origin: string
  /** A restricted test key. */
  key: string
  webhookSecret: string
  act: Acts
  events: Events
  faults: Faults
  store: Store
  till: Till
  /** Does all that is due by now, at once. */
  tick(): void
  /** Calls so far, by method and path without ids. */
  calls: Map<string, number>
  /** Calls so far that were refused for their rate. */
  refused(): number
  close(): Promise<void>
}

const TICK_MS = 50

/** Starts the stand-in. @throws Error `EADDRINUSE` when the port is taken */
export async function startStripe(options: StripeOptions = {}): Promise<LocalStripe> {
  const { now = () => new Date(), rateLimit = 25 } = options
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const origin = `http://127.0.0.1:${port}`
  const at = () => Math.floor(now().getTime() / 1000)
  const store = new Store(options.data)
  const keys = store.hiddenOf('keys') as { key: string; secret: string }
  keys.key ??= `rk_test_${randomBytes(24).toString('hex')}`
  keys.secret ??= `whsec_${randomBytes(24).toString('hex')}`
  stock(store, at())
  const events = new Events(store, keys.secret, now)
  events.url = options.webhook
  const till = new Till(store, events)
  const subscriptions = new Subscriptions(store, events, till)
  const act = new Acts(store, events, till, subscriptions, now)
  const time = new Time(store, subscriptions, till, act, now)
  const faults = new Faults()
  const gate = new Gate(keys.key, Stripe.API_VERSION, rateLimit, now)
  const parts: Parts = { store, subscriptions, at, origin }
  const tick = () => {
    time.tick()
    events.pump()
  }
  const show = pages({ store, act, events, tick, time: now, faults, origin })
  server.on('request', (request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] as string
    if (path.startsWith('/v1/')) void api({ gate, faults, parts, tick }, request, response)
    else void show(request, response)
  })
  const ticking = setInterval(() => {
    tick()
    store.save()
  }, TICK_MS)
  return {
    ...{
      port,
      origin,
      key: keys.key,
      webhookSecret: keys.secret,
      act,
      events,
      faults,
      store,
      till,
      tick,
      calls: gate.calls,
      refused: () => gate.refused,
    },
    async close() {
      clearInterval(ticking)
      store.save()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

interface Api {
  gate: Gate
  faults: Faults
  parts: Parts
  tick: () => void
}

async function api(
  { gate, faults, parts, tick }: Api,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const method = request.method ?? 'GET'
  const [path = '', query = ''] = (request.url ?? '').slice('/v1/'.length).split('?')
  let body = ''
  for await (const chunk of request) body += chunk
  const reply = (status: number, text: string) => {
    if (response.destroyed) return
    response
      .writeHead(status, { 'Content-Type': 'application/json', 'Request-Id': `req_${randomBytes(8).toString('hex')}` })
      .end(text)
  }
  try {
    gate.admit(request, method, path)
    const left = AbortSignal.any([AbortSignal.timeout(120_000), closedOf(response)])
    const fault = await faults.before(method, path, left)
    if (fault === 'dropped') return void response.destroy()
    const text = gate.once(request, `${method} ${path}`, body, () => {
      tick()
      const made = answer(parts, method, decodeURIComponent(path), parseForm(query || body))
      tick()
      return JSON.stringify(made)
    })
    if ((await faults.after(method, path, left)) === 'dropped') return void response.destroy()
    reply(200, text)
  } catch (error) {
    if (error instanceof StripeError) return reply(error.status, JSON.stringify(error.body))
    console.error('stripe:', error)
    reply(
      500,
      JSON.stringify({ error: { type: 'api_error', message: 'The local Stripe has a fault; its output says which.' } }),
    )
  }
}

function closedOf(response: ServerResponse): AbortSignal {
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  return gone.signal
}
