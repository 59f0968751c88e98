import { Refusal } from '../refusal.ts'
import { type Campaign, type CampaignState, type Counts, hasNoContent, isOver, provedNow } from './campaign.ts'
import type { Ledger, Said } from './ledger.ts'
import { closed, type Mailbox, opened, withSignIn, wokenAt } from './mailbox.ts'
import { refuseManyOpen } from './mailbox-limits.ts'
import { caughtUp, type Pair, settledState } from './moves.ts'
import { noticesOf, withCampaignTold } from './notice.ts'
import type { StoredList } from './store-list.ts'

/** What a person does with a campaign: old values in, new ones out. @throws Refusal `campaign_state`, `too_many_campaigns` */
export type Act = (pair: Pair, now: Date) => Pair

const refuse = ({ state }: Campaign, what: string): never => {
  throw new Refusal('campaign_state', `The campaign is ${state}: it cannot be ${what}.`, { state })
}

/** Opens it, and wakes its mailbox at once or when it is due; what its owner is to be told does not wait. */
function awake({ mailbox, campaign }: Pair, now: Date): Pair {
  const due = campaign.startAt && Date.parse(campaign.startAt) > now.getTime() ? new Date(campaign.startAt) : now
  const open = opened(mailbox, campaign.campaignId, due, campaign.startedAt === null)
  // A wake that comes sooner finds this one too, and sets the next.
  const wake = noticesOf(open).length > 0 ? now : due
  const isSoon = open.wake.at !== null && Date.parse(open.wake.at) <= wake.getTime()
  return { campaign, mailbox: isSoon && wake > now ? open : wokenAt(open, wake) }
}

/** Starts a campaign whose list is there, at an instant or at once. Until its first mail that can be changed. */
export const start =
  (at: Date | null, licensedUntil: Date | null): Act =>
  ({ mailbox, campaign: known }, now) => {
    // What was proved when it was made may be over by now.
    const campaign = { ...known, licensedUntil: provedNow(known, licensedUntil, now) }
    const startAt = at?.toISOString() ?? null
    const isStarted = campaign.state === 'running'
    if (isStarted && (campaign.startedAt !== null || campaign.startAt === startAt)) return { mailbox, campaign }
    if (!isStarted && campaign.state !== 'ready') refuse(campaign, 'started')
    refuseManyOpen(mailbox, campaign.campaignId)
    const started: Campaign = {
      ...campaign,
      state: 'running',
      startAt,
      // One that is for later does not stand still until then.
      movedAt: (at ?? now).toISOString(),
    }
    return awake({ mailbox: isStarted ? mailbox : withCampaignTold(mailbox, started, now), campaign: started }, now)
  }

/** Its list is stored, and has been looked at. */
export const listStored =
  ({ list, mails, lines, recipients, bytesPerMail }: StoredList): Act =>
  ({ mailbox, campaign }) => {
    if (campaign.state !== 'draft' && campaign.state !== 'ready') refuse(campaign, 'given another list')
    const state = mails === 0 ? 'draft' : 'ready'
    const known = { list, total: mails, skipped: lines - mails, recipients, bytes: bytesPerMail }
    return { mailbox, campaign: { ...campaign, state, ...known } }
  }

/** Nothing is left of its content. One that has begun has to be over. */
export const discard: Act = ({ mailbox, campaign }, now) => {
  if (isOver(campaign)) return { mailbox, campaign }
  if (campaign.state !== 'draft' && campaign.state !== 'ready') refuse(campaign, 'deleted; cancel it first')
  return { mailbox, campaign: { ...campaign, state: 'cancelled', endedAt: now.toISOString() } }
}

/** No claim after this succeeds; what is in flight ends. */
export const pause: Act = ({ mailbox, campaign }) => {
  if (campaign.state === 'paused') return { mailbox, campaign }
  if (campaign.state !== 'running') refuse(campaign, 'paused')
  return { mailbox: closed(mailbox, campaign.campaignId), campaign: { ...campaign, state: 'paused', why: 'by_sender' } }
}

/** Goes on where it stopped. A sender whom Microsoft refused is tried again, and so is a sign-in that was lost. */
export const resume: Act = ({ mailbox, campaign }, now) => {
  if (campaign.state === 'running') return { mailbox: mailbox.lost ? wokenAt(mailbox, now) : mailbox, campaign }
  if (campaign.state !== 'paused' && campaign.state !== 'blocked') refuse(campaign, 'resumed')
  refuseManyOpen(mailbox, campaign.campaignId)
  const running: Campaign = { ...campaign, state: 'running', why: null, lately: '', movedAt: now.toISOString() }
  // Nothing may be left to send: then it ends here.
  const pair = settledState({ mailbox, campaign: running }, now)
  return pair.campaign.state === 'running' ? awake(pair, now) : pair
}

