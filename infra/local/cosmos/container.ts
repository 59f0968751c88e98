import { createHash } from 'node:crypto'
import { type Definition, shownDefinition } from './definition.ts'
import type { Item, Stored } from './item.ts'
import { type Journal, linesOf } from './journal.ts'

/** One journal line: items as they are from now on, and keys and ids that are gone. */
interface Line {
  put: Item[]
  drop: [key: string, id: string][]
}

type Partition = Map<string, Stored>

const shortHash = (text: string) => createHash('sha256').update(text).digest('base64url').slice(0, 12)

/** The items of one container, in memory by partition key and id, and in its journal if it has one. */
export class Container {
  readonly definition: Definition
  readonly #partitions = new Map<string, Partition>()
  /** All of them by their `_rid`, in the order in which they were made: a changed item keeps its place. */
  readonly #all = new Map<string, Stored>()
  readonly #journal: Journal | undefined
  readonly #self: string
  readonly rid: string
  #made = 0

  constructor(database: string, definition: Definition, journal: Journal | undefined, now: Date) {
    this.definition = definition
    this.rid = shortHash(`${database}/${definition.id}`)
    this.#self = `dbs/${shortHash(database)}/colls/${this.rid}/`
    this.#journal = journal
    if (journal) this.#restore(journal, now)
  }

  /** The container as the service shows it. */
  shown() {
    return { ...shownDefinition(this.definition), _rid: this.rid, _self: this.#self }
  }

  /** An id for a new item: later ones sort after earlier ones. */
  newRid(): string {
    this.#made += 1
    return `${this.rid}${String(this.#made).padStart(12, '0')}`
  }

  selfOf = (rid: string) => `${this.#self}docs/${rid}/`

  /** The item, unless there is none or its time to live is over. */
  get(key: string, id: string, now: Date): Stored | undefined {
    const stored = this.#partitions.get(key)?.get(id)
    return stored && this.#lives(stored, now) ? stored : undefined
  }

  /** The living items of one partition, or of all, in the order in which they were made. */
  items(key: string | undefined, now: Date): Item[] {
    const living: Item[] = []
    for (const stored of (key === undefined ? this.#all : this.#partitions.get(key))?.values() ?? [])
      if (this.#lives(stored, now)) living.push(stored.item)
    return key === undefined ? living : living.sort((a, b) => (a._rid < b._rid ? -1 : 1))
  }

  /** Makes changes to one partition, all or none, and durable before it returns: a new item each, or undefined for gone. */
  commit(key: string, changes: ReadonlyMap<string, Stored | undefined>): void {
    if (changes.size === 0) return
    const put = [...changes.values()].flatMap((stored) => stored?.json ?? [])
    const drop = [...changes].flatMap(([id, stored]) => (stored ? [] : [[key, id]]))
    this.#journal?.append(`{"put":[${put.join(',')}],"drop":${JSON.stringify(drop)}}`)
    for (const [id, stored] of changes) this.#apply(key, id, stored)
  }

  close(): void {
    this.#journal?.close()
  }

  /** Forgets the items for good. */
  remove(): void {
    this.#journal?.remove()
  }

  #apply(key: string, id: string, stored: Stored | undefined): void {
    const partition: Partition = this.#partitions.get(key) ?? new Map()
    const known = partition.get(id)
    if (known && known.item._rid !== stored?.item._rid) this.#all.delete(known.item._rid)
    if (stored) this.#all.set(stored.item._rid, stored)
    if (stored) partition.set(id, stored)
    else partition.delete(id)
    if (partition.size === 0) this.#partitions.delete(key)
    else this.#partitions.set(key, partition)
  }

  #lives({ item }: Stored, now: Date): boolean {
    const { defaultTtl } = this.definition
    const ttl = Number(item.ttl ?? defaultTtl)
    return defaultTtl === undefined || ttl === -1 || now.getTime() < (item._ts + ttl) * 1000
  }

  #restore(journal: Journal, now: Date): void {
    const { keyField } = this.definition
    // The first line is the definition.
    for (const { put, drop } of linesOf(journal.path).slice(1) as Line[]) {
      for (const item of put) {
        this.#made = Math.max(this.#made, Number(item._rid.slice(this.rid.length)))
        this.#apply(String(item[keyField]), item.id, { item, json: JSON.stringify(item) })
      }
      for (const [key, id] of drop) this.#apply(key, id, undefined)
    }
    const lines = this.items(undefined, now).map((item) => JSON.stringify({ put: [item], drop: [] }))
    journal.rewrite([JSON.stringify({ definition: this.definition }), ...lines])
  }
}
