import type { Mails } from '../graph/mails.ts'
import { cancel } from './acts.ts'
import { type Campaign, isOver } from './campaign.ts'
import type { Campaigns } from './campaigns.ts'
import type { Content } from './content.ts'
import type { Sending } from './sending.ts'
import { shownCampaign } from './shown.ts'
import type { Access } from './turn.ts'

const DAY_MS = 86_400_000
/** A campaign without progress ends after this; `unknown` rows end as they are (E12). */
export const IDLE_DAYS = 30
/** Template, list and files are kept so long after the end, states of rows so long. */
export const CONTENT_DAYS = 7
export const ROWS_DAYS = 30
/** Stray drafts are looked for so long after the end: what is under way has ended by then. */
const SWEEP_DAYS = 15 / 1440
/** Campaigns that one run looks at; the next one is an hour away. */
const MOST = 200
const ROWS = 100
/** Rows that one run deletes. */
const MOST_ROWS = 20_000

/** What tidying came to. */
export interface Tidied {
  ended: number
  swept: number
  emptied: number
  deleted: number
  /** Ids of campaigns that should be sent and are not. */
  stalled: string[]
}

/** What tidying stands on. */
export interface TidyParts {
  sending: Sending
  content: Content
  campaigns: Campaigns
  mails: Pick<Mails, 'draftsOf' | 'deleteDraft'>
  /** An access token for a mailbox, or why there is none. */
  token: (mailboxId: string) => Promise<Access>
}

/** Ends campaigns that stand still, and deletes what has been kept long enough. Each step may be repeated. */
export async function tidy(parts: TidyParts): Promise<Tidied> {
  const { sending, content, campaigns } = parts
  const done: Tidied = { ended: 0, swept: 0, emptied: 0, deleted: 0, stalled: [] }
  // The store's clock is heard with the first answer.
  await sending.mailbox('none')
  const before = (days: number) => new Date(sending.now().getTime() - days * DAY_MS)
  const faults: unknown[] = []
  const each = eachOf(faults)
  await each(await sending.idleSince(before(IDLE_DAYS), MOST), async (campaign) => {
    if (isOver(campaign)) return
    const mailbox = await sending.mailbox(campaign.mailboxId)
    if (mailbox) await campaigns.act(mailbox.account, campaign.campaignId, cancel)
    done.ended += 1
  })
  done.stalled = await stalled(sending)
  await each(await sending.endedBefore(before(SWEEP_DAYS), MOST, 'isSwept'), async (campaign) => {
    if (await sweptDrafts(parts, campaign, before(CONTENT_DAYS))) done.swept += 1
  })
  await each(await sending.endedBefore(before(CONTENT_DAYS), MOST, 'isEmptied'), async (campaign) => {
    await content.delete(campaign)
    await sending.mark(campaign, 'isEmptied')
    done.emptied += 1
  })
  let left = MOST_ROWS
  await each(await sending.endedBefore(before(ROWS_DAYS), MOST), async (campaign) => {
    if (left > 0) left = await withoutRows(sending, campaign, left)
    if (left <= 0) return
    await sending.deleteItems(campaign.mailboxId, [campaign.id])
    done.deleted += 1
  })
  if (faults.length > 0) throw new AggregateError(faults, 'Some campaigns could not be tidied.')
  return done
}

/** What goes wrong with one campaign holds up no other. */
const eachOf = (faults: unknown[]) => async (all: Campaign[], work: (campaign: Campaign) => Promise<void>) => {
  for (const one of all) await work(one).catch((fault: unknown) => faults.push(fault))
}

/** Deletes drafts that hosts made and died before they stored them: they hold a person's data, and nobody knows them. */
async function sweptDrafts({ sending, mails, token }: TidyParts, campaign: Campaign, tooOld: Date): Promise<boolean> {
  const access = await token(campaign.mailboxId)
  // Without a grant nothing can be looked at, now or later.
  if (!('token' in access)) {
    if (access.lost) await sending.mark(campaign, 'isSwept')
    return false
  }
  const found = await mails.draftsOf(access.token, campaign.campaignId)
  if (found.kind !== 'done') {
    // Microsoft may refuse for good.
    if (Date.parse(campaign.endedAt ?? '') < tooOld.getTime()) await sending.mark(campaign, 'isSwept')
    return false
  }
  const open = await sending.rows(campaign, 0, MOST, 'unknown')
  const kept = new Set(open.map(({ draft }) => draft?.id))
  for (const { id } of found.value) if (!kept.has(id)) await mails.deleteDraft(access.token, id)
  await sending.mark(campaign, 'isSwept')
  return true
}

/** Deletes the rows of a campaign. @returns how many more may be deleted in this run; 0 when some may be left */
async function withoutRows(sending: Sending, campaign: Campaign, most: number): Promise<number> {
  for (let left = most; left > 0; left -= ROWS) {
    const ids = (await sending.rows(campaign, 0, ROWS)).map(({ id }) => id)
    await sending.deleteItems(campaign.mailboxId, ids)
    if (ids.length < ROWS) return left
  }
  return 0
}

/** A campaign that nothing holds up has sent something within this. */
const STALLED_MS = 3_600_000

/** Campaigns that run, whose mailbox waits for nothing, and of which nothing becomes. */
async function stalled(sending: Sending): Promise<string[]> {
  const now = sending.now()
  const found: string[] = []
  for (const campaign of await sending.idleSince(new Date(now.getTime() - STALLED_MS), MOST, 'running')) {
    const mailbox = await sending.mailbox(campaign.mailboxId)
    if (mailbox && shownCampaign(mailbox, campaign, now).state === 'running') found.push(campaign.campaignId)
  }
  return found
}
