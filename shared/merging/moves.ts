import { type Campaign, failsMostly, isOver, withLately, workAt } from './campaign.ts'
import type { Ledger, RowState } from './ledger.ts'
import { type Claim, closed, type Mailbox, opened, type SignInLoss } from './mailbox.ts'
import { allowedAt, type Need, withClaim, withEnd } from './windows.ts'

/** A mailbox and one campaign of it, as they are to be after a move. Moves are pure; a batch writes what comes out. */
export interface Pair {
  mailbox: Mailbox
  campaign: Campaign
}

/** What holds up more than one row. */
export type Stop =
  | { kind: 'throttled'; until: Date }
  | { kind: 'day_limit'; until: Date }
  | { kind: 'lost'; why: SignInLoss }
  | { kind: 'blocked'; code: string }

/** What became of a claimed row, as its ledger item says. */
export interface Result {
  claim: Claim
  state: Exclude<RowState, 'sending'>
  /** When the call to send ended; null when none was made. */
  end: Date | null
  /** When a pending row may be tried again. */
  again: Date | null
  stop: Stop | null
}

/** Claims younger than this hold up others: at most 3 of them (E6, Graph's 4 at a time less one to look with). */
const YOUNG_MS = 30_000
const MOST_YOUNG = 3
/** Claims of dead hosts, which wait to be settled, hold nobody up until there are so many. */
const MOST_UNSETTLED = 30
/** No mail leaves so long after its claim (E2: 60 s and 30 s for the call), so it is in no minute any more. */
const IN_A_MINUTE_MS = 150_000

const ageOf = ({ at }: Claim, now: Date): number => now.getTime() - Date.parse(at)

/** When one more mail may be claimed, as far as the mailbox decides; null when somebody has to do something first. */
export function claimableAt(mailbox: Mailbox, need: Need, now: Date): Date | null {
  const { claims, rest, lost, windows } = mailbox
  if (lost || claims.length >= MOST_UNSETTLED) return null
  const ages = claims.map((claim) => ageOf(claim, now))
  const young = ages.filter((age) => age < YOUNG_MS)
  const freed = young.length < MOST_YOUNG ? now.getTime() : now.getTime() + YOUNG_MS - Math.max(...young)
  const counting = ages.filter((age) => age < IN_A_MINUTE_MS).length
  const rested = rest ? Date.parse(rest.until) : 0
  return new Date(Math.max(freed, rested, allowedAt(windows, counting, need, now).getTime()))
}

/** The position that is claimed next, or null when there is none now. */
export function nextPosition({ cursor, total, again, state, startAt }: Campaign, now: Date): number | null {
  if (state !== 'running' || (startAt && Date.parse(startAt) > now.getTime())) return null
  const due = again.find(({ at }) => Date.parse(at) <= now.getTime())
  if (due) return due.position
  return cursor < total ? cursor + 1 : null
}

/** A row is claimed: slot used, cursor moved, the campaign goes behind the others (E9). */
export function claimed({ mailbox, campaign }: Pair, claim: Claim, need: Need, now: Date): Pair {
  const isNew = claim.position > campaign.cursor
  const moved: Campaign = {
    ...campaign,
    cursor: isNew ? claim.position : campaign.cursor,
    again: isNew ? campaign.again : campaign.again.filter(({ position }) => position !== claim.position),
    startedAt: campaign.startedAt ?? now.toISOString(),
  }
  const next = {
    ...closed(mailbox, campaign.campaignId),
    claims: [...mailbox.claims, claim],
    windows: withClaim(mailbox.windows, need, now),
  }
  return { campaign: moved, mailbox: withWork(next, moved, now) }
}

/** Result of a claim into the counts: exactly once, since the claim leaves with it (E3). */
export function folded({ mailbox, campaign }: Pair, result: Result, now: Date): Pair {
  const { claim, state, end, again, stop } = result
  if (!isIn(mailbox, claim)) return { mailbox, campaign }
  const left = { ...withoutClaim(mailbox, claim, end), throttles: state === 'sent' ? 0 : mailbox.throttles }
  const counted: Campaign =
    state === 'pending'
      ? { ...campaign, again: [...campaign.again, { position: claim.position, at: (again ?? now).toISOString() }] }
      : {
          ...campaign,
          counts: { ...campaign.counts, [state]: campaign.counts[state] + 1 },
          lately: withLately(campaign.lately, state === 'sent' ? 's' : 'f'),
          movedAt: now.toISOString(),
        }
  const stopped = withStop({ mailbox: left, campaign: counted }, stop)
  return settledState(stopped, now)
}

