import type { Mails } from '../graph/mails.ts'
import type { Outcome, Refused } from '../graph/outcome.ts'
import type { Campaign } from './campaign.ts'
import { type Ledger, MOST_ATTEMPTS } from './ledger.ts'
import type { Mail } from './mail.ts'
import type { Claim } from './mailbox.ts'
import { BUSY_MS, DAY_LIMIT_MS, type Result, type Stop } from './moves.ts'
import type { Sending } from './sending.ts'

/** `send` is not called later than this after its claim, on the claimant's monotonic clock (E2). */
const SEND_WITHIN_MS = 60_000
/** Rests after the first, second, … try that Microsoft did not take. */
const RETRY_MS = [10_000, 30_000, 120_000, 600_000]
/** A wait when Microsoft names none: doubled with each throttle on end, up to this. */
const MOST_BACKOFF_MS = 15 * 60_000
/** A new token is tried so long after one was refused, and so often. */
const NEW_TOKEN_MS = 5_000
const MOST_NEW_TOKENS = 2
/** Microsoft's code for a token that is good and may not do this. */
const ACCESS_DENIED = 'ErrorAccessDenied'

/** One claimed row, and what its mail needs. */
export interface ClaimedRow {
  campaign: Campaign
  claim: Claim
  /** Monotonic instant of the claim, ms. */
  claimedAt: number
  ledger: Ledger
  etag: string
  mail: Mail | { problem: string }
  token: string
  /** Throttled so often on end without a time being named. */
  throttles: number
}

/** What an attempt stands on. */
export interface SendParts {
  sending: Pick<Sending, 'replaceRow' | 'row' | 'now'>
  mails: Pick<Mails, 'createDraft' | 'sendDraft' | 'sendMail' | 'deleteDraft'>
  monotonic: () => number
  /** Microsoft has refused this access token. */
  tokenRefused: (mailboxId: string, token: string) => void
}

/**
 * Sends the mail of a claimed row and writes down what became of it.
 * @returns the result, or null when it has to be settled later: nobody knows, or the row is not ours any more
 */
export async function sendRow(parts: SendParts, given: ClaimedRow): Promise<Result | null> {
  const { campaign, ledger, mail } = given
  if ('problem' in mail) return end(parts, given, failedWith(mail.problem))
  if (campaign.mode === 'send') return end(parts, given, await sendAtOnce(parts, given, mail))
  if (ledger.draft) return end(parts, given, await sendDraft(parts, given, ledger.draft.id))
  const made = await parts.mails.createDraft(given.token, mail)
  // A draft sends nothing: whatever became of it, the row is as before (E2).
  if (made.kind === 'unclear') return end(parts, given, tryAgain(parts, given, 'draft_unclear'))
  if (made.kind === 'refused') return end(parts, given, refused(parts, given, made.why))
  const drafted = { ...ledger, draft: made.value }
  const etag = await stored(parts, drafted, given.etag)
  // Not stored, not sent: somebody else has the row, or the store is away.
  if (!etag) return null
  const own = { ...given, ledger: drafted, etag }
  return end(parts, own, await sendDraft(parts, own, made.value.id))
}

/** How a row goes on: its next state, and what it holds up. */
interface Ending {
  state: Result['state']
  why: string | null
  attempts?: number
  end: Date | null
  again: Date | null
  stop: Stop | null
  isFinal?: boolean
}

async function sendDraft(parts: SendParts, given: ClaimedRow, draftId: string): Promise<Ending | null> {
  if (parts.monotonic() - given.claimedAt > SEND_WITHIN_MS) return tryAgain(parts, given, 'too_late')
  const outcome = await parts.mails.sendDraft(given.token, draftId)
  // It is looked at later: the draft tells.
  return outcome.kind === 'unclear' ? null : ending(parts, given, outcome)
}

async function sendAtOnce(parts: SendParts, given: ClaimedRow, mail: Mail): Promise<Ending | null> {
  if (parts.monotonic() - given.claimedAt > SEND_WITHIN_MS) return tryAgain(parts, given, 'too_late')
  const outcome = await parts.mails.sendMail(given.token, mail)
  if (outcome.kind !== 'unclear') return ending(parts, given, outcome)
  return { state: 'unknown', why: 'no_answer', end: parts.sending.now(), again: null, stop: null }
}

function ending(parts: SendParts, given: ClaimedRow, outcome: Exclude<Outcome<void>, { kind: 'unclear' }>): Ending {
  const now = parts.sending.now()
  if (outcome.kind === 'done') return { state: 'sent', why: null, end: now, again: null, stop: null }
  return { ...refused(parts, given, outcome.why), end: now }
}

