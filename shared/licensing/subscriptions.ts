import type { Items, Page, Stored } from '../azure/items.ts'
import { Refusal } from '../refusal.ts'
import { attempt, type Outcome, type Request } from './attempt.ts'
import type { HistoryEntry } from './change.ts'
import type { Directory } from './directory.ts'
import { type Look, observe } from './observed.ts'
import { type Seat, type SeatState, type Subscription, seatItem } from './subscription.ts'

/** How long a change tries before it says that others were faster. */
const PATIENCE_MS = 5_000
/** Operations in a batch that requests may use; one is kept for the subscription item. */
const BATCH_OPERATIONS = 99

interface Waiting {
  request: Request<unknown>
  deadline: number
  settle: (outcome: Outcome) => void
  /** What stood in the way when it was last tried. */
  failure?: Refusal
}

/** Item `use:<seatId>`: the day (UTC) a seat was last used. */
interface Use {
  id: string
  kind: 'use'
  subscriptionId: string
  seatId: string
  usedOn: string
}

/** Which seats a list shows. */
export interface SeatFilter {
  prefix: string | null
  state: SeatState | null
}

/**
 * Container `subscriptions`: the truth. A subscription and its seats are written by `create` and `change` alone. Changes of one subscription that wait in this
 * process share a batch, so that a company's first Monday is dozens of batches and not tens of thousands (A4).
 */
export class Subscriptions {
  readonly #items: Items
  readonly #directory: Directory
  readonly #lines = new Map<string, Waiting[]>()

  constructor(items: Items, directory: Directory) {
    this.#items = items
    this.#directory = directory
  }

  /**
   * Makes one change: all of it or nothing, once however often it is repeated under one id.
   * @throws Refusal what the rule says; `not_found`, `changed_meanwhile` after 5 s, `idempotency_mismatch`, `unavailable`
   */
  async change<Answer>(subscriptionId: string, request: Request<Answer>): Promise<Answer> {
    const outcome = await new Promise<Outcome>((settle) => {
      const waiting = {
        request: request as Request<unknown>,
        deadline: performance.now() + PATIENCE_MS,
        settle,
      }
      const line = this.#lines.get(subscriptionId)
      if (line) line.push(waiting)
      else {
        this.#lines.set(subscriptionId, [waiting])
        void this.#work(subscriptionId)
      }
    })
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

  /** Notes that a seat was used on this day (UTC). No history, no guard: the last writer may win (A3). */
  async noteUse(subscriptionId: string, seatId: string, at: Date): Promise<void> {
    const usedOn = at.toISOString().slice(0, 10)
    const use: Use = {
      id: useItem(seatId),
      kind: 'use',
      subscriptionId,
      seatId,
      usedOn,
    }
    await this.#items.upsert(use)
  }

  /** History, newest first. */
  history(subscriptionId: string, limit: number, next: string | null): Promise<Page<HistoryEntry>> {
    const sql = "SELECT * FROM c WHERE c.subscriptionId = @subscriptionId AND c.kind = 'history' ORDER BY c.at DESC"
    return this.#items.page<HistoryEntry>(subscriptionId, { sql, parameters: { subscriptionId } }, limit, next)
  }

  async #work(subscriptionId: string): Promise<void> {
    const line = this.#lines.get(subscriptionId) ?? []
    while (line.length > 0) {
      // Requests that come in the same turn of the event loop travel together.
      await new Promise((resolve) => setImmediate(resolve))
      const group = taken(line)
      const outcomes = await this.#attempt(subscriptionId, group)
      if (!outcomes) line.unshift(...group.filter((waiting) => !this.#dismissed(waiting)))
      else for (const [index, { settle }] of group.entries()) settle(outcomes[index] as Outcome)
    }
    this.#lines.delete(subscriptionId)
  }

  /** Undefined when the group must be asked again. */
  async #attempt(subscriptionId: string, group: Waiting[]): Promise<Outcome[] | undefined> {
    const stores = { subscriptions: this.#items, directory: this.#directory }
    const requests = group.map(({ request }) => request)
    let failure: Refusal
    try {
      const outcomes = await attempt(stores, subscriptionId, requests)
      if (outcomes) return outcomes
      failure = new Refusal('changed_meanwhile', 'Others change this subscription at the same time. Try again.')
    } catch (error) {
      // After an outage nobody knows whether the batch was written: asked again, a change meets its own entry (A7).
      if (!(error instanceof Refusal)) return group.map(() => ({ error }))
      failure = error
    }
    for (const waiting of group) waiting.failure = failure
    await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 40))
    return undefined
  }

  /** Answers whoever has waited too long with what stood in the way. */
  #dismissed({ deadline, failure, settle }: Waiting): boolean {
    if (!failure || deadline > performance.now()) return false
    settle({ error: failure })
    return true
  }
}

const useItem = (seatId: string) => `use:${seatId}`

/** Takes from the line what fits into one batch: people before our own bindings, each in the order they came. */
function taken(line: Waiting[]): Waiting[] {
  line.sort((a, b) => Number(isOurs(a)) - Number(isOurs(b)))
  let operations = 0
  const fits = line.findIndex(({ request }) => {
    operations += operationsOf(request)
    return operations > BATCH_OPERATIONS
  })
  return line.splice(0, fits === -1 ? line.length : Math.max(1, fits))
}

/** At most: its seats, its history entry, an invitation and the one that it ends. */
const operationsOf = ({ seats, invitations }: Request<unknown>): number =>
  seats.length + 1 + (invitations === undefined ? 0 : 2)

const isOurs = ({ request }: Waiting): boolean => request.change.by.kind === 'system'
