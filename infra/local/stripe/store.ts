import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** An object as the API shows it, references as ids. */
// biome-ignore lint/suspicious/noExplicitAny: the stand-in keeps dozens of Stripe's shapes, which its tests read through the real client
export type Thing = { id: string; object: string; [field: string]: any }

/** Everything the seller has, by id; written to a file between runs. */
export class Store {
  readonly #path: string | undefined
  #things = new Map<string, Thing>()
  /** What the API does not show: cards, retries, settings. */
  hidden: Record<string, Record<string, unknown>> = {}
  #dirty = false
  readonly #bySubscription = new Map<string, Set<string>>()
  readonly #byKind = new Map<string, Set<string>>()

  constructor(folder: string | undefined) {
    if (folder === undefined) return
    mkdirSync(folder, { recursive: true })
    this.#path = join(folder, 'stripe.json')
    if (!existsSync(this.#path)) return
    const { things, hidden } = JSON.parse(readFileSync(this.#path, 'utf8'))
    this.hidden = hidden
    for (const thing of things) this.put(thing)
  }

  newId = (prefix: string): string => `${prefix}_${randomBytes(12).toString('hex')}`

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
    this.#dirty = true
    this.#things.set(thing.id, thing)
    indexed(this.#byKind, thing.object).add(thing.id)
    const subscription = thing.parent?.subscription_details?.subscription
    if (subscription) indexed(this.#bySubscription, subscription).add(thing.id)
    return thing
  }

  /** All of a kind, in the order in which they were made. */
  all(kind: string): Thing[] {
    return [...(this.#byKind.get(kind) ?? [])].map((id) => this.must(id))
  }

  invoicesOf(subscription: string): Thing[] {
    return [...(this.#bySubscription.get(subscription) ?? [])].map((id) => this.must(id))
  }

  /** Notes that something inside an object has changed. */
  touched(): void {
    this.#dirty = true
  }

  hiddenOf(id: string): Record<string, unknown> {
    this.hidden[id] ??= {}
    return this.hidden[id]
  }

  /** Writes all of it, if there is a folder and something new. */
  save(): void {
    if (!this.#dirty || this.#path === undefined) return
    this.#dirty = false
    const aside = `${this.#path}.new`
    writeFileSync(aside, JSON.stringify({ things: [...this.#things.values()], hidden: this.hidden }), { mode: 0o600 })
    renameSync(aside, this.#path)
  }
}

function indexed(index: Map<string, Set<string>>, key: string): Set<string> {
  const known = index.get(key) ?? new Set<string>()
  index.set(key, known)
  return known
}
