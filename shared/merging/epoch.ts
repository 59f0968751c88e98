import type { Blobs } from '../azure/blobs.ts'
import type { Items } from '../azure/items.ts'

/** How old an answer may be. */
const KEPT_MS = 15_000
const PARTITION = 'epoch'
const BLOB = 'epoch.json'

/** Item `epoch` of container `sending`: grows each minute, in step with a blob that no restore of the store takes along. */
interface EpochItem {
  id: 'epoch'
  kind: 'epoch'
  mailboxId: string
  number: number
  /** By the store's clock: a restore may set the store's own mark of time anew. */
  at: string
  /** The store that it was made for: a copy elsewhere is not to send. */
  store: string
}

/** Tells whether the store has been put back to an earlier state, or is a copy: it has forgotten mails then (E8). */
export class Epoch {
  readonly #items: Items
  readonly #blobs: Blobs
  readonly #store: string
  readonly #now: () => Date
  #known: { isCurrent: boolean; at: number } | undefined

  /**
   * @param store names the store that is used, and no other
   * @param now the store's clock, once it was read
   */
  constructor(items: Items, blobs: Blobs, store: string, now: () => Date) {
    this.#items = items
    this.#blobs = blobs
    this.#store = store
    this.#now = now
  }

  /** Each minute: one more, in the store and then outside of it. Nothing while the two disagree. */
  async mark(): Promise<void> {
    const [item, outside] = await this.#read()
    if (!isCurrent(item, outside, this.#store)) return
    const next = epochItem(item, (item?.number ?? 0) + 1, this.#store, this.#now())
    const write = item ? { replace: next, etag: item._etag } : { create: next }
    if (await this.#items.batch(PARTITION, [write]))
      await this.#blobs.put(BLOB, JSON.stringify({ number: next.number }))
  }

  /** Whether this store may send; at most 15 s old, or read now. */
  async isCurrent({ readNow = false } = {}): Promise<boolean> {
    const at = performance.now()
    if (!readNow && this.#known && at - this.#known.at < KEPT_MS) return this.#known.isCurrent
    const [item, outside] = await this.#read()
    this.#known = { isCurrent: isCurrent(item, outside, this.#store), at }
    return this.#known.isCurrent
  }

  /** When this store was last marked: a copy was made then, or within the next minute. */
  async markedAt(): Promise<Date> {
    const item = await this.#items.read<EpochItem>(PARTITION, 'epoch')
    return new Date(item?.at ?? 0)
  }

  /** Names the restore that waits to be accepted: what stands outside of the store does not move until then. */
  async restoreId(): Promise<string> {
    const [, outside] = await this.#read()
    return String(outside)
  }

  /** An operator has looked: from here on this store is the one. */
  async accept(): Promise<void> {
    const [item, outside] = await this.#read()
    const next = epochItem(item, Math.max(item?.number ?? 0, outside) + 1, this.#store, this.#now())
    await this.#items.upsert(next)
    await this.#blobs.put(BLOB, JSON.stringify({ number: next.number }))
    this.#known = undefined
  }

  async #read() {
    const [item, bytes] = await Promise.all([this.#items.read<EpochItem>(PARTITION, 'epoch'), this.#blobs.read(BLOB)])
    const { number } = bytes ? (JSON.parse(bytes.toString('utf8')) as { number: number }) : { number: 0 }
    return [item, number] as const
  }
}

/** Behind by one is a mark under way; before the first mark there is nothing to forget. */
const isCurrent = (item: EpochItem | undefined, outside: number, store: string): boolean =>
  (item?.number ?? 0) >= outside - 1 && (item === undefined || item.store === store)

const epochItem = (before: EpochItem | undefined, number: number, store: string, at: Date): EpochItem => ({
  ...before,
  id: 'epoch',
  kind: 'epoch',
  mailboxId: PARTITION,
  number,
  at: at.toISOString(),
  store,
})
