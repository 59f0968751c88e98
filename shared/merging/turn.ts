import type { Campaign } from './campaign.ts'
import { claimOne, withFooter } from './claim-row.ts'
import { changed, fold, foldedAll } from './folding.ts'
import type { Mail } from './mail.ts'
import { type Claim, type Mailbox, nextOpen, opened, type SignInLoss, withSignIn } from './mailbox.ts'
import { claimableAt, nextPosition, type Result, rested, withoutEnded } from './moves.ts'
import { LEAST, turnOver } from './next-look.ts'
import { noticesOf } from './notice.ts'
import { refill } from './refill.ts'
import { type ClaimedRow, type SendParts, sendRow } from './send-row.ts'
import type { Sending } from './sending.ts'
import { type SettleParts, settleOld } from './settle-claims.ts'
import { type TellParts, tellOwner } from './tell-owner.ts'
import type { Need } from './windows.ts'

/** How long a turn claims; the next one is scheduled for its end (E6). */
export const TURN_MS = 10_000

/** A mailbox rests so long when whoever knows its tokens does not answer. */
const NO_TOKEN_MS = 30_000

/** An access token for a mailbox; or why there is none, null when it may come soon. */
export type Access = { token: string } | { lost: SignInLoss | null }

/** One rendered row, and what it takes of the limits. Without a mail the row cannot be sent, for a reason. */
export interface Ready {
  mail: Mail | { problem: string }
  to: string
  row: number
  need: Need
}

/** What a turn stands on. */
export interface TurnParts extends SendParts, Omit<SettleParts, 'mails'>, Omit<TellParts, 'mails'> {
  sending: Sending
  mails: SendParts['mails'] & SettleParts['mails']
  /** The mail of a row; rendering is the same for a preview, a test and the real thing. */
  ready: (campaign: Campaign, position: number) => Promise<Ready>
  /** Decides the footer of a campaign whose first mail is due. */
  footerDue: (campaign: Campaign, now: Date) => boolean
  /** Microsoft has accepted a mail under this claim. */
  sent: (claim: Claim) => Promise<void>
  /** Waits for so many ms. */
  wait: (ms: number) => Promise<unknown>
  /** False when an operator has stopped sending, or this host is about to stop: no further claim. */
  maySend: () => Promise<boolean>
  /** Sends a tick; at an instant, or now. */
  tick: (mailboxId: string, number: number, at: Date | null) => Promise<void>
}

/**
 * Sends mails of a mailbox at the allowed pace until its turn is over, and sets the next wake.
 * @param own the number of the wake that this turn has set
 */
export async function takeTurn(parts: TurnParts, mailboxId: string, own: number): Promise<void> {
  const results: Result[] = [...(await settleOld(parts, mailboxId))]
  const running = new Set<Promise<void>>()
  try {
    await claimWhileAllowed(parts, mailboxId, results, running)
    await foldWhileRunning(parts, mailboxId, results, running)
  } finally {
    // Also when the store is away: what is under way is not left alone.
    await Promise.allSettled(running)
  }
  await foldAndSetWake(parts, mailboxId, results, own)
}

async function claimWhileAllowed(
  parts: TurnParts,
  mailboxId: string,
  results: Result[],
  running: Set<Promise<void>>,
): Promise<void> {
  const until = parts.monotonic() + TURN_MS
  for (let isFirst = true; parts.monotonic() < until && (await parts.maySend()); isFirst = false) {
    const next = await claimNext(parts, mailboxId, results)
    // Once a turn: what is refused with a new token waits for somebody.
    if ('isLost' in next && isFirst && (await isSignedInAgain(parts, mailboxId))) continue
    if ('telling' in next) {
      const work: Promise<void> = next.telling.finally(() => running.delete(work))
      work.catch(() => {})
      running.add(work)
      continue
    }
    if ('claimed' in next) {
      const work: Promise<void> = sendRow(parts, next.claimed).then((result) => {
        running.delete(work)
        if (result) results.push(result)
        return result?.state === 'sent' ? parts.sent(result.claim) : undefined
      })
      // A fault is heard of by whoever waits for it, at the latest at the end.
      work.catch(() => {})
      running.add(work)
      continue
    }
    const isInTurn = next.at !== null && next.at <= until
    if (!isInTurn && running.size === 0) return
    // One of those in flight that ends may have been what held up the next.
    const waits = isInTurn ? [parts.wait(Math.max(1, (next.at ?? 0) - parts.monotonic()))] : []
    await Promise.race([...running, ...waits])
  }
}

/** The next turn may have begun: what is counted does not hold it up. */
async function foldWhileRunning(parts: TurnParts, mailboxId: string, results: Result[], running: Set<Promise<void>>) {
  while (running.size > 0) {
    await Promise.race(running)
    if (running.size > 0 && results.length > 0) await fold(parts, mailboxId, results)
  }
}