/** Ends it for good, and says why if it is not its sender who does. What was handed over stays sent. */
export const cancelFor =
  (why: 'idle' | 'by_operator' | null): Act =>
  ({ mailbox, campaign }, now) => {
    if (campaign.state === 'cancelled') return { mailbox, campaign }
    if (isOver(campaign)) refuse(campaign, 'cancelled')
    return {
      mailbox: closed(mailbox, campaign.campaignId),
      campaign: { ...campaign, state: 'cancelled', why, again: [], retryFrom: null, endedAt: now.toISOString() },
    }
  }

/** Its sender ends it. */
export const cancel: Act = cancelFor(null)

/** Its mails cannot be made any more; to try would overwrite what is known of their rows. */
function refuseEmptied(campaign: Campaign): void {
  const { state } = campaign
  if (hasNoContent(campaign)) throw new Refusal('campaign_state', 'The content of the campaign is deleted.', { state })
}

/** What was stopped stays so: a row that is to be tried again waits until it goes on. */
const goingOn = ({ state }: Campaign): CampaignState => (state === 'paused' || state === 'blocked' ? state : 'running')

/** Wakes it if it goes on. */
function awakeIfRunning(pair: Pair, now: Date): Pair {
  if (pair.campaign.state !== 'running') return pair
  refuseManyOpen(pair.mailbox, pair.campaign.campaignId)
  return awake(pair, now)
}

/** It has not ended yet, and may leave drafts once more. */
const reopened = ({ mode }: Campaign) => ({ endedAt: null, isSwept: mode === 'send' })

/** Tries once more what failed for a reason that may have passed. */
export const retryFailed: Act = ({ mailbox, campaign }, now) => {
  if (campaign.state === 'cancelled' || campaign.state === 'draft' || campaign.state === 'ready')
    refuse(campaign, 'tried again')
  refuseEmptied(campaign)
  if (campaign.counts.failed === 0 || campaign.retryFrom !== null) return { mailbox, campaign }
  const state = goingOn(campaign)
  const why = state === 'running' ? null : campaign.why
  const retried: Campaign = {
    ...campaign,
    ...{ state, why, lately: '', retryFrom: 0, movedAt: now.toISOString(), ...reopened(campaign) },
  }
  return awakeIfRunning({ mailbox, campaign: retried }, now)
}

/** What the sender says about a mail of which nobody knows: it was sent, or it is to be sent again. */
export function settleUnknown(before: Pair, row: Ledger, as: Said, now: Date): Pair & { row: Ledger } {
  const { mailbox, campaign } = caughtUp(before, row, now)
  const counts: Counts = { ...campaign.counts, unknown: campaign.counts.unknown - 1 }
  const at = now.toISOString()
  if (as === 'sent') {
    const settled: Ledger = { ...row, state: 'sent', why: 'said_by_sender', said: as, at }
    const said = { ...campaign, counts: { ...counts, sent: counts.sent + 1 } }
    return { mailbox, campaign: { ...said, state: ended(said) }, row: settled }
  }
  if (campaign.state === 'cancelled') refuse(campaign, 'tried again')
  refuseEmptied(campaign)
  const again = [...campaign.again, { position: row.position, at }]
  const state = goingOn(campaign)
  const why = state === 'running' ? null : campaign.why
  const open: Campaign = { ...campaign, ...reopened(campaign), state, why, counts, again, movedAt: at }
  // The sender has looked: what is made now is another mail.
  const said = { why: 'said_by_sender', said: as, draft: null, attempts: 0, at }
  const pending: Ledger = { ...row, state: 'pending', ...said }
  return { ...awakeIfRunning({ mailbox, campaign: open }, now), row: pending }
}

/** The last of its errors may be gone. */
const ended = ({ state, counts, skipped }: Campaign): CampaignState =>
  state === 'completed_with_errors' && counts.failed + counts.unknown + skipped === 0 ? 'completed' : state

/** A mailbox can be sent from again. */
export const regained = (mailbox: Mailbox, now: Date): Mailbox => wokenAt(withSignIn(mailbox), now)
