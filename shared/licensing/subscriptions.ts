import type { Items, Page, Stored } from '../azure/items.ts'
import type { Account } from '../identity/account.ts'
import type { Address } from './address.ts'
import type { Request } from './attempt.ts'
import { type HistoryEntry, historyItem } from './change.ts'
import type { Directory } from './directory.ts'
import { type Look, observe } from './observed.ts'
import { missing } from './rights.ts'
import { seatIdOf } from './seats.ts'
import { type Invitation, type Seat, type SeatState, type Subscription, seatItem } from './subscription.ts'
import { WaitingLine } from './waiting-line.ts'

/** Item `use:<seatId>`: the day (UTC) a seat was last used. */
interface Use {
  id: string
  kind: 'use'
  subscriptionId: string
  seatId: string
  usedOn: string
}

type Kept = Seat | Invitation | HistoryEntry
/** Items on a page of `each`. */
const EACH = 200

/** Which seats a list shows. */
export interface SeatFilter {
  prefix: string | null
  state: SeatState | null
}

/** Container `subscriptions`: the truth. A subscription and its seats are written by `create`, `change` and `observe` alone. */
export class Subscriptions {
  readonly #items: Items
  readonly #directory: Directory
  readonly #line: WaitingLine

  constructor(items: Items, directory: Directory) {
    this.#items = items
    this.#directory = directory
    this.#line = new WaitingLine({ subscriptions: items, directory })
  }

  /**
   * Makes one change: all of it or nothing, once however often it is repeated under one id.
   * @throws Refusal what the rule says; `not_found`, `changed_meanwhile` after 5 s, `idempotency_mismatch`, `unavailable`
   */
  async change<Answer>(subscriptionId: string, request: Request<Answer>): Promise<Answer> {
    // Whoever may not gets no place in the line: strangers do not keep people waiting.
    const known = await this.read(subscriptionId)
    if (!known) throw missing()
    request.allow(known)
    const outcome = await this.#line.join(subscriptionId, request as Request<unknown>)
    if ('error' in outcome) throw outcome.error
    return outcome.answer as Answer
  }

  /** Creates a subscription with its first history entry. False when it exists already. */
  async create(subscription: Subscription, entry: HistoryEntry): Promise<boolean> {
    return this.#items.batch(subscription.subscriptionId, [{ create: subscription }, { create: entry }])
  }

