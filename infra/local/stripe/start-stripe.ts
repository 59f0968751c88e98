import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import Stripe from 'stripe'
import { Acts } from './acts.ts'
import { Calendar } from './calendar.ts'
import { stock } from './catalogue.ts'
import { EVENTS_KEPT_SECONDS, Events } from './events.ts'
import { Faults } from './faults.ts'
import { Gate } from './gate.ts'
import { Keys } from './keys.ts'
import { pages } from './pages.ts'
import { serveApi } from './serve-api.ts'
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
  /** All of them: they are changed as an account's owner does. */
  keys: Keys
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
  const port = await listening(server, options.port ?? 0)
  const origin = `http://127.0.0.1:${port}`
  const seller = sellerOf(options.data, now)
  const { store, events, act, time, keys } = seller
  events.url = options.webhook
  const faults = new Faults()
  const gate = new Gate(store, keys, Stripe.API_VERSION, rateLimit, now)
  const tick = () => {
    time.tick()
    events.pump()
  }
  const parts = { ...seller, at: () => Math.floor(now().getTime() / 1000), origin }
  const show = pages({ store, act, events, keys, faults, tick, time: now, origin, calls: gate.calls })
  server.on('request', (request, response) => {
    if (request.url?.startsWith('/v1/')) void serveApi({ gate, faults, events, parts, tick }, request, response)
    else void show(request, response)
  })
  const ticking = setInterval(() => {
    tick()
    store.save()
  }, TICK_MS)
  return {
    ...{ port, origin, key: keys.key, webhookSecret: keys.secret, keys },
    ...{ act, events, faults, store, till: seller.till, tick },
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

function sellerOf(data: string | undefined, now: () => Date) {
  const at = Math.floor(now().getTime() / 1000)
  const isForgotten = ({ object, created }: { object: string; created?: number }) =>
    object === 'event' && Number(created) < at - EVENTS_KEPT_SECONDS
  const store = new Store(data, isForgotten)
  const keys = new Keys(store, now)
  stock(store, at)
  const events = new Events(store, keys, now)
  const till = new Till(store, events)
  const subscriptions = new Subscriptions(store, events, till)
  const calendar = new Calendar(store, subscriptions, till)
  const time = new Time(store, calendar, subscriptions, till, now)
  const act = new Acts({ store, events, subscriptions, calendar, time })
  return { store, keys, events, till, subscriptions, calendar, time, act }
}

async function listening(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return (server.address() as AddressInfo).port
}
