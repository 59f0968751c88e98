import type { Acts } from './acts.ts'
import type { Store, Thing } from './store.ts'
import type { Subscriptions } from './subscriptions.ts'
import type { Till } from './till.ts'

/** What happens by itself, by the clock: a year may pass at once, and all of it happens in order. */
export class Time {
  readonly #store: Store
  readonly #subscriptions: Subscriptions
  readonly #till: Till
  readonly #act: Acts
  readonly #now: () => Date
  #last = -1

  constructor(store: Store, subscriptions: Subscriptions, till: Till, act: Acts, now: () => Date) {
    this.#store = store
    this.#subscriptions = subscriptions
    this.#till = till
    this.#act = act
    this.#now = now
  }

  /** Does all that is due by now. */
  tick(): void {
    const now = Math.floor(this.#now().getTime() / 1000)
    // Calls come many in a second, and nothing new is due within one.
    if (now === this.#last) return
    this.#last = now
    for (;;) {
      const due = this.#due(now)
      if (due.length === 0) return
      for (const { at, thing } of due.sort((a, b) => a.at - b.at)) this.#happen(thing, at)
    }
  }

  #due(now: number): { at: number; thing: Thing }[] {
    const due: { at: number; thing: Thing }[] = []
    for (const thing of this.#store.all('subscription')) {
      const at = this.#subscriptions.dueOf(thing)
      if (at !== undefined && at <= now) due.push({ at, thing })
      const latest = thing.latest_invoice && this.#store.must(thing.latest_invoice)
      const invoiceAt = latest && this.#till.dueOf(latest)
      // What belongs to a period comes before the next one begins.
      if (invoiceAt !== undefined && invoiceAt !== null && invoiceAt <= Math.min(now, at ?? now))
        due.push({ at: invoiceAt, thing: latest })
    }
    for (const page of this.#store.all('checkout.session'))
      if (page.status === 'open' && page.expires_at <= now) due.push({ at: page.expires_at, thing: page })
    return earliestOfEach(due)
  }

  #happen(thing: Thing, at: number): void {
    this.#store.touched()
    if (thing.object === 'subscription') this.#subscriptions.happen(thing, at)
    else if (thing.object === 'checkout.session') {
      Object.assign(thing, { status: 'expired', url: null })
      this.#subscriptions.events.make('checkout.session.expired', thing, at)
    } else this.#invoice(thing, at)
  }

  #invoice(invoice: Thing, at: number): void {
    const subscription = this.#store.must(invoice.parent.subscription_details.subscription)
    const hidden = this.#store.hiddenOf(invoice.id)
    if (hidden.settles !== undefined) this.#act.settle(invoice, at)
    else if (subscription.status === 'canceled') this.#till.close(invoice, 'void', at)
    else if (invoice.status === 'draft') this.#finalise(invoice, subscription, at)
    else if (invoice.due_date) {
      hidden.overdue = true
      this.#subscriptions.events.make('invoice.overdue', invoice, at)
      this.#subscriptions.refused(invoice, at)
    } else this.#act.charge(invoice, at)
  }

  #finalise(invoice: Thing, subscription: Thing, at: number): void {
    const sent = invoice.collection_method === 'send_invoice'
    this.#till.finalise(invoice, at, sent ? subscription.days_until_due : null)
    if (!sent) this.#act.charge(invoice, at)
  }
}

/** For one subscription only the first thing that is due: it may change what comes next. */
function earliestOfEach(due: { at: number; thing: Thing }[]): { at: number; thing: Thing }[] {
  const first = new Map<string, { at: number; thing: Thing }>()
  for (const one of due) {
    const key = one.thing.parent?.subscription_details?.subscription ?? one.thing.id
    const known = first.get(key)
    if (!known || one.at < known.at) first.set(key, one)
  }
  return [...first.values()]
}
