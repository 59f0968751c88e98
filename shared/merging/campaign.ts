/**
 * What a campaign is at. `draft`: its list is being stored. `blocked`: Microsoft refuses the sender, who goes on by
 * resuming. What its mailbox waits for is shown beside it, and is no state of the campaign.
 */
export type CampaignState =
  | 'draft'
  | 'ready'
  | 'running'
  | 'paused'
  | 'blocked'
  | 'completed'
  | 'completed_with_errors'
  | 'cancelled'

/**
 * Why a campaign is shown as paused, cancelled or waiting, when the reason is ours: most of its last mails failed, its
 * sender or an operator has done it, nothing became of it for very long, or sending is stopped for everybody.
 */
export const ownReasons = ['mostly_failing', 'by_sender', 'by_operator', 'idle', 'stopped'] as const

/** How mails leave: a draft that is sent, exactly once in effect; or one call, whose unclear end stays unknown. */
export type SendingMode = 'draft' | 'send'

/** Results that are in. Together with what is in flight, pending and ahead of the cursor they make the total. */
export interface Counts {
  sent: number
  failed: number
  unknown: number
}

/** A row that is to be tried again, not before an instant. */
export interface Again {
  position: number
  at: string
}

/** Item `campaign:<campaignId>`: one mail merge. All times by the store's clock. */
export interface Campaign {
  id: string
  kind: 'campaign'
  mailboxId: string
  campaignId: string
  name: string
  /** The shared mailbox it is sent as, or null. */
  from: string | null
  mode: SendingMode
  language: 'en' | 'fr'
  state: CampaignState
  /** Why it is paused, blocked or cancelled: one of `ownReasons`, or Microsoft's code. */
  why: string | null
  /** Hash of what was asked when it was made: a repeat must ask the same. */
  fingerprint: string
  /** Whether its mails carry the footer; null until the first one is due. */
  footer: boolean | null
  /** The last instant for which its sender has proved a licence; null without one (H4). */
  licensedUntil: string | null
  /** The list that is sent, of those that were uploaded; null before the first. */
  list: string | null
  /** Rows that can be sent, and rows that were left out. */
  total: number
  skipped: number
  /** To, Cc and Bcc of those that can be sent. */
  recipients: number
  /** Positions up to here have been claimed at least once. */
  cursor: number
  again: Again[]
  /** Where the next search for rows to try once more goes on, or null. */
  retryFrom: number | null
  counts: Counts
  /** The last results, the newest last: `s` sent, `f` failed. An error budget looks at them. */
  lately: string
  /** Bytes of the files that go with each mail, about. */
  bytes: number
  createdAt: string
  startAt: string | null
  startedAt: string | null
  endedAt: string | null
  /** When something last became of a row. */
  movedAt: string
  /** The last restore that put rows of it in doubt, and up to which. */
  doubted?: { restore: string; until: number }
  /** Whether nothing of it may be tried again: its content is being deleted. */
  isClosed?: boolean
  /** Whether its template, list and files have been deleted. */
  isEmptied: boolean
  /** Whether drafts of it that no row knows have been looked for and deleted (E2). */
  isSwept: boolean
}

/** What tidying notes about a campaign. */
export type TidyMark = 'isClosed' | 'isEmptied' | 'isSwept'

/** Id of the item of a campaign. */
export const campaignItem = (campaignId: string): string => `campaign:${campaignId}`

/** The mailbox that a campaign belongs to: its id begins with it, so that every request knows the partition. */
export const mailboxOf = (campaignId: string): string => campaignId.split('.')[0] ?? ''

/** Whether nothing will ever be sent of it again. */
export const isOver = ({ state }: Campaign): boolean =>
  state === 'completed' || state === 'completed_with_errors' || state === 'cancelled'

/** Whether its template, list and files are deleted, or are being deleted: nothing of it can be tried again. */
export const hasNoContent = ({ isClosed, isEmptied }: Campaign): boolean => isClosed === true || isEmptied

/** Whether its mails carry the footer: fixed by the first one, until then as it would be decided by what was proved (H4). */
export const carriesFooter = ({ footer, licensedUntil }: Pick<Campaign, 'footer' | 'licensedUntil'>): boolean =>
  footer ?? licensedUntil === null

const isUnstarted = ({ state }: Campaign): boolean => state === 'draft' || state === 'ready'

/** What counts as proved now. What was shown before the start has to hold at the start, and then for all its mails. */
export function provedNow(campaign: Campaign, proved: Date | null, now: Date): string | null {
  const { licensedUntil } = campaign
  if (proved || licensedUntil === null) return proved?.toISOString() ?? null
  return isUnstarted(campaign) && Date.parse(licensedUntil) <= now.getTime() ? null : licensedUntil
}

/** As its mails will be: before the start as if it were started now. */
export const asItWillBe = (campaign: Campaign, proved: Date | null, now: Date): Campaign =>
  isUnstarted(campaign) ? { ...campaign, licensedUntil: provedNow(campaign, proved, now) } : campaign

/** What of it has no result yet: mails, and recipients, as many a mail as in its whole list. Never too few of these. */
export function leftOf({ total, recipients, counts }: Pick<Campaign, 'total' | 'recipients' | 'counts'>) {
  const mails = total - counts.sent - counts.failed - counts.unknown
  return { mails, recipients: total === 0 ? 0 : Math.ceil((mails * recipients) / total) }
}

/** Rows in a row that fail before a campaign is paused; and of how many (product 2.2, row 44). */
const LATELY = 20
const MOST_FAILED = 15

/** Whether most of the last mails have failed. */
export const failsMostly = ({ lately }: Campaign): boolean =>
  lately.length >= LATELY && lately.split('f').length - 1 >= MOST_FAILED

/** A result is in. */
export const withLately = (lately: string, result: 's' | 'f'): string => (lately + result).slice(-LATELY)

/** When it has something to claim next; null when nothing is left to claim. */
export function workAt({ cursor, total, again, retryFrom, state, startAt }: Campaign, now: Date): Date | null {
  if (state !== 'running') return null
  const from = Math.max(now.getTime(), startAt ? Date.parse(startAt) : 0)
  if (cursor < total || retryFrom !== null) return new Date(from)
  const [first] = again.map(({ at }) => Date.parse(at)).sort((a, b) => a - b)
  return first === undefined ? null : new Date(Math.max(first, from))
}
