import type { Account } from '../identity/account.ts'
import { accountHash, sameAccount } from '../identity/account.ts'
import { Refusal } from '../refusal.ts'
import type { Address } from './address.ts'
import type { Decide, HistoryEntry, SeatDeed } from './change.ts'
import { licenses } from './entitlement.ts'
import { released } from './seats.ts'
import { counts, type Invitation, type Seat, type Subscription } from './subscription.ts'

/** Whom an erasure is about: hashes, as ids and keys have them. They find all that is theirs, and name nobody (F46). */
export interface Person {
  /** Hash of the account. */
  account: string | null
  /** Hash of the address, which is the id of its seats. */
  address: string | null
}

/** What stands where an address stood: the reserved domain is nobody's. */
export const ERASED_ADDRESS = 'erased@erased.invalid' as Address

/** What a subscription is called that nobody owns. */
const NAMELESS = 'SecureMailMerge'

/** Whether an account is theirs. */
export const isThem = (account: Account | null, { account: theirs }: Person): boolean =>
  account !== null && accountHash(account) === theirs

/** Whether a seat is theirs: of their address, held by their account, or remembered for it. */
export const isTheirs = (seat: Seat, person: Person): boolean =>
  seat.seatId === person.address ||
  isThem(seat.account, person) ||
  (seat.state === 'released' && isThem(seat.formerAccount, person))

/** Whether a seat that is not theirs names them as who had it before. */
export const names = (seat: Seat, person: Person): boolean =>
  !isTheirs(seat, person) && isThem(seat.formerAccount, person)

/** Whether anybody may still pay for a subscription, or use it. */
export const isLive = (subscription: Subscription, at: Date): boolean => {
  const { source, state } = subscription
  return licenses(subscription, at) || (source === 'purchased' && state !== 'ended' && state !== 'ended_unpaid')
}

/** Whether they own a subscription that is live, by their account or by the account that has the seat of their address. */
export const ownsLive = (subscription: Subscription, seats: Seat[], person: Person, at: Date): boolean => {
  const { owner } = subscription
  const held = seats.filter((seat) => counts(seat) && isTheirs(seat, person))
  return isLive(subscription, at) && (isThem(owner, person) || held.some((seat) => sameAccount(seat.account, owner)))
}

/** @returns the refusal to erase whoever owns these: what somebody pays for would belong to nobody */
export const ownerStays = (subscriptions: string[]): Refusal =>
  new Refusal('not_allowed', 'They own what is not over. Give it another owner with recover_owner, then erase.', {
    subscriptions,
  })

/** What was taken out of a subscription. */
export interface TakenOut {
  seats: number
  invitations: number
}

/**
 * Takes a person out of the seats, the invitations and the ownership of a subscription. The seats are free at once, and
 * not remembered. The entry that it leaves names hashes only.
 * @param isLed a hint led there and was taken away: then the subscription is touched, though nothing may be left in it
 * @throws Refusal `not_allowed` while they own it and it is live
 */
export const takeOut =
  (person: Person, isLed = false): Decide<TakenOut> =>
  ({ subscription, seats, invitations = [] }, { at }) => {
    if (ownsLive(subscription, [...seats.values()], person, at)) throw ownerStays([subscription.subscriptionId])
    const theirs = [...seats.values()].filter((seat) => isTheirs(seat, person))
    const naming = [...seats.values()].filter((seat) => names(seat, person))
    const accepted = invitations.filter(({ account }) => isThem(account, person))
    const isOwner = isThem(subscription.owner, person)
    const answer = { seats: theirs.length, invitations: accepted.length }
    if (theirs.length + naming.length + accepted.length === 0 && !isOwner && !isLed) return { answer }
    return {
      answer,
      did: 'erased',
      deeds: theirs.map(({ seatId }) => ({ seatId, address: ERASED_ADDRESS, outcome: 'erased' })),
      // Written also as it is, for its ETag: whoever gives them a seat at the same time writes its hint anew.
      subscription: {
        ...subscription,
        ...(isOwner ? unowned : {}),
        assigned: subscription.assigned - theirs.filter(counts).length,
      },
      seats: [
        ...theirs.map((seat) => released(seat, at)),
        ...naming.map((seat) => ({ ...seat, formerAccount: null, formerUntil: null })),
      ],
      forgotten: theirs.map(({ id }) => id),
      invitations: accepted.map((invitation): Invitation => ({ ...invitation, account: null })),
    }
  }

/** What its owner said of a subscription goes with them. */
const unowned = { owner: null, ownerErased: true, name: NAMELESS, reference: null, contact: null } as const

/** Takes a person out of earlier entries. @param seatIds the seats that are, or were, theirs */
export const unname =
  (person: Person, seatIds: ReadonlySet<string>): Decide<number> =>
  ({ entries = [] }) => {
    const unnamed = entries.map((entry) => nameless(entry, person, seatIds)).filter((entry) => entry !== null)
    return { answer: unnamed.length, entries: unnamed }
  }

/** The entry without them: what was done stays, by hashes. Null: it does not name them. */
export function nameless(entry: HistoryEntry, person: Person, seatIds: ReadonlySet<string>): HistoryEntry | null {
  const { by } = entry
  const isBy = by.kind === 'account' && isThem(by.account, person)
  const unnamed: HistoryEntry = {
    ...entry,
    by: isBy ? { kind: 'erased', account: accountHash(by.account) } : by,
    seats: withoutAddress(entry.seats, seatIds) as SeatDeed[],
    answer: isBy && entry.did === 'described' ? { changed: [] } : withoutAddress(entry.answer, seatIds),
  }
  return JSON.stringify(unnamed) === JSON.stringify(entry) ? null : unnamed
}

/** Wherever a seat stands with its address, at any depth: answers differ from route to route. */
function withoutAddress(value: unknown, seatIds: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((one) => withoutAddress(one, seatIds))
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).map(([name, one]) => [name, withoutAddress(one, seatIds)])
  const copy = Object.fromEntries(fields) as { seatId?: unknown; address?: unknown }
  return seatIds.has(String(copy.seatId)) && copy.address !== undefined ? { ...copy, address: ERASED_ADDRESS } : copy
}