/** A mailbox as it will be when claims have left it whose ends are known and not counted yet. */
export const withoutEnded = (mailbox: Mailbox, results: Result[]): Mailbox =>
  results.reduce((left, { claim, end }) => (isIn(left, claim) ? withoutClaim(left, claim, end) : left), mailbox)

const isIn = ({ claims }: Mailbox, claim: Claim): boolean => claims.some(({ id }) => id === claim.id)

const withoutClaim = (mailbox: Mailbox, claim: Claim, end: Date | null): Mailbox => ({
  ...mailbox,
  claims: mailbox.claims.filter(({ id }) => id !== claim.id),
  windows: end ? withEnd(mailbox.windows, end) : mailbox.windows,
})

/**
 * Counts the end of a row that is written down and not counted yet, before the row is claimed or settled anew: later
 * nobody could tell which end it was that is missing.
 */
export function caughtUp(pair: Pair, { campaignId, position, state, at }: Ledger, now: Date): Pair {
  const claim = pair.mailbox.claims.find((one) => one.campaignId === campaignId && one.position === position)
  if (!claim || state === 'sending') return pair
  return folded(pair, { claim, state, end: new Date(at), again: null, stop: null }, now)
}

/** A position that is among those to try, and whose row needs no try any more. */
export function passedOver({ mailbox, campaign }: Pair, position: number, now: Date): Pair {
  const again = campaign.again.filter((one) => one.position !== position)
  return settledState({ mailbox, campaign: { ...campaign, again, cursor: Math.max(campaign.cursor, position) } }, now)
}

/** What is left to do for a campaign whose claims or rows have changed: it opens, closes, pauses or ends. */
export function settledState({ mailbox, campaign }: Pair, now: Date): Pair {
  const ended = { ...campaign, ...endOf(mailbox, campaign, now) }
  const paused: Campaign =
    ended.state === 'running' && failsMostly(ended) ? { ...ended, state: 'paused', why: 'mostly_failing' } : ended
  return { campaign: paused, mailbox: withWork(mailbox, paused, now) }
}

function withWork(mailbox: Mailbox, campaign: Campaign, now: Date): Mailbox {
  const at = workAt(campaign, now)
  return at ? opened(mailbox, campaign.campaignId, at) : closed(mailbox, campaign.campaignId)
}

function endOf(mailbox: Mailbox, campaign: Campaign, now: Date): Partial<Campaign> {
  const { state, cursor, total, again, retryFrom, counts, campaignId } = campaign
  const isFlying = mailbox.claims.some((claim) => claim.campaignId === campaignId)
  if (state !== 'running' || cursor < total || again.length > 0 || retryFrom !== null || isFlying) return {}
  const isClean = counts.failed + counts.unknown + campaign.skipped === 0
  return { state: isClean ? 'completed' : 'completed_with_errors', endedAt: now.toISOString() }
}

/** Nobody says when a full day has room again. */
export const DAY_LIMIT_MS = 3_600_000
/** The first wait when Microsoft names none. */
export const BUSY_MS = 10_000

/** How long a mailbox rests that is told to wait beside its campaigns, where nobody counts throttles on end. */
export const restMsOf = (why: { class: 'throttled'; retryAfterMs: number | null } | { class: 'day_limit' }): number =>
  why.class === 'throttled' ? (why.retryAfterMs ?? BUSY_MS) : DAY_LIMIT_MS

/** The mailbox waits. A longer wait that is known already stands. */
export function rested(mailbox: Mailbox, at: Date, why: NonNullable<Mailbox['rest']>['why']): Mailbox {
  const until = at.toISOString()
  return mailbox.rest && mailbox.rest.until > until ? mailbox : { ...mailbox, rest: { until, why } }
}

function withStop({ mailbox, campaign }: Pair, stop: Stop | null): Pair {
  switch (stop?.kind) {
    case 'throttled':
    case 'day_limit': {
      const throttles = mailbox.throttles + 1
      return { campaign, mailbox: { ...rested(mailbox, stop.until, stop.kind), throttles } }
    }
    case 'lost':
      return { campaign, mailbox: { ...mailbox, lost: stop.why } }
    case 'blocked':
      return isOver(campaign)
        ? { mailbox, campaign }
        : { mailbox, campaign: { ...campaign, state: 'blocked', why: stop.code } }
    default:
      return { mailbox, campaign }
  }
}