/** What is under way now, or the monotonic instant at which to look again, null when that is not in this turn. */
type Next = { claimed: ClaimedRow } | { telling: Promise<void> } | { at: number | null; isLost?: true }

async function claimNext(parts: TurnParts, mailboxId: string, results: Result[]): Promise<Next> {
  const { sending, monotonic } = parts
  const mailbox = await sending.mailbox(mailboxId)
  if (!mailbox) return { at: null }
  if (mailbox.lost) return { at: null, isLost: true }
  const now = sending.now()
  const inMs = (at: Date | null) => at && monotonic() + at.getTime() - now.getTime()
  const next = nextOpen(mailbox, now)
  const due = next?.isNew ? next : (noticesOf(mailbox)[0] ?? next)
  if (!due) {
    const [first] = mailbox.open.map(({ at }) => Date.parse(at)).sort((a, b) => a - b)
    return { at: first === undefined ? null : inMs(new Date(first)) }
  }
  const seen = withoutEnded(mailbox, results)
  const open = claimableAt(seen, LEAST, now)
  if (open === null || open > now) return { at: inMs(open) }
  const access = await parts.token(mailboxId)
  if (!('token' in access)) return holdUp(parts, mailbox, access)
  if ('about' in due)
    return (await tellOwner(parts, { mailbox, notice: due, results, token: access.token })) ?? { at: monotonic() }
  const campaign = await sending.campaign(mailboxId, due.campaignId)
  const position = campaign && nextPosition(campaign, now)
  if (!campaign || !position) {
    await refill(parts, mailboxId, due.campaignId)
    return { at: monotonic() }
  }
  const ready = await parts.ready(withFooter(parts, campaign, now), position)
  const at = claimableAt(seen, ready.need, now)
  if (at === null || at > now) return letPass(parts, mailboxId, due.campaignId, at)
  const earlier = await sending.row(mailboxId, campaign.campaignId, position)
  // By now, not by then: reading and rendering may have taken longer than a lease lasts.
  const claimedAt = sending.now().toISOString()
  const claim: Claim = { id: crypto.randomUUID(), campaignId: campaign.campaignId, position, at: claimedAt }
  const own = await claimOne(parts, { mailbox, claim, ready, earlier, results, token: access.token })
  return own ? { claimed: own } : { at: monotonic() }
}

/** A mail of many recipients or bytes has to wait where a small one has not: other campaigns do not wait for it. */
async function letPass({ sending, monotonic }: TurnParts, mailboxId: string, campaignId: string, at: Date | null) {
  await sending.change(mailboxId, [], ({ mailbox }) => {
    const isOpen = mailbox.open.some((one) => one.campaignId === campaignId)
    return { answer: null, ...(at && isOpen ? { mailbox: opened(mailbox, campaignId, at) } : {}) }
  })
  return { at: monotonic() }
}

/** Whoever knows its tokens may have one again: by a sign-in that was not heard of, or another call that has renewed it. */
async function isSignedInAgain({ sending, token }: TurnParts, mailboxId: string): Promise<boolean> {
  if (!('token' in (await token(mailboxId)))) return false
  await sending.change(mailboxId, [], ({ mailbox }) => ({ answer: null, mailbox: withSignIn(mailbox) }))
  return true
}

/** Nothing can be sent: somebody has to sign in again, or whoever knows tokens does not answer now. */
async function holdUp(
  { sending }: TurnParts,
  { mailboxId, wake }: Mailbox,
  { lost }: Extract<Access, { lost: unknown }>,
): Promise<Next> {
  await sending.change(mailboxId, [], ({ mailbox, now }) => {
    // Somebody has woken it meanwhile, perhaps by a sign-in: whoever acts on that asks again.
    if (mailbox.wake.number !== wake.number) return { answer: null }
    const until = new Date(now.getTime() + NO_TOKEN_MS)
    return { answer: null, mailbox: lost ? { ...mailbox, lost } : rested(mailbox, until, 'throttled') }
  })
  return { at: null }
}

async function foldAndSetWake(parts: TurnParts, mailboxId: string, results: Result[], own: number): Promise<void> {
  const ids = [...new Set(results.map(({ claim }) => claim.campaignId))]
  const made = await parts.sending.change(mailboxId, ids, (scene) => {
    const after = foldedAll(scene, results)
    const mailbox = turnOver(after.mailbox, own, scene.now)
    const isNew = mailbox.wake.number !== after.mailbox.wake.number
    return { answer: isNew ? mailbox.wake : null, ...changed(scene, { ...after, mailbox }) }
  })
  const wake = made?.answer
  if (wake?.at) await parts.tick(mailboxId, wake.number, new Date(wake.at))
}
