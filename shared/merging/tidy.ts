import type { Mails } from '../graph/mails.ts'
import { type Act, cancelFor } from './acts.ts'
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
/** Campaigns that are asked for at once. */
const MOST = 200
const ROWS = 100
/** What is left after this waits for the next run. */
const LONGEST_MS = 8 * 60_000

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
  /** Since when mails may be sent at all; null while an operator, or a restore, has stopped them. */
  allowedSince: () => Promise<Date | null>
  monotonic: () => number
}

/** Ends campaigns that stand still, and deletes what has been kept long enough. Each step may be repeated. */
export async function tidy(parts: TidyParts): Promise<Tidied> {
  const { sending, content, campaigns } = parts
  const done: Tidied = { ended: 0, swept: 0, emptied: 0, deleted: 0, stalled: [] }
  // The store's clock is heard with the first answer.
  await sending.mailbox('none')
  const before = (days: number) => new Date(sending.now().getTime() - days * DAY_MS)
  const faults: unknown[] = []
  const end = parts.monotonic() + LONGEST_MS
  const isLate = () => parts.monotonic() > end
  const each = eachOf(faults, isLate)
  await each(
    () => sending.idleSince(before(IDLE_DAYS), MOST),
    async (campaign) => {
      if (isOver(campaign)) return
      const mailbox = await sending.mailbox(campaign.mailboxId)
      if (mailbox) await campaigns.act(mailbox.account, campaign.campaignId, cancelIdle(before(IDLE_DAYS)))
      done.ended += 1
    },
  )
  done.stalled = await stalled(sending, await parts.allowedSince())
  await each(
    () => sending.endedBefore(before(SWEEP_DAYS), MOST, 'isSwept'),
    async (campaign) => {
      if (await sweptDrafts(parts, campaign, before(CONTENT_DAYS))) done.swept += 1
    },
  )
  await each(
    () => sending.endedBefore(before(CONTENT_DAYS), MOST, 'isEmptied'),
    async (campaign) => {
      if (!(await sending.mark(campaign, 'isClosed'))) return
      await content.delete(campaign)
      await sending.mark(campaign, 'isEmptied')
      done.emptied += 1
    },
  )
  await each(
    () => sending.endedBefore(before(ROWS_DAYS), MOST),
    async (campaign) => {
      if (!(await withoutRows(sending, campaign, isLate))) return
      await sending.deleteItems(campaign.mailboxId, [campaign.id])
      done.deleted += 1
    },
  )
  if (faults.length > 0) throw new AggregateError(faults, 'Some campaigns could not be tidied.')
  return done
}

/** Goes on until there are no more, each once. What goes wrong with one campaign holds up no other. */
const eachOf =
  (faults: unknown[], isLate: () => boolean) =>
  async (find: () => Promise<Campaign[]>, work: (campaign: Campaign) => Promise<void>) => {
    const tried = new Set<string>()
    for (;;) {
      const fresh = (await find()).filter(({ campaignId }) => !tried.has(campaignId))
      if (fresh.length === 0) return
      for (const one of fresh) {
        if (isLate()) return
        tried.add(one.campaignId)
        await work(one).catch((fault: unknown) => faults.push(fault))
      }
    }
  }

/** It may have gone on since it was read. */
const cancelIdle =
  (before: Date): Act =>
  (pair, now) =>
    Date.parse(pair.campaign.movedAt) > before.getTime() ? pair : cancelFor('idle')(pair, now)

/** Deletes drafts that hosts made and died before they stored them: they hold a person's data, and nobody knows them. */
async function sweptDrafts({ sending, mails, token }: TidyParts, campaign: Campaign, tooOld: Date): Promise<boolean> {
  const access = await token(campaign.mailboxId)
  // Without a grant nothing can be looked at, now or later.
  if (!('token' in access)) {
    if (access.lost) await sending.mark(campaign, 'isSwept')
    return false
  }
  const found = await mails.draftsOf(access.token, campaign.campaignId)
  const { mailboxId, campaignId, endedAt } = campaign
  // What was found was made before this: if it has not gone on by now, none of it is being sent.
  if ((await sending.campaign(mailboxId, campaignId))?.endedAt !== endedAt) return false
  let isDone = found.kind === 'done'
  const drafts = found.kind === 'done' ? found.value : []
  const kept = drafts.length > 0 ? await draftsKept(sending, campaign) : new Set()
  for (const { id } of drafts.filter((draft) => !kept.has(draft.id)))
    isDone = (await mails.deleteDraft(access.token, id)).kind === 'done' && isDone
  // Microsoft may refuse for good.
  const isGivenUp = Date.parse(endedAt ?? '') < tooOld.getTime()
  return (isDone || isGivenUp) && sending.mark(campaign, 'isSwept')
}

/** Drafts that rows may still send, or that tell what became of them. */
async function draftsKept(sending: Sending, campaign: Campaign): Promise<Set<string>> {
  const kept = new Set<string>()
  for (const state of ['pending', 'sending', 'failed', 'unknown'] as const) {
    for (let after = 0; ; ) {
      const rows = await sending.rows(campaign, after, ROWS, state)
      for (const { draft } of rows) if (draft) kept.add(draft.id)
      after = rows.at(-1)?.position ?? 0
      if (rows.length < ROWS) break
    }
  }
  return kept
}

/** Deletes the rows of a campaign. False when some are left. */
async function withoutRows(sending: Sending, campaign: Campaign, isLate: () => boolean): Promise<boolean> {
  while (!isLate()) {
    const ids = (await sending.rows(campaign, 0, ROWS)).map(({ id }) => id)
    await sending.deleteItems(campaign.mailboxId, ids)
    if (ids.length < ROWS) return true
  }
  return false
}

/** A campaign that nothing holds up has sent something within this. */
const STALLED_MS = 3_600_000

/** Campaigns that run, whose mailbox waits for nothing, and of which nothing becomes. */
async function stalled(sending: Sending, allowedSince: Date | null): Promise<string[]> {
  const now = sending.now()
  const before = new Date(now.getTime() - STALLED_MS)
  // What stood still because it had to has an hour to move again.
  if (allowedSince === null || allowedSince > before) return []
  const found: string[] = []
  for (const campaign of await sending.idleSince(before, MOST, 'running')) {
    const mailbox = await sending.mailbox(campaign.mailboxId)
    if (mailbox && shownCampaign(mailbox, campaign, now).state === 'running') found.push(campaign.campaignId)
  }
  return found
}
