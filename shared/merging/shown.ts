import type { Campaign, CampaignState, Counts } from './campaign.ts'
import type { Mailbox, SignInLoss } from './mailbox.ts'
import { claimableAt } from './moves.ts'
import { MAILS_A_MINUTE, RECIPIENTS_A_DAY } from './windows.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

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
}

/** A campaign with what its mailbox waits for. */
export function shownCampaign(mailbox: Mailbox, campaign: Campaign, now: Date): ShownCampaign {
  const { total, skipped, counts } = campaign
  const sending = mailbox.claims.filter(({ campaignId }) => campaignId === campaign.campaignId).length
  const pending = total - counts.sent - counts.failed - counts.unknown - sending
  const waiting = waitingFor(mailbox, campaign, now)
  return {
    campaignId: campaign.campaignId,
    name: campaign.name,
    state: waiting?.state ?? campaign.state,
    why: campaign.why,
    from: campaign.from,
    mode: campaign.mode,
    footer: campaign.footer,
    total,
    skipped,
    counts: { ...counts, sending, pending },
    perMinute: mailbox.windows.ends.filter((end) => end > now.getTime() - MINUTE_MS).length,
    waitsUntil: waiting?.until ?? null,
    expectedEnd: campaign.state === 'running' ? expectedEnd(mailbox, campaign, pending + sending, now) : null,
    createdAt: campaign.createdAt,
    startAt: campaign.startAt,
    startedAt: campaign.startedAt,
    endedAt: campaign.endedAt,
  }
}

/** What a running campaign waits for beside its turn. */
function waitingFor(
  mailbox: Mailbox,
  campaign: Campaign,
  now: Date,
): { state: ShownState; until: string | null } | null {
  if (campaign.state !== 'running') return null
  if (mailbox.lost) return { state: mailbox.lost, until: null }
  if (campaign.startAt && Date.parse(campaign.startAt) > now.getTime())
    return { state: 'scheduled', until: campaign.startAt }
  const { rest } = mailbox
  if (rest && Date.parse(rest.until) > now.getTime())
    return { state: rest.why === 'day_limit' ? 'waiting_limit' : 'waiting', until: rest.until }
  const allowed = claimableAt(mailbox, { recipients: 1, bytes: 0 }, now)
  // More than the pace explains: the day is full.
  if (allowed && allowed.getTime() - now.getTime() > 5 * MINUTE_MS)
    return { state: 'waiting_limit', until: allowed.toISOString() }
  return null
}

/** By the pace and the day's limit, as if nothing else were sent. */
function expectedEnd(mailbox: Mailbox, campaign: Campaign, left: number, now: Date): string | null {
  if (mailbox.lost) return null
  const from = Math.max(
    now.getTime(),
    campaign.startAt ? Date.parse(campaign.startAt) : 0,
    mailbox.rest ? Date.parse(mailbox.rest.until) : 0,
  )
  const days = Math.max(0, Math.ceil(left / RECIPIENTS_A_DAY) - 1)
  const rest = left - days * RECIPIENTS_A_DAY
  return new Date(from + days * DAY_MS + (rest / MAILS_A_MINUTE) * MINUTE_MS).toISOString()
}
