import { randomUUID } from 'node:crypto'
import { type Entry, Journal } from './journal.ts'

/** An object as the API shows it, references as ids. */
// biome-ignore lint/suspicious/noExplicitAny: the stand-in keeps dozens of Stripe's shapes, which its tests read through the real client
export type Thing = { id: string; object: string; [field: string]: any }

/** What the API does not show of an object: cards, retries, what is still owed. */
export type Hidden = Record<string, unknown>

/** By which fields lists of a kind are asked for; they never change. */
const indexed: Record<string, string[]> = {
  charge: ['customer', 'payment_intent'],
  refund: ['charge', 'payment_intent'],
  dispute: ['charge', 'payment_intent'],
}

/** Everything the seller has, by id; kept in a folder between runs, or in memory. */
export class Store {
  readonly #journal: Journal | undefined
  readonly #things = new Map<string, Thing>()
  readonly #hidden = new Map<string, Hidden>()
  readonly #byKind = new Map<string, Map<string, number>>()
  readonly #bySubscription = new Map<string, string[]>()
  readonly #byField = new Map<string, string[]>()
  #unsaved = new Set<string>()
  #unseen = new Set<string>()
  #rewrite = false
  #made = 0

  /** @param isOver says of an object that it is not worth keeping at the next start */
  constructor(folder: string | undefined, isOver: (thing: Thing) => boolean = () => false) {
    if (folder === undefined) return
    this.#journal = new Journal(folder)
    for (const { id, thing, hidden } of this.#journal.read()) {
      if (thing && isOver(thing)) continue
      if (hidden) this.#hidden.set(id, hidden)
      if (thing) this.put(thing)
    }
    this.#rewrite = true
    this.save()
  }

  newId = (prefix: string): string => `${prefix}_${randomUUID().replaceAll('-', '').slice(0, 24)}`

  get(id: string): Thing | undefined {
    return this.#things.get(id)
  }

  /** The object. @throws Error when there is none: a fault of the stand-in */
  must(id: string): Thing {
    const thing = this.#things.get(id)
    if (!thing) throw new Error(`the stand-in has no ${id}`)
    return thing
  }

  put(thing: Thing): Thing {
    const ofKind = this.#byKind.get(thing.object) ?? new Map<string, number>()
    this.#byKind.set(thing.object, ofKind)
    if (!ofKind.has(thing.id)) {
      ofKind.set(thing.id, this.#made++)
      const subscription = thing.parent?.subscription_details?.subscription
      if (subscription) this.#bySubscription.set(subscription, this.#idsOf(subscription).concat(thing.id))
      for (const field of indexed[thing.object] ?? []) {
        const key = `${thing.object} ${field} ${thing[field]}`
        this.#byField.set(key, (this.#byField.get(key) ?? []).concat(thing.id))
      }
    }
    this.#things.set(thing.id, thing)
    this.touched(thing)
    return thing
  }

  /** All of a kind, in the order in which they were made. */
  all(kind: string): Thing[] {
    return Array.from(this.#byKind.get(kind)?.keys() ?? [], (id) => this.must(id))
  }

  /** Those of a kind that may fit what a list asks for, in the order in which they were made. */
  among(kind: string, asked: Record<string, unknown>): Thing[] {
    const field = indexed[kind]?.find((name) => asked[name] !== undefined)
    if (field === undefined) return this.all(kind)
    return (this.#byField.get(`${kind} ${field} ${asked[field]}`) ?? []).map((id) => this.must(id))
  }

  /** Of each of a kind how many objects were made before it; undefined when there is none of this id. */
  orderOf =
    (kind: string) =>
    (id: string): number | undefined =>
      this.#byKind.get(kind)?.get(id)

  /** The invoices of a subscription, in the order in which they were made. */
  invoicesOf(subscription: string): Thing[] {
    return this.#idsOf(subscription).map((id) => this.must(id))
  }

  /** Notes that something inside these objects has changed; inside any, when none is named. */
  touched(...things: Thing[]): void {
    for (const { id } of things) {
      this.#unsaved.add(id)
      this.#unseen.add(id)
    }
    this.#rewrite ||= things.length === 0
  }

  /** What the API does not show of an object; to be changed with `note` only. */
  hiddenOf(id: string): Hidden {
    const known = this.#hidden.get(id) ?? {}
    this.#hidden.set(id, known)
    return known
  }

  /** Changes what the API does not show of an object; undefined takes a field away. */
  note(id: string, fields: Hidden): void {
    Object.assign(this.hiddenOf(id), fields)
    this.#unsaved.add(id)
    this.#unseen.add(id)
  }

  /** Forgets what was noted under an id that is no object. */
  forget(id: string): void {
    this.#hidden.delete(id)
    this.#unsaved.add(id)
  }

  /** Ids under which something is noted, and which begin like this, in the order in which they were made. */
  notesOf = (beginning: string): string[] => [...this.#hidden.keys()].filter((id) => id.startsWith(beginning))

  /** What was made or changed since this was last asked. */
  takeUnseen(): Iterable<string> {
    const unseen = this.#unseen
    this.#unseen = new Set()
    return unseen
  }

  /** Writes what is new, if there is a folder. */
  save(): void {
    const ids = this.#rewrite ? new Set([...this.#things.keys(), ...this.#hidden.keys()]) : this.#unsaved
    if (this.#rewrite) this.#journal?.rewrite(this.#entries(ids))
    else if (ids.size > 0) this.#journal?.append(this.#entries(ids))
    this.#rewrite = false
    this.#unsaved = new Set()
  }

  #idsOf(subscription: string): string[] {
    return this.#bySubscription.get(subscription) ?? []
  }

  *#entries(ids: Iterable<string>): Generator<Entry> {
    for (const id of ids) yield { id, thing: this.#things.get(id), hidden: this.#hidden.get(id) }
  }
}
