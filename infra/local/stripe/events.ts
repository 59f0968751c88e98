import Stripe from 'stripe'
import { Heap } from './heap.ts'
import type { Keys } from './keys.ts'
import { shown } from './shown.ts'
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

/** When an event goes out. Times in ms. */
interface Plan {
  since: number
  due: number
  tries: number
}

/** One event on its way. */
interface Parcel {
  event: Thing
  plan: Plan
}

/** What became of one post of an event; status 0: no answer. */
export interface Posted {
  event: string
  type: string
  status: number
}

/** The call that causes events. */
export interface Cause {
  id: string | null
  idempotency_key: string | null
}

/** How long an event can be asked for. */
export const EVENTS_KEPT_SECONDS = 30 * 86_400

const MOST_AT_ONCE = 8
const GIVES_UP_MS = 3 * 24 * 3_600_000
const MOST_POSTED = 50_000
const NOBODY: Cause = { id: null, idempotency_key: null }

/** Makes events and posts them, truly signed, again and again until they are acknowledged or were tried for three days. */
export class Events {
  readonly #store: Store
  readonly #keys: Keys
  readonly #now: () => Date
  readonly posted: Posted[] = []
  delivery: Delivery = { double: false, delayMs: 0, hold: false, withheld: [] }
  url: string | undefined
  random: () => number = Math.random
  /** Called with each answer, before the next is sent. */
  onPosted: (posted: Posted) => void = () => {}
  /** Who causes what happens now. */
  cause: Cause = NOBODY
  readonly #parcels = new Heap<Parcel>((a, b) => a.plan.due - b.plan.due)
  #running = 0

  constructor(store: Store, keys: Keys, now: () => Date) {
    this.#store = store
    this.#keys = keys
    this.#now = now
    for (const event of store.all('event')) {
      for (const plan of this.#plansOf(event)) this.#parcels.push({ event, plan })
    }
  }

  /** How many are still to be delivered. */
  get pending(): number {
    return this.#parcels.size + this.#running
  }

  /** How many could go out now. */
  get due(): number {
    const now = this.#now().getTime()
    return this.#running + this.#parcels.values().filter(({ plan }) => plan.due <= now).length
  }

  /** Something happened to an object at `at` (seconds); its picture of now goes into the event. */
  make(type: string, thing: Thing, at: number, previous?: object): Thing {
    const event = this.build(type, shown(this.#store, thing), at, previous)
    this.#store.touched(thing)
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
      request: this.cause,
      type,
      data: { object: pictureOf(thing), ...(previous ? { previous_attributes: previous } : {}) },
    }
  }

  /** Puts an event, made here or by a test, on its way. */
  send(event: Thing): void {
    if (this.delivery.withheld.some((type) => type === '*' || type === event.type)) return
    const now = this.#now().getTime()
    for (let copies = this.delivery.double ? 2 : 1; copies > 0; copies -= 1)
      this.#add(event, { since: now, due: now + this.delivery.delayMs * this.random(), tries: 0 })
  }

  /** Posts what is due. */
  pump(): void {
    if (this.delivery.hold || this.url === undefined) return
    const now = this.#now().getTime()
    while (this.#running < MOST_AT_ONCE) {
      const next = this.#parcels.peek()
      if (!next || next.plan.due > now) return
      this.#parcels.pop()
      this.#running += 1
      void this.#post(next, this.url).finally(() => {
        this.#running -= 1
        this.pump()
      })
    }
  }

  /** A signed request for these very bytes, as of now. */
  signed(payload: string, secret?: string): { payload: string; header: string } {
    return { payload, header: this.#keys.signed(payload, secret) }
  }

  async #post({ event, plan }: Parcel, url: string): Promise<void> {
    const { payload, header } = this.signed(JSON.stringify(event, null, 2))
    const status = await post(url, payload, header)
    const posted = { event: event.id, type: event.type, status }
    this.posted.push(posted)
    if (this.posted.length > MOST_POSTED) this.posted.splice(0, MOST_POSTED / 2)
    this.onPosted(posted)
    this.#keep(
      event,
      this.#plansOf(event).filter((one) => one !== plan),
    )
    const now = this.#now().getTime()
    if ((status >= 200 && status < 300) || now - plan.since > GIVES_UP_MS) return
    const { since, tries } = plan
    this.#add(event, { since, tries: tries + 1, due: now + Math.min(3_600_000, 1000 * 2 ** tries) })
  }

  #add(event: Thing, plan: Plan): void {
    this.#parcels.push({ event, plan })
    this.#keep(event, [...this.#plansOf(event), plan])
  }

  #plansOf = ({ id }: Thing): Plan[] => (this.#store.hiddenOf(id).plans as Plan[] | undefined) ?? []

  // What is on its way goes on after a restart. An event that a test made up is in no list of the seller's.
  #keep({ id }: Thing, plans: Plan[]): void {
    if (this.#store.get(id)) this.#store.note(id, { plans: plans.length === 0 ? undefined : plans })
  }
}

// As it goes over the wire. Of the many events of a renewal night this is most of the work, and faster than a clone.
const pictureOf = (thing: object): object => JSON.parse(JSON.stringify(thing))

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
