import type { Items, Stored } from '../azure/items.ts'
import type { Account } from '../identity/account.ts'
import { Refusal } from '../refusal.ts'
import type { Hint } from './change.ts'
import { accountKey } from './hints.ts'
import { REMEMBER_RELEASED_SECONDS } from './seats.ts'

/** Hints that one look-up follows; more than that is somebody piling them up (F08). */
export const HINTS_FOLLOWED = 20
/** Read so many times more, so that those that fade do not stand in front of the others. */
const READ_MORE = 5
const PARALLEL = 16

/** Container `directory`: where to look. Never the truth; each hint is checked against the subscription it names. */
export class Directory {
  readonly #items: Items

  constructor(items: Items) {
    this.#items = items
  }

  /** Hints of a key, those that fade last, then the newest first, as many as a look-up follows. */
  async hints(key: string, kind: Hint['kind'], limit = HINTS_FOLLOWED): Promise<Hint[]> {
    const sql = 'SELECT * FROM c WHERE c.key = @key AND c.kind = @kind ORDER BY c.at DESC'
    const { items } = await this.#items.page<Hint>(key, { sql, parameters: { key, kind } }, limit * READ_MORE, null)
    return items.sort(livelyFirst).slice(0, limit)
  }

  /** One page of the subscriptions that an account has a role in. */
  async roles(account: Account, limit: number, next: string | null): Promise<{ items: Hint[]; next: string | null }> {
    const key = accountKey(account)
    const sql = "SELECT * FROM c WHERE c.key = @key AND c.kind = 'role' ORDER BY c.at DESC"
    return this.#items.page<Hint>(key, { sql, parameters: { key } }, limit, next)
  }

  /** All hints of a key. */
  all(key: string): Promise<Stored<Hint>[]> {
    return this.#items.query<Stored<Hint>>(key, { sql: 'SELECT * FROM c WHERE c.key = @key', parameters: { key } })
  }

  /** Takes hints away, as they were read. One that somebody has written anew stays. Says how many went. */
  async remove(hints: Stored<Hint>[]): Promise<number> {
    const gone = await inParallel(hints, ({ key, id, _etag }) => this.#items.batch(key, [{ remove: id, etag: _etag }]))
    return gone.filter(Boolean).length
  }

  /** Writes hints, whatever stood there: one key, one subscription, one item. */
  async write(hints: Hint[]): Promise<void> {
    await inParallel(hints, (hint) => this.#items.upsert(hint))
  }

  /** The hints that will fade, as they are before the change that fades them. */
  async before(places: { key: string; id: string }[]): Promise<Stored<Hint>[]> {
    const found = await inParallel(places, ({ key, id }) => this.#items.read<Hint>(key, id))
    return found.filter((hint) => hint !== undefined)
  }

  /** Lets hints end with the seat they led to. One that somebody has written anew stays (A6). */
  async fade(hints: Stored<Hint>[]): Promise<void> {
    await inParallel(hints, async ({ _etag, ...hint }) => {
      const fading: Hint = { ...hint, ttl: REMEMBER_RELEASED_SECONDS }
      // The change is done; a hint that stays is stale and harmless, so an outage here is no reason to fail.
      await this.#items.replace(hint.key, fading, _etag).catch((error: unknown) => {
        if (!(error instanceof Refusal)) throw error
      })
    })
  }
}

/** The order in which hints are followed: those of seats that were given back last, then the newest first. */
export const livelyFirst = (a: Hint, b: Hint): number =>
  Number(a.ttl !== undefined) - Number(b.ttl !== undefined) || b.at.localeCompare(a.at)

async function inParallel<T, R>(all: T[], run: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let at = 0; at < all.length; at += PARALLEL) {
    results.push(...(await Promise.all(all.slice(at, at + PARALLEL).map(run))))
  }
  return results
}
