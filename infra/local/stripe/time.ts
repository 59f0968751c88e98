import type { Calendar } from './calendar.ts'
import { Heap } from './heap.ts'
import type { Store, Thing } from './store.ts'
import type { Subscriptions } from './subscriptions.ts'
import type { Till } from './till.ts'

/** When something is to be looked at. */
interface Due {
  at: number
  /** What belongs to a period comes before the next one begins. */
  rank: number
  id: string
}

const ranks = ['invoice', 'subscription', 'checkout.session']

/** What happens by itself, by the clock: a year may pass at once, and all of it happens in order. */
export class Time {
  readonly #store: Store
  readonly #calendar: Calendar
  readonly #subscriptions: Subscriptions
  readonly #till: Till
  readonly #now: () => Date
  readonly #due = new Heap<Due>((a, b) => a.at - b.at || a.rank - b.rank)
  /** When each object is next to be looked at, so that it waits in the heap once. */
  readonly #planned = new Map<string, number>()
  #reached = 0

  constructor(store: Store, calendar: Calendar, subscriptions: Subscriptions, till: Till, now: () => Date) {
    this.#store = store
    this.#calendar = calendar
    this.#subscriptions = subscriptions
    this.#till = till
    this.#now = now
  }

  /** Does all that is due by now; answers now, in seconds. */
  tick(): number {
    const now = Math.floor(this.#now().getTime() / 1000)
    for (;;) {
      for (const id of this.#store.takeUnseen()) this.#plan(this.#store.get(id))
      const next = this.#due.peek()
      if (next === undefined || next.at > now) break
      this.#due.pop()
      if (this.#planned.get(next.id) !== next.at) continue
      this.#planned.delete(next.id)
      const thing = this.#store.must(next.id)
      // Something may have changed since this was planned.
      if (this.#dueOf(thing) === next.at) this.#happen(thing, Math.max(next.at, this.#reached))
      this.#store.touched(thing)
    }
    this.#reached = now
    return now
  }

  #plan(thing: Thing | undefined): void {
    const at = thing && this.#dueOf(thing)
    if (!thing || at === undefined || this.#planned.get(thing.id) === at) return
    this.#planned.set(thing.id, at)
    this.#due.push({ at, rank: ranks.indexOf(thing.object), id: thing.id })
  }

  #dueOf(thing: Thing): number | undefined {
    if (thing.object === 'subscription') return this.#calendar.dueOf(thing)
    if (thing.object === 'invoice') return this.#till.dueOf(thing)
    return thing.object === 'checkout.session' && thing.status === 'open' ? thing.expires_at : undefined
  }

  #happen(thing: Thing, at: number): void {
    if (thing.object === 'subscription') this.#calendar.happen(thing, at)
    else if (thing.object === 'invoice') this.#invoice(thing, at)
    else {
      Object.assign(thing, { status: 'expired', url: null })
      this.#subscriptions.events.make('checkout.session.expired', thing, at)
    }
  }

  #invoice(invoice: Thing, at: number): void {
    const isInvoiced = invoice.collection_method === 'send_invoice'
    if (this.#till.isProcessing(invoice)) this.#subscriptions.settle(invoice, at)
    else if (invoice.status === 'draft') {
      const { days_until_due } = this.#store.must(invoice.parent.subscription_details.subscription)
      this.#till.finalise(invoice, at, days_until_due)
      if (invoice.status === 'paid') this.#subscriptions.follow(invoice, 'paid', at, 'clock')
      else if (!isInvoiced) this.#subscriptions.charge(invoice, at, 'clock')
    } else if (isInvoiced) this.#subscriptions.overdue(invoice, at)
    else this.#subscriptions.charge(invoice, at, 'clock')
  }
}
