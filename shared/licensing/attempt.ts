import type { Items, Removal, Stored, Write } from '../azure/items.ts'
import { Refusal } from '../refusal.ts'
import { type Change, type Decide, type Decision, type HistoryEntry, historyEntry, historyItem } from './change.ts'
import type { Directory } from './directory.ts'
import { movesOwn, type Place, placesAfter, ranked } from './over-quantity.ts'
import { missing } from './rights.ts'
import { type Invitation, invitationItem, type Seat, type Subscription, seatItem } from './subscription.ts'

/** A change that somebody waits for. */
export interface Request<Answer> {
  change: Change
  /** Says no to who may not; asked before anything is told, an earlier answer included. */
  allow: (subscription: Subscription) => void
  /** Ids of the seats that `decide` looks at. */
  seats: string[]
  /** Ids of the invitations that `decide` looks at, or all that are open. */
  invitations?: string[] | 'open'
  /** Ids of the items of the history entries that `decide` looks at. */
  entries?: string[]
  decide: Decide<Answer>
}

/** What one request came to, once its batch is written. */
export type Outcome = { answer: unknown } | { error: unknown }

type Known = Stored<Subscription> | Stored<Seat> | Stored<Invitation> | Stored<HistoryEntry>

/**
 * Reads, lets each request decide on what the ones before it left, and writes all of it as one batch (A4).
 * @returns the outcome of each, or undefined when another writer came first and all must be asked again
 */
export async function attempt(
  stores: { subscriptions: Items; directory: Directory },
  subscriptionId: string,
  requests: Request<unknown>[],
): Promise<Outcome[] | undefined> {
  const known = await observe(stores.subscriptions, subscriptionId, requests)
  const draft = new Draft(known)
  const outcomes = requests.map((request) => draft.decide(request))
  if (!draft.writes) return outcomes
  await draft.rank(() => places(stores.subscriptions, subscriptionId))
  const fading = await stores.directory.before(draft.fading)
  await stores.directory.write(draft.hints)
  if (!(await stores.subscriptions.batch(subscriptionId, draft.batch()))) return undefined
  await stores.directory.fade(fading)
  return outcomes
}

async function observe(items: Items, subscriptionId: string, requests: Request<unknown>[]) {
  const named = requests.flatMap(({ change, seats, invitations = [], entries = [] }) => [
    historyItem(change.id),
    ...entries,
    ...seats.map(seatItem),
    ...(invitations === 'open' ? [] : invitations.map(invitationItem)),
  ])
  const ids = ['subscription', ...new Set(named)]
  const open = requests.some(({ invitations }) => invitations === 'open')
  const which = `ARRAY_CONTAINS(@ids, c.id)${open ? " OR (c.kind = 'invitation' AND c.state = 'open')" : ''}`
  const sql = `SELECT * FROM c WHERE c.subscriptionId = @subscriptionId AND (${which})`
  const found = await items.query<Known>(subscriptionId, {
    sql,
    parameters: { subscriptionId, ids },
  })
  return new Map(found.map((item) => [item.id, item]))
}

/** Places of all seats that count. */
export function places(items: Items, subscriptionId: string): Promise<Place[]> {
  const sql =
    "SELECT c.seatId, c['order'], c.account FROM c WHERE c.subscriptionId = @subscriptionId AND c.kind = 'seat' AND c.state != 'released'"
  return items.query<Place>(subscriptionId, {
    sql,
    parameters: { subscriptionId },
  })
}

/** The state of one attempt: what was read, and what is to be written on top of it. */
class Draft {
  readonly #known: Map<string, Known>
  readonly #stored: Stored<Subscription> | undefined
  #subscription: Subscription | undefined
  readonly #seats = new Map<string, Seat>()
  readonly #invitations = new Map<string, Invitation>()
  readonly #entries = new Map<string, HistoryEntry>()
  readonly #forgotten = new Set<string>()
  readonly hints: Decision<unknown>['hints'] & {} = []
  readonly fading: Decision<unknown>['fading'] & {} = []

  constructor(known: Map<string, Known>) {
    this.#known = known
    const subscription = known.get('subscription')
    this.#stored = subscription?.kind === 'subscription' ? subscription : undefined
    this.#subscription = this.#stored
  }

