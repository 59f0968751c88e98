import { type Campaign, carriesFooter, leftOf, provedNow } from './campaign.ts'
import type { Mailbox } from './mailbox.ts'
import { RECIPIENTS_A_DAY, recipientsSince } from './windows.ts'

/** What is to be known before the first mail and holds at one instant only. */
export interface Foreseen {
  /** Whether its mails would carry the footer. */
  footer: boolean
  /** Whether all can go today, after what the mailbox has sent in 24 hours and still has to send. */
  fitsToday: boolean
}

const DAY_MS = 86_400_000

/**
 * What a campaign would come to, beside all of its mailbox, if it were started now.
 * @param proved until when its sender has just proved a licence
 */
export function foreseen(
  campaign: Campaign,
  { mailbox, campaigns }: { mailbox: Mailbox | undefined; campaigns: Campaign[] },
  proved: Date | null,
  now: Date,
): Foreseen {
  const others = campaigns.filter((one) => one.campaignId !== campaign.campaignId && isDueToday(one, now))
  const sent = mailbox ? recipientsSince(mailbox.windows, now) : 0
  const recipients = [campaign, ...others].reduce((sum, one) => sum + leftOf(one).recipients, sent)
  const licensedUntil = provedNow(campaign, proved, now)
  return { footer: carriesFooter({ ...campaign, licensedUntil }), fitsToday: recipients <= RECIPIENTS_A_DAY }
}

const isDueToday = ({ state, startAt }: Campaign, now: Date): boolean =>
  state === 'running' && (startAt === null || Date.parse(startAt) < now.getTime() + DAY_MS)
