import { type Account, CONSUMER_TENANT, sameAccount } from '../identity/account.ts'
import type { Address } from './address.ts'
import { type Entitlement, entitlement, licenses } from './entitlement.ts'
import { isOver } from './over-quantity.ts'
import { reallyPaidUntil } from './paid.ts'
import { REMEMBER_RELEASED_SECONDS, seatIdOf } from './seats.ts'
import { counts, type Seat, type Subscription } from './subscription.ts'

/** Every answer of the look-up. Codes are only ever added; a client obeys `footer` and bears codes it does not know. */
export const verdictCodes = [
  'licensed',
  'licensed_ending',
  'free',
  'not_confirmed',
  'not_assigned',
  'all_assigned',
  'withdrawn',
  'other_account',
  'over_quantity',
  'payment_pending',
  'ended',
  'ended_unpaid',
  'paused',
] as const
export type VerdictCode = (typeof verdictCodes)[number]

/** Who asks: the account and the addresses its token is evidence for. */
export interface Asker {
  account: Account
  evidence: readonly Address[]
}

/** A seat that a hint led to, with the subscription it belongs to. */
export interface Found {
  seat: Seat
  subscription: Subscription
}

/** The licence of one account now, before it is put into words. */
export interface Verdict {
  code: VerdictCode
  footer: boolean
  /** The seat that decided, if one did. */
  found: Found | null
  /** Whom the sentence may name as the place to ask. */
  contact: string | null
  /** When what was said is known to end; null when it renews. */
  until: Date | null
  /** Until when it is paid, which may be past; null when we know of nothing that is. Shown to people. */
  paidUntil: string | null
}

type Reading = { verdict: Verdict; rank: number; isForeign: boolean }

// Of several "no" the one that a person can do most about comes first.
const order: VerdictCode[] = [
  'licensed',
  'licensed_ending',
  'over_quantity',
  'payment_pending',
  'paused',
  'ended_unpaid',
  'ended',
  'other_account',
  'withdrawn',
]

/**
 * The licence of an account: any seat that licenses decides; one that is bound to it before one that waits for it, then
 * the longest.
 * @param shown subscriptions that say of themselves that the account's organisation has licences
 */
export function verdict(asker: Asker, found: Found[], shown: Subscription[], now: Date): Verdict {
  const readings = found.map((one) => read(asker, one, now)).filter((reading) => reading !== undefined)
  const best = readings.sort(byRank)[0]
  if (best && !best.isForeign) return best.verdict
  if (asker.evidence.length === 0) return without('not_confirmed')
  const live = shown.find((one) => one.shownToTenant && isOwn(one, asker.account) && licenses(one, now))
  if (live) return { ...without('not_assigned'), contact: live.contact }
  return best ? { ...best.verdict, contact: null } : without('free')
}

/** Whether a subscription is of the organisation of an account. */
const isOwn = ({ owner }: Subscription, { tenantId }: Account) =>
  owner?.tenantId === tenantId && tenantId !== CONSUMER_TENANT

const without = (code: VerdictCode): Verdict => ({
  code,
  footer: true,
  found: null,
  contact: null,
  until: null,
  paidUntil: null,
})

function byRank(a: Reading, b: Reading): number {
  if (a.verdict.footer || b.verdict.footer) return Number(a.isForeign) - Number(b.isForeign) || a.rank - b.rank
  // A seat lasts as long as its subscription: among seats that license the longest one comes first. But whoever has one
  // is not to take a second, which somebody else may need.
  return Number(waits(a)) - Number(waits(b)) || lasts(b) - lasts(a) || paid(b) - paid(a) || a.rank - b.rank
}

const waits = ({ verdict }: Reading) => verdict.found?.seat.account === null
// Not Infinity: two of them have no difference.
const lasts = ({ verdict }: Reading) => verdict.until?.getTime() ?? Number.MAX_SAFE_INTEGER
const paid = ({ verdict }: Reading) => Date.parse(verdict.paidUntil ?? '')

/** What one seat means for the asker; undefined when it is none of their business. */
function read(asker: Asker, { seat, subscription }: Found, now: Date): Reading | undefined {
  const mine = sameAccount(seat.account, asker.account)
  const evident = asker.evidence.some((address) => seatIdOf(address) === seat.seatId)
  if (counts(seat) && (mine || (!seat.account && evident))) return held(asker.account, { seat, subscription }, now)
  if (wasMine(seat, asker.account, now)) return reading('withdrawn', { seat, subscription })
  if (counts(seat) && evident) return reading('other_account', { seat, subscription })
  return undefined
}

// Of a seat that nobody had there is nothing to tell: whoever gave it and took it back may be a stranger.
function wasMine({ formerAccount, formerUntil }: Seat, account: Account, now: Date): boolean {
  const until = formerUntil ? Date.parse(formerUntil) : 0
  return sameAccount(formerAccount, account) && now.getTime() - until <= REMEMBER_RELEASED_SECONDS * 1000
}

function held(asker: Account, found: Found, now: Date): Reading {
  const { seat, subscription } = found
  const entitled = entitlement(subscription, now)
  // As it is once it is bound, which this look-up asks for.
  const isBeyond = entitled.licenses && isOver({ ...seat, account: asker }, subscription)
  const said = isBeyond ? reading('over_quantity', found) : reading(entitled.code, found, entitled)
  // A stranger can give a seat to any address: what does not license and was never theirs, they need not be told.
  const isTheirs = seat.account !== null || sameAccount(seat.formerAccount, asker) || isOwn(subscription, asker)
  return { ...said, isForeign: said.verdict.footer && !isTheirs }
}

function reading(code: VerdictCode, found: Found, entitled?: Entitlement): Reading {
  const { contact } = found.subscription
  const licensed = entitled?.licenses ?? false
  const until = entitled?.until ?? null
  return {
    rank: order.indexOf(code),
    isForeign: false,
    verdict: {
      code,
      footer: !licensed,
      found,
      contact,
      until,
      paidUntil: licensed ? reallyPaidUntil(found.subscription) : null,
    },
  }
}
