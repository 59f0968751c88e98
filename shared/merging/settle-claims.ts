import type { Mails } from '../graph/mails.ts'
import type { Outcome } from '../graph/outcome.ts'
import type { Campaign } from './campaign.ts'
import { type Ledger, MOST_ATTEMPTS } from './ledger.ts'
import type { Claim } from './mailbox.ts'
import type { Result } from './moves.ts'
import { LEASE_MS } from './next-look.ts'
import type { Sending } from './sending.ts'
import type { Access } from './turn.ts'

/** By then a mail has left if it ever leaves: the call to send begins in 60 s and takes at most 30. */
const LEFT_MS = 90_000
/** A mail that no look finds is given up as unknown after this (E2): indexes of a mailbox lag behind. */
const GIVE_UP_MS = 15 * 60_000
/** One that nobody may look for is given up after this: a refusal may pass, as that of a token that was about to end. */
const BARRED_MS = 24 * 3_600_000

/** What settling stands on. */
export interface SettleParts {
  sending: Pick<Sending, 'mailbox' | 'campaign' | 'row' | 'replaceRow' | 'now'>
  mails: Pick<Mails, 'look' | 'find'>
  /** An access token for the mailbox, or why there is none. */
  token: (mailboxId: string) => Promise<Access>
}

/** Settles the claims of a mailbox whose hosts have not: by what the ledger says, or by looking into the mailbox. */
export async function settleOld(parts: SettleParts, mailboxId: string): Promise<Result[]> {
  const mailbox = await parts.sending.mailbox(mailboxId)
  const now = parts.sending.now()
  const old = (mailbox?.claims ?? []).filter(({ at }) => now.getTime() - Date.parse(at) >= LEASE_MS)
  const results: Result[] = []
  for (const claim of old) {
    const result = await settleOne(parts, mailboxId, claim)
    if (result) results.push(result)
  }
  return results
}

async function settleOne(parts: SettleParts, mailboxId: string, claim: Claim): Promise<Result | null> {
  const { sending } = parts
  const [campaign, found] = await Promise.all([
    sending.campaign(mailboxId, claim.campaignId),
    sending.row(mailboxId, claim.campaignId, claim.position),
  ])
  const now = sending.now()
  // When it left nobody knows: at the latest then. It counts for the pace until a minute after.
  const left = new Date(Date.parse(claim.at) + LEFT_MS)
  const result = (state: Result['state']): Result => {
    const end = state === 'sent' || state === 'unknown' ? left : null
    return { claim, state, end, again: now, stop: null }
  }
  if (!campaign || !found) return result('unknown')
  if (found.claim !== claim.id) return found.state === 'sending' ? null : result(found.state)
  const end = await endOf(parts, campaign, claim, found)
  if (!end) return null
  const { _etag: etag, ...ledger } = found
  const settled: Ledger = { ...ledger, ...end, claim: null, at: now.toISOString() }
  return (await sending.replaceRow(settled, etag)) ? result(end.state) : null
}

type End = Pick<Ledger, 'why' | 'attempts'> & { state: Result['state'] }

/** What became of a mail whose host has died; null when it cannot be told yet. */
async function endOf(
  parts: SettleParts,
  campaign: Campaign,
  claim: Claim,
  { draft, attempts }: Ledger,
): Promise<End | null> {
  if (campaign.mode === 'send') return { state: 'unknown', why: 'no_answer', attempts }
  // Without a stored draft nothing can have been sent.
  if (!draft) return once({ state: 'pending', why: 'cut_off', attempts: attempts + 1 })
  // Nothing is given up as not found while nobody could look.
  const access = await parts.token(campaign.mailboxId)
  if (!('token' in access)) return null
  const looked = await parts.mails.look(access.token, draft.id)
  const isGone = looked.kind === 'done' && looked.value === 'gone'
  const there = isGone ? await parts.mails.find(access.token, draft.internetMessageId) : looked
  const ageMs = parts.sending.now().getTime() - Date.parse(claim.at)
  const unknown: End = { state: 'unknown', why: 'not_found', attempts }
  if (there.kind !== 'done') return mayNotLook(there) && ageMs >= BARRED_MS ? unknown : null
  if (there.value === 'sent') return { state: 'sent', why: null, attempts }
  // The same draft is sent again, never a second one.
  if (!isGone) return { state: 'pending', why: 'cut_off', attempts }
  return ageMs >= GIVE_UP_MS ? unknown : null
}

/** Its owner may not let us read mail any more: then nobody can ever look. */
const mayNotLook = (outcome: Outcome<unknown>): boolean =>
  outcome.kind === 'refused' && (outcome.why.class === 'sign_in' || outcome.why.class === 'sender')

/** A row whose hosts die again and again is not tried for ever. */
const once = (end: End): End => (end.attempts >= MOST_ATTEMPTS ? { ...end, state: 'failed' } : end)
