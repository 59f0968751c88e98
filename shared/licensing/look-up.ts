import type { ProofClaims } from '../identity/proof.ts'
import type { Hint } from './change.ts'
import { type Directory, HINTS_FOLLOWED, livelyFirst } from './directory.ts'
import { accountKey, addressKey, tenantKey } from './hints.ts'
import type { Seat, Subscription } from './subscription.ts'
import type { Subscriptions } from './subscriptions.ts'
import { type Asker, type Found, type Verdict, verdict } from './verdict.ts'

/** Subscriptions of the asker's organisation that are looked at to say "your organisation has licences". */
const SHOWN_FOLLOWED = 3

/** A verdict and what it cost to find. */
export interface LookUp extends Verdict {
  reads: number
  /** True when there were more hints than a look-up follows. */
  crowded: boolean
}

interface Places {
  subscriptions: Pick<Subscriptions, 'read' | 'seat'>
  directory: Pick<Directory, 'hints'>
}

/**
 * Finds the licence of an account. The seat that its last proof names is read first: if that is bound to it and licenses,
 * it is the whole look-up. Otherwise two rounds of parallel reads: hints, then the truth they point at (F1, F3).
 */
export async function lookUp(places: Places, asker: Asker, proof: ProofClaims | undefined, now: Date): Promise<LookUp> {
  const truth = new Truth(places.subscriptions)
  const named = await truth.seats(proof ? [{ subscriptionId: proof.subscription, seatId: proof.seat }] : [])
  const first = verdict(asker, named, [], now)
  if (!first.footer && first.found?.seat.account) return { ...first, reads: truth.reads, crowded: false }
  const { hints, shown, reads, crowded } = await readHints(places.directory, asker)
  const [found, live] = await Promise.all([truth.seats(hints), truth.subscriptions(shown)])
  const all = new Map([...named, ...found].map((one) => [one.seat, one]))
  return {
    ...verdict(asker, [...all.values()], live, now),
    reads: reads + truth.reads,
    crowded,
  }
}

async function readHints(directory: Places['directory'], { account, evidence }: Asker) {
  // Without evidence no address is looked up, nor the tenant: the answer is the same constant whatever exists (F06).
  const [shown, own, ...lists] = await Promise.all([
    evidence.length > 0 ? directory.hints(tenantKey(account.tenantId), 'shown', SHOWN_FOLLOWED) : [],
    directory.hints(accountKey(account), 'seat'),
    ...evidence.map((address) => directory.hints(addressKey(address), 'seat')),
  ])
  // Anybody can give a seat to an address, nobody to an account: however many wait for the one, the other is followed.
  const known = new Set(own.map(({ id }) => id))
  const waiting = new Map(lists.flat().map((hint) => [hint.id, hint]))
  const others = [...waiting.values()].filter(({ id }) => !known.has(id)).sort(livelyFirst)
  return {
    hints: [...own, ...others.slice(0, HINTS_FOLLOWED)],
    shown,
    reads: 1 + lists.length + (evidence.length > 0 ? 1 : 0),
    crowded: [own, ...lists].some((list) => list.length >= HINTS_FOLLOWED),
  }
}

/** The items of one look-up, each read once. */
class Truth {
  readonly #places: Places['subscriptions']
  readonly #subscriptions = new Map<string, Promise<Subscription | undefined>>()
  readonly #seats = new Map<string, Promise<Seat | undefined>>()

  constructor(places: Places['subscriptions']) {
    this.#places = places
  }

  get reads(): number {
    return this.#subscriptions.size + this.#seats.size
  }

  async seats(hints: Pick<Hint, 'subscriptionId' | 'seatId'>[]): Promise<Found[]> {
    const found = await Promise.all(hints.map((hint) => this.#seat(hint)))
    return found.filter((one) => one !== undefined)
  }

  async subscriptions(hints: Hint[]): Promise<Subscription[]> {
    const found = await Promise.all(hints.map(({ subscriptionId }) => this.#subscription(subscriptionId)))
    return found.filter((subscription) => subscription !== undefined)
  }

  async #seat({ subscriptionId, seatId }: Pick<Hint, 'subscriptionId' | 'seatId'>): Promise<Found | undefined> {
    if (seatId === null) return undefined
    const id = `${subscriptionId} ${seatId}`
    const reading = this.#seats.get(id) ?? this.#places.seat(subscriptionId, seatId)
    this.#seats.set(id, reading)
    const [seat, subscription] = await Promise.all([reading, this.#subscription(subscriptionId)])
    return seat && subscription ? { seat, subscription } : undefined
  }

  #subscription(subscriptionId: string): Promise<Subscription | undefined> {
    const reading = this.#subscriptions.get(subscriptionId) ?? this.#places.read(subscriptionId)
    this.#subscriptions.set(subscriptionId, reading)
    return reading
  }
}
