import { hash } from '../hash.ts'
import { type Account, accountHash } from '../identity/account.ts'
import type { Address } from './address.ts'
import type { Invitation, Seat, Subscription } from './subscription.ts'

/** Who makes a change: a person, an operator's command, or we ourselves when a seat is first used. */
export type Actor = { kind: 'account'; account: Account } | { kind: 'operator' } | { kind: 'system' }

/** Whoever made a change and was erased since: the hash of their account stays. */
export interface Erased {
  kind: 'erased'
  account: string
}

/** One intended change. Its `id` is the id of its history entry, so a repeat meets its own entry. */
export interface Change {
  id: string
  /** Hash of what was asked: a repeat with another one is a mistake of the caller. */
  fingerprint: string
  at: Date
  by: Actor
  /** An operator's reason; kept in the history, shown to operators only. */
  why?: string
}

/** What a change did, as history tells it. */
export type Deed =
  | 'granted'
  | 'altered'
  | 'assigned'
  | 'withdrawn'
  | 'handed_on'
  | 'rebound'
  | 'bound'
  | 'purchased'
  | 'changed_at_seller'
  | 'quantity_asked'
  | 'cancel_asked'
  | 'undo_asked'
  | 'invited_owner'
  | 'claimed'
  | 'recovered'
  | 'extended'
  | 'described'
  | 'erased'

/** One seat in a history entry. */
export interface SeatDeed {
  seatId: string
  address: Address
  outcome: string
}

/** Item `change:<id>`: one change, one entry; written in the same batch as what it did. */
export interface HistoryEntry {
  id: string
  kind: 'history'
  subscriptionId: string
  at: string
  by: Actor | Erased
  did: Deed
  seats: SeatDeed[]
  fingerprint: string
  why: string | null
  /** The answer that its caller was given; a repeat is answered with it. No secrets. */
  answer: unknown
}

/** An item of `directory` that says where to look; a blind upsert that can lose nobody else's (A5). */
export interface Hint {
  key: string
  id: string
  kind: 'seat' | 'role' | 'shown'
  subscriptionId: string
  seatId: string | null
  /** Readable beside the hashed key. */
  of: Account | Address | string
  name: string | null
  at: string
  ttl?: number
}

/** What a rule looks at: the subscription and what its request named, as far as it exists. */
export interface State {
  subscription: Subscription
  seats: ReadonlyMap<string, Seat>
  invitations?: readonly Invitation[]
  entries?: readonly HistoryEntry[]
}

/** What a rule wants written. Without `did` only `entries` are. */
export interface Decision<Answer> {
  answer: Answer
  did?: Deed
  deeds?: SeatDeed[]
  subscription?: Subscription
  seats?: Seat[]
  invitations?: Invitation[]
  hints?: Hint[]
  /** Ids of those of `seats` that are not even remembered: their items are taken away. */
  forgotten?: string[]
  /** Earlier entries, without a name in them. What they tell stays. */
  entries?: HistoryEntry[]
  /** Hints of seats that are given back: they get the TTL of the released seat. */
  fading?: { key: string; id: string }[]
}

/** What a look at the outside wants written: always the subscription, a history entry only with `did`. */
export interface Observation {
  subscription: Subscription
  did: Deed | null
  /** What history shows of it. */
  shown: object
  hints: Hint[]
}

/** A rule: old value in, change out. Pure; may be asked again when another writer came first. */
export type Decide<Answer> = (state: State, change: Change) => Decision<Answer>

/** Id of a change: bound to the account, the route and the key that the caller chose; random without one (C1). */
export const changeId = (account: Account, route: string, key: string | null): string =>
  key === null ? crypto.randomUUID() : hash('change', accountHash(account), route, key)

/** Id of the item that holds the history entry of a change. */
export const historyItem = (changeId: string): string => `change:${changeId}`

/** The one entry that a change leaves in the history of a subscription. */
export const historyEntry = (
  subscriptionId: string,
  change: Change,
  { did, deeds = [], answer }: { did: Deed; deeds?: SeatDeed[] | undefined; answer: unknown },
): HistoryEntry => ({
  id: historyItem(change.id),
  kind: 'history',
  subscriptionId,
  at: change.at.toISOString(),
  by: change.by,
  did,
  seats: deeds,
  fingerprint: change.fingerprint,
  why: change.why ?? null,
  answer,
})
