import Stripe from 'stripe'
import type { Store, Thing } from './store.ts'

/** How events are delivered: as they come, or as badly as they may. */
export interface Delivery {
  /** Each is sent twice. */
  double: boolean
  /** Each waits up to so long, at random, so that later ones overtake it. In ms of the machine's clock. */
  delayMs: number
  /** Nothing goes out until this is switched off. */
  hold: boolean
  /** Types that never go out; `*` is all of them. */
  withheld: string[]
}

/** One event on its way. */
interface Parcel {
  event: Thing
  due: number
  tries: number
}

/** What became of one post of an event. */
export interface Posted {
  event: string
  type: string
  status: number
}

const MOST_AT_ONCE = 8
const GIVES_UP_MS = 3 * 24 * 3_600_000
const second = 1000

/** Makes events and posts them, truly signed, again and again until they are acknowledged or three days old. */
export class Events {
  readonly #store: Store
  readonly #secret: string
  readonly #now: () => Date
  readonly posted: Posted[] = []
  delivery: Delivery = { double: false, delayMs: 0, hold: false, withheld: [] }
  url: string | undefined
  random: () => number = Math.random
  /** Called with each answer, before the next is sent. */
  onPosted: (posted: Posted) => void = () => {}
  #parcels: Parcel[] = []
  #running = 0

  constructor(store: Store, secret: string, now: () => Date) {
    this.#store = store
    this.#secret = secret
    this.#now = now
  }

  /** How many are still to be delivered. */
  get pending(): number {
    return this.#parcels.length + this.#running
  }

  /** How many could go out now. */
  get due(): number {
    const now = this.#now().getTime()
    return this.#running + this.#parcels.filter(({ due }) => due <= now).length
  }

  /** Something happened to an object at `at` (seconds); its picture of now goes into the event. */
  make(type: string, thing: Thing, at: number, previous?: object): Thing {
    const event = this.build(type, thing, at, previous)
    this.#store.put(event)
    this.send(event)
    return event
  }

  /** An event that goes nowhere yet. */
  build(type: string, thing: object, at: number, previous?: object): Thing {
    return {
      id: this.#store.newId('evt'),
      object: 'event',
      api_version: Stripe.API_VERSION,
      created: at,
      livemode: false,
      pending_webhooks: 1,
      request: { id: null, idempotency_key: null },
      type,
      data: { object: structuredClone(thing), ...(previous ? { previous_attributes: previous } : {}) },
    }
  }

  /** Puts an event, made here or by a test, on its way. */
  send(event: Thing): void {
    if (this.delivery.withheld.some((type) => type === '*' || type === event.type)) return
    for (let copies = this.delivery.double ? 2 : 1; copies > 0; copies -= 1) {
      this.#parcels.push({ event, due: this.#now().getTime() + this.delivery.delayMs * this.random(), tries: 0 })
    }
  }

  /** Posts what is due. */
  pump(): void {
    if (this.delivery.hold || this.url === undefined) return
    const now = this.#now().getTime()
    while (this.#running < MOST_AT_ONCE) {
      const at = this.#parcels.findIndex(({ due }) => due <= now)
      if (at === -1) return
      const [parcel] = this.#parcels.splice(at, 1)
      this.#running += 1
      void this.#post(parcel as Parcel).finally(() => {
        this.#running -= 1
        this.pump()
      })
    }
  }

  /** A signed request for these very bytes, as of now. */
  signed(payload: string, secret = this.#secret): { payload: string; header: string } {
    const timestamp = Math.floor(this.#now().getTime() / second)
    return { payload, header: Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp }) }
  }

  async #post(parcel: Parcel): Promise<void> {
    const { event } = parcel
    const { payload, header } = this.signed(JSON.stringify(event, null, 2))
    const status = await post(this.url as string, payload, header)
    const posted = { event: event.id, type: event.type, status }
    this.posted.push(posted)
    if (this.posted.length > 50_000) this.posted.splice(0, 25_000)
    this.onPosted(posted)
    if (status >= 200 && status < 300) return
    const now = this.#now().getTime()
    if (now - event.created * second > GIVES_UP_MS) return
    const tries = parcel.tries + 1
    this.#parcels.push({ event, tries, due: now + Math.min(3_600_000, 500 * 2 ** tries) })
  }
}

async function post(url: string, body: string, header: string): Promise<number> {
  try {
    const headers = { 'Content-Type': 'application/json; charset=utf-8', 'Stripe-Signature': header }
    const response = await fetch(url, { method: 'POST', body, headers, signal: AbortSignal.timeout(10_000) })
    await response.arrayBuffer()
    return response.status
  } catch {
    return 0
  }
}
