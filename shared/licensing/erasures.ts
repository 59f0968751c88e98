import type { Items, Stored } from '../azure/items.ts'
import { Refusal } from '../refusal.ts'
import type { Change } from './change.ts'
import type { Person } from './erasing.ts'

/** What an erasure took away. */
export interface Counts {
  seats: number
  entries: number
  invitations: number
  hints: number
}

/** What was taken away before anything was. */
export const noCounts: Counts = { seats: 0, entries: 0, invitations: 0, hints: 0 }

/** What two erasures took away together. */
export const sumOf = (a: Counts, b: Counts): Counts => ({
  seats: a.seats + b.seats,
  entries: a.entries + b.entries,
  invitations: a.invitations + b.invitations,
  hints: a.hints + b.hints,
})

/**
 * Item `erasure:<change id>`: that somebody was erased, by hashes. It outlives the backup of what was erased, so that it
 * is done again after a restore (F46), and while it is not done it says how to go on.
 */
export interface Erasure {
  id: string
  kind: 'erasure'
  service: string
  at: string
  person: Person
  /** Ids of the subscriptions in which they were found. */
  subscriptions: string[]
  fingerprint: string
  /** Null: under way, or cut off. */
  done: { at: string; counts: Counts } | null
  ttl: number
}

/** Whom an erasure is of that erased others once more. */
export const nobody: Person = { account: null, address: null }

/** Longer than a backup is kept. */
export const ERASURE_DAYS = 35

/** The erasures in container `operations`, which no restore brings back. */
export class Erasures {
  readonly #items: Items
  readonly #service: string

  constructor(items: Items, service: string) {
    this.#items = items
    this.#service = service
  }

  /** The erasure that a command began, or undefined. @throws Refusal `idempotency_mismatch` when it was of another one */
  async of({ id, fingerprint }: Change): Promise<Stored<Erasure> | undefined> {
    const known = await this.#items.read<Erasure>(this.#service, itemOf(id))
    if (!known || known.fingerprint === fingerprint) return known
    throw new Refusal('idempotency_mismatch', 'This message id was used for another command.')
  }

  /** Notes what is to be done, before anything is. One that was cut off goes on, with what was found since. */
  async begin(change: Change, person: Person, subscriptions: string[]): Promise<Erasure> {
    for (;;) {
      const known = await this.of(change)
      if (known?.done) return known
      const erasure: Erasure = {
        id: itemOf(change.id),
        kind: 'erasure',
        service: this.#service,
        at: change.at.toISOString(),
        person,
        subscriptions: [...new Set([...(known?.subscriptions ?? []), ...subscriptions])],
        fingerprint: change.fingerprint,
        done: null,
        ttl: ERASURE_DAYS * 24 * 3600,
      }
      const write = known ? { replace: erasure, etag: known._etag } : { create: erasure }
      if (await this.#items.batch(this.#service, [write])) return erasure
    }
  }

  /** Notes that it is done. */
  async finish(erasure: Erasure, counts: Counts, at: Date): Promise<void> {
    await this.#items.upsert({ ...erasure, done: { at: at.toISOString(), counts } } as Erasure)
  }

  /** Those that were not done before an instant: a store of that instant has not seen them. */
  async since(instant: Date): Promise<Erasure[]> {
    const sql = "SELECT * FROM c WHERE c.service = @service AND c.kind = 'erasure'"
    const all = await this.#items.query<Erasure>(this.#service, { sql, parameters: { service: this.#service } })
    return all
      .filter(({ person }) => person.account ?? person.address)
      .filter(({ done }) => done === null || Date.parse(done.at) >= instant.getTime())
  }
}

const itemOf = (changeId: string): string => `erasure:${changeId}`
