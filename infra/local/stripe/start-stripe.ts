import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Stripe from 'stripe'
import { Acts } from './acts.ts'
import { stock } from './catalogue.ts'
import { Events } from './events.ts'
import { Faults } from './faults.ts'
import { Gate } from './gate.ts'
import { pages } from './pages.ts'
import type { Parts } from './route.ts'
import { api } from './serve-api.ts'
import { Store } from './store.ts'
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
  const { server, port } = await listening(options.port ?? 0)
  const origin = `http://127.0.0.1:${port}`
  const at = () => Math.floor(now().getTime() / 1000)
  const store = new Store(options.data)
  const keys = keysOf(store)
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
  const show = pages({ store, act, events, tick, time: now, faults, origin, calls: gate.calls })
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
    ...{ port, origin, key: keys.key, webhookSecret: keys.secret, act, events, faults, store, till, tick },
    calls: gate.calls,
    refused: () => gate.refused,
    async close() {
      clearInterval(ticking)
      store.save()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function listening(wanted: number) {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(wanted, '127.0.0.1', resolve)
  })
  return { server, port: (server.address() as AddressInfo).port }
}

/** Its key and what it signs with, made at the first start. */
function keysOf(store: Store): { key: string; secret: string } {
  const keys = store.hiddenOf('keys') as { key: string; secret: string }
  keys.key ??= `rk_test_${randomBytes(24).toString('hex')}`
  keys.secret ??= `whsec_${randomBytes(24).toString('hex')}`
  return keys
}