  /** Brings a subscription to what the outside says; see `observe`. */
  observe<L extends Look>(
    subscriptionId: string,
    look: (ours: Subscription | undefined) => Promise<L>,
    now: () => Date,
  ): Promise<L> {
    return observe({ subscriptions: this.#items, directory: this.#directory }, subscriptionId, look, now)
  }

  /** The subscription, or undefined. */
  read(subscriptionId: string): Promise<Stored<Subscription> | undefined> {
    return this.#items.read(subscriptionId, 'subscription')
  }

  seat(subscriptionId: string, seatId: string): Promise<Stored<Seat> | undefined> {
    return this.#items.read(subscriptionId, seatItem(seatId))
  }

  /**
   * Seats, the newest first, those whose address or domain begins with the prefix. Not by address: a continuation holds
   * the value that is ordered by, and it stands in a URL (F35).
   */
  seats(subscriptionId: string, filter: SeatFilter, limit: number, next: string | null): Promise<Page<Seat>> {
    const conditions = ["c.subscriptionId = @subscriptionId AND c.kind = 'seat'"]
    if (filter.prefix !== null) conditions.push('(STARTSWITH(c.address, @prefix) OR STARTSWITH(c.domain, @prefix))')
    if (filter.state !== null) conditions.push('c.state = @state')
    const sql = `SELECT * FROM c WHERE ${conditions.join(' AND ')} ORDER BY c["order"] DESC`
    const parameters = {
      subscriptionId,
      prefix: filter.prefix,
      state: filter.state,
    }
    return this.#items.page<Seat>(subscriptionId, { sql, parameters }, limit, next)
  }

  /** Last day of use of each of these seats, as far as known. */
  async uses(subscriptionId: string, seatIds: string[]): Promise<Map<string, string>> {
    const sql =
      'SELECT c.seatId, c.usedOn FROM c WHERE c.subscriptionId = @subscriptionId AND ARRAY_CONTAINS(@ids, c.id)'
    const parameters = { subscriptionId, ids: seatIds.map(useItem) }
    const found = await this.#items.query<Pick<Use, 'seatId' | 'usedOn'>>(subscriptionId, { sql, parameters })
    return new Map(found.map(({ seatId, usedOn }) => [seatId, usedOn]))
  }

  /** Notes that a seat was used on the day (UTC) of `at`, unless a later day is noted. No history (A3). */
  async noteUse(subscriptionId: string, seatId: string, at: Date): Promise<void> {
    const usedOn = at.toISOString().slice(0, 10)
    const id = useItem(seatId)
    for (;;) {
      const known = await this.#items.read<Use>(subscriptionId, id)
      if (known && known.usedOn >= usedOn) return
      const use: Use = { ...known, id, kind: 'use', subscriptionId, seatId, usedOn }
      const write = known ? { replace: use, etag: known._etag } : { create: use }
      if (await this.#items.batch(subscriptionId, [write])) return
    }
  }

  /** Forgets when seats were last used. */
  forgetUses(subscriptionId: string, seatIds: string[]): Promise<void> {
    return this.#items.deleteAll(subscriptionId, seatIds.map(useItem))
  }

  /** All items of one kind, however many; for what has to look at each. */
  async *each<T extends Kept>(subscriptionId: string, kind: T['kind']): AsyncGenerator<Stored<T>> {
    const sql = 'SELECT * FROM c WHERE c.subscriptionId = @subscriptionId AND c.kind = @kind'
    let next: string | null = null
    do {
      const page: Page<T> = await this.#items.page<T>(
        subscriptionId,
        { sql, parameters: { subscriptionId, kind } },
        EACH,
        next,
      )
      yield* page.items
      next = page.next
    } while (next !== null)
  }

  /**
   * Ids of the subscriptions that have to do with an account or with the seat of an address, by their own items: hints may
   * be missing. Reads all of them.
   */
  async about(account: Account | null, address: Address | null): Promise<string[]> {
    const seatId = address && seatIdOf(address)
    const places = ['c.owner', 'c.account', 'c.formerAccount', 'c["by"].account']
    const named = places.map((place) => `(${place}.objectId = @objectId AND ${place}.tenantId = @tenantId)`)
    const seat = 'c.seatId = @seatId OR ARRAY_CONTAINS(c.seats, { "seatId": @seatId }, true)'
    const sql = `SELECT c.subscriptionId FROM c WHERE ${seat} OR ${named.join(' OR ')}`
    const parameters = { seatId, objectId: account?.objectId ?? null, tenantId: account?.tenantId ?? null }
    const ids = new Set<string>()
    for await (const one of this.#items.everywhere<Subscription>({ sql, parameters })) ids.add(one.subscriptionId)
    return [...ids]
  }

  /** The history entry of a change, or undefined. */
  entry(subscriptionId: string, changeId: string): Promise<Stored<HistoryEntry> | undefined> {
    return this.#items.read(subscriptionId, historyItem(changeId))
  }

  /** History, newest first. */
  history(subscriptionId: string, limit: number, next: string | null): Promise<Page<HistoryEntry>> {
    const sql = "SELECT * FROM c WHERE c.subscriptionId = @subscriptionId AND c.kind = 'history' ORDER BY c.at DESC"
    return this.#items.page<HistoryEntry>(subscriptionId, { sql, parameters: { subscriptionId } }, limit, next)
  }
}

const useItem = (seatId: string) => `use:${seatId}`