/** What a refusal of Microsoft means for the row and for what stands behind it (product 4.4). */
export function refused(
  { sending, tokenRefused }: Pick<SendParts, 'sending' | 'tokenRefused'>,
  given: Pick<ClaimedRow, 'campaign' | 'ledger' | 'throttles' | 'token'>,
  why: Refused,
): Ending {
  const now = sending.now()
  const later = (ms: number) => new Date(now.getTime() + ms)
  const waits = (stop: Stop, code: string): Ending => ({ state: 'pending', why: code, end: null, again: now, stop })
  switch (why.class) {
    case 'throttled':
      return waits({ kind: 'throttled', until: later(why.retryAfterMs ?? backOff(given.throttles)) }, 'throttled')
    case 'day_limit':
      return waits({ kind: 'day_limit', until: later(DAY_LIMIT_MS) }, 'day_limit')
    case 'sender':
      return waits({ kind: 'blocked', code: why.code }, why.code)
    case 'sign_in':
      if (needsMore(given.campaign, why.code)) return waits({ kind: 'blocked', code: why.code }, why.code)
      tokenRefused(given.ledger.mailboxId, given.token)
      // A token may have been ended before its time: the next one is new.
      if (given.throttles < MOST_NEW_TOKENS)
        return waits({ kind: 'throttled', until: later(NEW_TOKEN_MS) }, 'needs_sign_in')
      // Refused with new tokens again and again: signing in would bring one more of them, so it is the sender.
      return why.code === ACCESS_DENIED
        ? waits({ kind: 'blocked', code: why.code }, why.code)
        : waits({ kind: 'lost', why: 'needs_sign_in' }, 'needs_sign_in')
    case 'row':
      return { ...failedWith(why.code), isFinal: why.isFinal }
    case 'transient':
      return tryAgain({ sending }, given, why.code)
  }
}

/** A right that this campaign alone needs, for drafts or a shared mailbox: others of its mailbox can be sent without. */
const needsMore = ({ mode, from }: Campaign, code: string): boolean =>
  code === ACCESS_DENIED && (mode === 'draft' || from !== null)

const failedWith = (why: string): Ending => ({
  state: 'failed',
  why,
  end: null,
  again: null,
  stop: null,
  isFinal: true,
})

const backOff = (throttles: number): number =>
  Math.min(MOST_BACKOFF_MS, BUSY_MS * 2 ** Math.min(throttles, 10)) * (0.75 + Math.random() / 2)

function tryAgain(
  { sending }: Pick<SendParts, 'sending'>,
  { ledger }: Pick<ClaimedRow, 'ledger'>,
  why: string,
): Ending {
  const attempts = ledger.attempts + 1
  const rest = RETRY_MS[Math.min(ledger.attempts, RETRY_MS.length - 1)] ?? 0
  if (attempts >= MOST_ATTEMPTS) return { state: 'failed', why, attempts, end: null, again: null, stop: null }
  return { state: 'pending', why, attempts, end: null, again: new Date(sending.now().getTime() + rest), stop: null }
}

async function end(parts: SendParts, given: ClaimedRow, ending: Ending | null): Promise<Result | null> {
  if (!ending) return null
  const { claim, ledger } = given
  const { state, why, attempts = ledger.attempts, isFinal = false, ...rest } = ending
  const settled: Ledger = {
    ...ledger,
    state,
    why,
    attempts,
    isFinal,
    claim: null,
    // One that failed was surely not sent, and its draft is deleted: a retry makes another.
    draft: state === 'failed' ? null : ledger.draft,
    at: parts.sending.now().toISOString(),
  }
  if (!(await stored(parts, settled, given.etag))) return null
  // Nothing holds on to the draft of a row that has failed for good.
  if (state === 'failed' && ledger.draft) await parts.mails.deleteDraft(given.token, ledger.draft.id)
  return { claim, state, ...rest }
}

/** Stores a row that is still ours. The new ETag, or undefined when it is not, or the store stays away. */
async function stored({ sending }: SendParts, ledger: Ledger, etag: string): Promise<string | undefined> {
  for (let tries = 0; tries < 3; tries += 1) {
    try {
      return await sending.replaceRow(ledger, etag)
    } catch {
      // The answer may have been lost alone: what stands there tells.
      const found = await sending.row(ledger.mailboxId, ledger.campaignId, ledger.position).catch(() => undefined)
      if (found && isSame(found, ledger)) return found._etag
      if (found && found._etag !== etag) return undefined
    }
  }
  return undefined
}

const isSame = (a: Ledger, b: Ledger): boolean =>
  a.state === b.state && a.claim === b.claim && a.draft?.id === b.draft?.id && a.at === b.at
