import { type Campaign, type CampaignState, type Counts, hasNoContent, leftOf, workAt } from './campaign.ts'
import type { Mailbox, SignInLoss } from './mailbox.ts'
import { claimableAt } from './moves.ts'
import { LEAST } from './next-look.ts'
import { secondsAtPace } from './preflight.ts'
import { dayAllowsAt } from './windows.ts'

const MINUTE_MS = 60_000
/** More than minutes and bytes explain: the day has no room. */
const LONG_MS = 10 * MINUTE_MS

/** A state as its sender sees it: of the campaign, or of what its mailbox waits for. */
export type ShownState = CampaignState | 'scheduled' | 'waiting' | 'waiting_limit' | SignInLoss

/** A campaign as its sender sees it. */
export interface ShownCampaign
  extends Pick<Campaign, 'campaignId' | 'name' | 'why' | 'from' | 'mode' | 'footer' | 'total' | 'skipped'>,
    Pick<Campaign, 'createdAt' | 'startAt' | 'startedAt' | 'endedAt'> {
  state: ShownState
  counts: Counts & { sending: number; pending: number }
  /** Mails of its mailbox in the last minute. */
  perMinute: number
  waitsUntil: string | null
  expectedEnd: string | null
  /** Whether its template, list and files are deleted. */
  emptied: boolean
}

interface Waiting {
  state: ShownState
  until: string | null
  why?: 'stopped'
}

/**
 * A campaign with what its mailbox waits for.
 * @param isStopped whether an operator, or a restore, has stopped sending for everybody
 */
export function shownCampaign(mailbox: Mailbox, campaign: Campaign, now: Date, isStopped = false): ShownCampaign {
  const { total, skipped, counts } = campaign
  const sending = mailbox.claims.filter(({ campaignId }) => campaignId === campaign.campaignId).length
  const pending = leftOf(campaign).mails - sending
  const waiting = waitingFor(mailbox, campaign, now, isStopped)
  return {
    campaignId: campaign.campaignId,
    name: campaign.name,
    state: waiting?.state ?? campaign.state,
    why: waiting?.why ?? campaign.why,
    from: campaign.from,
    mode: campaign.mode,
    footer: campaign.footer,
    total,
    skipped,
    counts: { ...counts, sending, pending },
    perMinute: mailbox.windows.ends.filter((end) => end > now.getTime() - MINUTE_MS).length,
    waitsUntil: waiting?.until ?? null,
    expectedEnd: campaign.state === 'running' ? expectedEnd(mailbox, campaign, waiting, now) : null,
    createdAt: campaign.createdAt,
    startAt: campaign.startAt,
    startedAt: campaign.startedAt,
    endedAt: campaign.endedAt,
    emptied: hasNoContent(campaign),
  }
}

/** What a running campaign waits for beside its turn. */
function waitingFor(mailbox: Mailbox, campaign: Campaign, now: Date, isStopped: boolean): Waiting | null {
  if (campaign.state !== 'running') return null
  if (mailbox.lost) return { state: mailbox.lost, until: null }
  if (campaign.startAt && Date.parse(campaign.startAt) > now.getTime())
    return { state: 'scheduled', until: campaign.startAt }
  if (isStopped) return { state: 'waiting', until: null, why: 'stopped' }
  const { rest } = mailbox
  if (rest && Date.parse(rest.until) > now.getTime())
    return { state: rest.why === 'day_limit' ? 'waiting_limit' : 'waiting', until: rest.until }
  const allowed = claimableAt(mailbox, LEAST, now)?.getTime() ?? 0
  const until = Math.max(allowed, passedUntil(mailbox, campaign, now))
  return until - now.getTime() > LONG_MS ? { state: 'waiting_limit', until: new Date(until).toISOString() } : null
}

/** Its next mail has so many recipients that it was told to wait, and lets other campaigns pass. */
function passedUntil({ open }: Mailbox, campaign: Campaign, now: Date): number {
  const told = Date.parse(open.find(({ campaignId }) => campaignId === campaign.campaignId)?.at ?? '')
  return told > (workAt(campaign, now)?.getTime() ?? told) ? told : 0
}

/** By the pace and the day's limit, as if nothing else were sent; null when that hangs on somebody. */
function expectedEnd(
  { lost, rest, windows }: Mailbox,
  campaign: Campaign,
  waiting: Waiting | null,
  now: Date,
): string | null {
  if (lost || waiting?.why === 'stopped') return null
  const waits = [campaign.startAt, rest?.until, waiting?.until].map((until) => (until ? Date.parse(until) : 0))
  const from = Math.max(now.getTime(), ...waits)
  const left = { ...leftOf(campaign), bytesPerMail: campaign.bytes }
  const room = (more: number) => (dayAllowsAt(windows, more, new Date(from)).getTime() - from) / 1000
  return new Date(from + secondsAtPace(left, room) * 1000).toISOString()
}