  get writes(): boolean {
    return this.#entries.size > 0
  }

  decide({ change, allow, seats, invitations = [], entries = [], decide }: Request<unknown>): Outcome {
    try {
      const subscription = this.#subscription
      if (!subscription) throw missing()
      allow(subscription)
      const earlier = this.#entry(historyItem(change.id))
      if (earlier) return { answer: repeated(earlier, change) }
      const told = entries.map((id) => this.#entry(id)).filter((entry) => entry !== undefined)
      const state = {
        subscription,
        seats: this.#view(seats),
        invitations: this.#invited(invitations),
        entries: told,
      }
      const decision = decide(state, change)
      this.#take(decision, change, subscription.subscriptionId)
      return { answer: decision.answer }
    } catch (error) {
      // Whatever is wrong with one request, the others of this batch are not to suffer from it.
      return { error }
    }
  }

  /** While more is assigned than bought, marks which seats are over. */
  async rank(places: () => Promise<Place[]>): Promise<void> {
    const subscription = this.#subscription
    if (!subscription) return
    const seats = [...this.#seats.values()]
    const moves = seats.some((seat) => movesOwn(subscription, this.#storedSeat(seat.seatId), seat))
    if (subscription === this.#stored && !moves) return
    const over = subscription.assigned > subscription.quantity
    this.#subscription = ranked(subscription, over ? placesAfter(await places(), seats) : [])
  }

  /** Each item that was read is guarded by its ETag; the subscription only when the change alters or ranks it (A3). */
  batch(): (Write | Removal)[] {
    const altered = this.#subscription && this.#subscription !== this.#stored ? [this.#subscription] : []
    const others = [...this.#seats.values(), ...this.#invitations.values(), ...this.#entries.values()]
    return [...altered, ...others].flatMap((item): (Write | Removal)[] => {
      const etag = this.#known.get(item.id)?._etag
      if (this.#forgotten.has(item.id)) return etag === undefined ? [] : [{ remove: item.id, etag }]
      return [etag === undefined ? { create: item } : { replace: item, etag }]
    })
  }

  #entry(itemId: string): HistoryEntry | undefined {
    const stored = this.#known.get(itemId)
    return this.#entries.get(itemId) ?? (stored?.kind === 'history' ? stored : undefined)
  }

  #view(seatIds: string[]): Map<string, Seat> {
    const view = new Map<string, Seat>()
    for (const seatId of seatIds) {
      const seat = this.#seats.get(seatId) ?? this.#storedSeat(seatId)
      if (seat) view.set(seatId, seat)
    }
    return view
  }

  #storedSeat(seatId: string): Seat | undefined {
    const stored = this.#known.get(seatItem(seatId))
    return stored?.kind === 'seat' ? stored : undefined
  }

  #invited(asked: string[] | 'open'): Invitation[] {
    const stored = [...this.#known.values()].filter((item) => item.kind === 'invitation')
    const latest = new Map([...stored, ...this.#invitations.values()].map((one) => [one.id, one]))
    return [...latest.values()].filter((one) =>
      asked === 'open' ? one.state === 'open' : asked.includes(one.invitationId),
    )
  }

  #take(decision: Decision<unknown>, change: Change, subscriptionId: string): void {
    for (const entry of decision.entries ?? []) this.#entries.set(entry.id, entry)
    if (!decision.did) return
    if (decision.subscription) this.#subscription = decision.subscription
    for (const seat of decision.seats ?? []) {
      this.#seats.set(seat.seatId, seat)
      this.#forgotten.delete(seat.id)
    }
    for (const id of decision.forgotten ?? []) this.#forgotten.add(id)
    for (const invitation of decision.invitations ?? []) this.#invitations.set(invitation.id, invitation)
    this.hints.push(...(decision.hints ?? []))
    this.fading.push(...(decision.fading ?? []))
    const { did, deeds, answer } = decision
    const entry = historyEntry(subscriptionId, change, { did, deeds, answer })
    this.#entries.set(entry.id, entry)
  }
}

function repeated(entry: HistoryEntry, change: Change): unknown {
  if (entry.fingerprint === change.fingerprint) return entry.answer
  throw new Refusal('idempotency_mismatch', 'This Idempotency-Key was used for another request.')
}
