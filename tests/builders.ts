import { type Account, CONSUMER_TENANT } from '@securemailmerge/shared/identity/account'
import { type Address, canonical, TypedAddress } from '@securemailmerge/shared/licensing/address'
import type { Change, Decide, Decision, State } from '@securemailmerge/shared/licensing/change'
import { movesOwn, placesAfter, ranked } from '@securemailmerge/shared/licensing/over-quantity'
import { newSeat, released } from '@securemailmerge/shared/licensing/seats'
import { counts, type Seat, type Subscription } from '@securemailmerge/shared/licensing/subscription'
import { Refusal } from '@securemailmerge/shared/refusal'

/** The instant that tests happen at. */
export const noon = new Date('2026-03-01T12:00:00.000Z')
export const second = 1_000
export const hour = 3_600_000
export const day = 24 * hour

/** An instant so many milliseconds after another. */
export const later = (milliseconds: number, from: Date | string = noon): Date =>
  new Date(new Date(from).getTime() + milliseconds)

/** A GUID that a person can recognise in a failure. */
export const guid = (n: number): string => `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`
export const contoso = 'c0000000-0000-4000-8000-00000000000c'
export const fabrikam = 'fab00000-0000-4000-8000-000000000fab'

/** The n-th account of a tenant. */
export const anAccount = (n: number, tenantId = contoso): Account => ({ tenantId, objectId: guid(n) })
export const owner = anAccount(1)
export const aPersonalAccount = anAccount(9, CONSUMER_TENANT)

/** The canonical form of an address that is right. */
export function anAddress(typed: string): Address {
  const address = canonical(typed)
  if (typeof address !== 'string') throw new Error(`${typed}: ${address.fault}`)
  return address
}

export const typed = (text: string): TypedAddress => TypedAddress.parse(text)

/** An agreed subscription of ten seats, paid for a year, of which none is given away. */
export const aSubscription = (some: Partial<Subscription> = {}): Subscription => ({
  id: 'subscription',
  kind: 'subscription',
  subscriptionId: `sub_${'a'.repeat(22)}`,
  source: 'granted',
  owner,
  name: 'Contoso',
  reference: null,
  quantity: 10,
  ceiling: null,
  ceilingAt: null,
  assigned: 0,
  nextOrder: 1,
  overFrom: null,
  state: 'active',
  why: 'invoice 4711',
  term: 'fixed',
  paidUntil: later(365 * day).toISOString(),
  pastDueSince: null,
  extendedUntil: null,
  seller: null,
  seenAt: null,
  shownToTenant: true,
  contact: null,
  createdAt: noon.toISOString(),
  ...some,
})

/** A seat that nobody has used yet; bound when an account is given. */
export const aSeat = (address: string, some: Partial<Seat> = {}): Seat => ({
  ...newSeat(aSubscription(), typed(address), { order: 1, account: some.account ?? null, at: noon }),
  ...some,
})

/** A seat that was given back. */
export const aReleasedSeat = (address: string, at: Date, some: Partial<Seat> = {}): Seat =>
  released(aSeat(address, some), at)

export const aChange = (some: Partial<Change> = {}): Change => ({
  id: 'change-1',
  fingerprint: 'f',
  at: noon,
  by: { kind: 'account', account: owner },
  ...some,
})

/** A subscription with these seats, its count as it must be. */
export function aState(subscription: Partial<Subscription> = {}, seats: Seat[] = []): State {
  const assigned = seats.filter(counts).length
  const nextOrder = Math.max(0, ...seats.map(({ order }) => order)) + 1
  return {
    subscription: aSubscription({ assigned, nextOrder, ...subscription }),
    seats: new Map(seats.map((seat) => [seat.seatId, seat])),
  }
}

/** A state that a rule cannot alter, so that a test sees when one tries. */
export function frozen({ subscription, seats }: State): State {
  for (const seat of seats.values()) Object.freeze(seat)
  return { subscription: Object.freeze(subscription), seats }
}

/** What a rule decides on a state. */
export const decided = <Answer>(decide: Decide<Answer>, state: State, change = aChange()): Decision<Answer> =>
  decide(frozen(state), change)

/** The state after a decision is written, what is over marked as the store marks it. */
export function applied({ subscription, seats }: State, decision: Decision<unknown>): State {
  if (!decision.did) return { subscription, seats }
  const next = new Map(seats)
  for (const seat of decision.seats ?? []) next.set(seat.seatId, seat)
  const altered = decision.subscription ?? subscription
  const places = placesAfter([...seats.values()].filter(counts), decision.seats ?? [])
  const moves = decision.seats?.some((seat) => movesOwn(altered, seats.get(seat.seatId), seat)) ?? false
  return { subscription: decision.subscription || moves ? ranked(altered, places) : altered, seats: next }
}

/** The refusal that something ends in; a fault or an answer fails the test. */
export function refusalOf(run: () => unknown): Pick<Refusal, 'code' | 'message' | 'details'> {
  try {
    run()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const { code, message, details } = error
    return { code, message, details }
  }
  throw new Error('nothing was refused')
}

/** The same of a promise. */
export async function refusalIn(promise: Promise<unknown>): Promise<Refusal> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (outcome instanceof Refusal) return outcome
  throw outcome ?? new Error('nothing was refused')
}
