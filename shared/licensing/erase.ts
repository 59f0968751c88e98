import { type Account, accountHash } from '../identity/account.ts'
import { type Address, addressHash } from './address.ts'
import type { Change, HistoryEntry } from './change.ts'
import type { Directory } from './directory.ts'
import { isTheirs, isThem, nameless, names, ownerStays, ownsLive, type Person, takeOut, unname } from './erasing.ts'
import { type Counts, type Erasure, noCounts } from './erasures.ts'
import { hashedAccountKey, hashedAddressKey, hintsOf, ownerHints } from './hints.ts'
import type { Invitation, Seat, Subscription } from './subscription.ts'
import type { Subscriptions } from './subscriptions.ts'

interface Stores {
  subscriptions: Subscriptions
  directory: Directory
}

/** Seats or invitations of one batch, with room for the subscription and its entry. */
const PIECE = 40
/** Entries of one batch: each may tell of 90 seats twice, and a batch holds 2 MB. */
const ENTRIES = 20

/** Whom an erasure is about, by hashes alone: of an account, of an address, or of both. */
export const personOf = (account: Account | null, address: Address | null): Person => ({
  account: account && accountHash(account),
  address: address && addressHash(address),
})

/** These subscriptions, and those that hints of theirs lead to: a store that is restored may name them there again. */
export async function placesOf(stores: Stores, person: Person, found: string[]): Promise<string[]> {
  const hints = await hintsTo(stores, person)
  return [...new Set([...found, ...hints.map(({ subscriptionId }) => subscriptionId)])]
}

const hintsTo = async ({ directory }: Pick<Stores, 'directory'>, person: Person) =>
  (await Promise.all(keysOf(person).map((key) => directory.all(key)))).flat()

const keysOf = ({ account, address }: Person): string[] => [
  ...(account === null ? [] : [hashedAccountKey(account)]),
  ...(address === null ? [] : [hashedAddressKey(address)]),
]

/** Which of these subscriptions they own while it is live. */
export async function ownedLive({ subscriptions }: Stores, ids: string[], person: Person, at: Date): Promise<string[]> {
  const owned: string[] = []
  for (const id of ids) {
    const subscription = await subscriptions.read(id)
    const seat = person.address === null ? undefined : await subscriptions.seat(id, person.address)
    if (subscription && ownsLive(subscription, seat ? [seat] : [], person, at)) owned.push(id)
  }
  return owned
}

/**
 * Takes a person out of everything that an erasure names. Each step may be repeated: cut off anywhere, it is done by
 * doing it again. What names them leads to the rest of it, so it goes last.
 * @throws Refusal `not_allowed` when they have come to own one of the subscriptions meanwhile
 */
export async function erase(
  stores: Stores,
  { person, subscriptions }: Pick<Erasure, 'person' | 'subscriptions'>,
  change: Change,
): Promise<Counts> {
  const sum = { ...noCounts }
  for (const subscriptionId of subscriptions) await eraseIn(stores, subscriptionId, person, change, sum)
  return sum
}

async function eraseIn(stores: Stores, id: string, person: Person, change: Change, sum: Counts): Promise<void> {
  const { subscriptions, directory } = stores
  // Known from the first look on: a seat that is gone no longer tells whose it was.
  const seatIds = new Set(person.address === null ? [] : [person.address])
  const ask = { allow: () => {}, seats: [] }
  for (;;) {
    const found = await look(stores, id, person, change.at, seatIds)
    await subscriptions.forgetUses(id, [...seatIds])
    for (const entries of inPieces(found.entries, ENTRIES)) {
      const decide = unname(person, seatIds)
      sum.entries += await subscriptions.change(id, { ...ask, change: anew(change), entries, decide })
    }
    // Before the change that touches the subscription: whoever has written one for a seat to come then writes it anew.
    sum.hints += await directory.remove(found.hints)
    sum.hints += await directory.remove(await directory.before(found.places))
    for (const piece of found.pieces) {
      const seats = piece.filter((one) => one.kind === 'seat').map(({ seatId }) => seatId)
      const invitations = piece.filter((one) => one.kind === 'invitation').map(({ invitationId }) => invitationId)
      const decide = takeOut(person, found.hints.length > 0)
      const done = await subscriptions.change(id, { ...ask, change: anew(change), seats, invitations, decide })
      sum.seats += done.seats
      sum.invitations += done.invitations
    }
    // What others have written meanwhile shows at the next look.
    if (found.entries.length + found.pieces.length === 0) return
  }
}

/** A change of its own: what it is about is decided by what is there, so a repeat finds nothing to do. */
const anew = (change: Change): Change => ({ ...change, id: crypto.randomUUID() })

/** Everything that names a person in a subscription or leads them there. Adds to `seatIds` the seats that are theirs. */
async function look(stores: Stores, id: string, person: Person, at: Date, seatIds: Set<string>) {
  const { subscriptions } = stores
  const subscription = await subscriptions.read(id)
  const isOwner = subscription !== undefined && isThem(subscription.owner, person)
  const seats: Seat[] = []
  for await (const seat of subscriptions.each<Seat>(id, 'seat')) {
    if (isTheirs(seat, person)) seatIds.add(seat.seatId)
    if (isTheirs(seat, person) || names(seat, person)) seats.push(seat)
  }
  if (subscription && ownsLive(subscription, seats, person, at)) throw ownerStays([id])
  const invitations: Invitation[] = []
  for await (const one of subscriptions.each<Invitation>(id, 'invitation')) {
    if (isThem(one.account, person)) invitations.push(one)
  }
  const entries: string[] = []
  for await (const entry of subscriptions.each<HistoryEntry>(id, 'history')) {
    if (nameless(entry, person, seatIds)) entries.push(entry.id)
  }
  const hints = (await hintsTo(stores, person)).filter(({ subscriptionId }) => subscriptionId === id)
  const places = [
    ...seats.filter((seat) => isTheirs(seat, person)).flatMap(hintsAt),
    ...(isOwner ? ownerPlaces(subscription) : []),
  ]
  const pieces = inPieces([...seats, ...invitations], PIECE)
  const isLed = isOwner || (hints.length > 0 && subscription !== undefined)
  return { entries, hints, places, pieces: pieces.length === 0 && isLed ? [[]] : pieces }
}

/** Where the hints of a seat stand, also those that fade. */
const hintsAt = (seat: Seat) => hintsOf({ ...seat, account: seat.account ?? seat.formerAccount })

const ownerPlaces = (subscription: Subscription) =>
  ownerHints(subscription, new Date(0)).map(({ key, id }) => ({ key, id }))

function inPieces<T>(all: T[], size: number): T[][] {
  const pieces: T[][] = []
  for (let at = 0; at < all.length; at += size) pieces.push(all.slice(at, at + size))
  return pieces
}
