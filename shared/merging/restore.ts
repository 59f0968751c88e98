import type { Stored, Write } from '../azure/items.ts'
import { type Campaign, isOver } from './campaign.ts'
import { LEDGER_SECONDS, type Ledger, ledgerItem } from './ledger.ts'
import { type Mailbox, wokenAt } from './mailbox.ts'
import { settledState } from './moves.ts'
import type { Changed, Scene, Sending } from './sending.ts'
import { MAILS_A_MINUTE } from './windows.ts'

const MINUTE_MS = 60_000
/** Rows of one batch; a batch holds 100 writes. */
const ROWS = 90
/** Claims that were in flight when the copy was made, and some. */
const MORE = 2 * MAILS_A_MINUTE
/** Far beyond whatever number was reached after the copy. */
const FAR = 1_000_000

/** What accepting a restore came to: all mailboxes, and the rows that are in doubt. */
export type Accepted = { mailboxes: number; unknown: number }

/** One restore of the store. */
export interface Restore {
  /** Told from every other by this, however often it is accepted. */
  id: string
  /** The copy was made then, or later. */
  copiedAt: Date
  /** False once somebody has accepted it: mails may be on their way again. */
  isOpen: () => Promise<boolean>
}

/**
 * An operator goes on after a restore (E8): every row that could have been sent since the copy was made becomes
 * `unknown`, for its sender to decide, and mailboxes wake again under numbers that no tick of before has. A repeat goes
 * on where the one before was cut off.
 */
export async function acceptRestore(
  sending: Sending,
  tick: (mailboxId: string, number: number, at: Date | null) => Promise<void>,
  restore: Restore,
): Promise<Accepted> {
  const totals: Accepted = { mailboxes: 0, unknown: 0 }
  // Also those that sleep in this copy: they may have been awake, and their ticks still be on their way.
  for await (const { mailboxId, restored } of sending.mailboxes()) {
    if (restored === restore.id) continue
    if (!(await restore.isOpen())) break
    for (const campaign of await sending.campaigns(mailboxId))
      totals.unknown += await putInDoubt(sending, campaign, restore)
    const made = await sending.change(mailboxId, [], ({ mailbox, now }) => {
      const next = { ...wokenAt(mailbox, mailbox.wake.at === null ? null : now), acting: null, restored: restore.id }
      const wake = { ...next.wake, number: mailbox.wake.number + FAR }
      return { answer: wake, mailbox: { ...next, wake } }
    })
    // Lost, it is sent again by the sweeper.
    if (made?.answer.at) await tick(mailboxId, made.answer.number, null)
    totals.mailboxes += 1
  }
  return totals
}

async function putInDoubt(sending: Sending, campaign: Campaign, restore: Restore): Promise<number> {
  if (campaign.state === 'draft') return 0
  const tried = await triedRows(sending, campaign)
  return tried + (isOver(campaign) ? 0 : await rowsAhead(sending, campaign, restore))
}

/** Rows that were being sent, were to be tried again, or had failed and could be. */
async function triedRows(sending: Sending, { mailboxId, campaignId, state: is }: Campaign): Promise<number> {
  let doubted = 0
  for (const state of is === 'cancelled' ? (['sending'] as const) : (['pending', 'failed', 'sending'] as const)) {
    for (let after = 0; ; ) {
      const campaign = await sending.campaign(mailboxId, campaignId)
      const rows = campaign ? await sending.rows(campaign, after, ROWS, state) : []
      after = rows.at(-1)?.position ?? 0
      const open = rows.filter((row) => couldGo(row))
      if (open.length > 0) await sending.change(mailboxId, [campaignId], (scene) => inDoubt(scene, campaignId, open))
      doubted += open.length
      if (rows.length < ROWS) break
    }
  }
  return doubted
}

/** One that has failed for good is not tried again. A draft tells nothing: since then there may have been another one. */
const couldGo = ({ state, isFinal }: Ledger): boolean => state !== 'failed' || !isFinal

function inDoubt({ mailbox, campaigns, now }: Scene, campaignId: string, rows: Stored<Ledger>[]): Changed<null> {
  const known = campaigns.get(campaignId)
  if (!known) return { answer: null }
  // A row with a claim is counted when the claim is settled: by what its row says then.
  const claimed = new Set(mailbox.claims.filter((one) => one.campaignId === campaignId).map(({ position }) => position))
  const campaign = rows.filter(({ position }) => !claimed.has(position)).reduce(withDoubt, known)
  const writes: Write[] = rows.map(({ _etag, ...row }) => ({
    replace: { ...row, state: 'unknown', why: 'restored', claim: null, at: now.toISOString() } satisfies Ledger,
    etag: _etag,
  }))
  return { answer: null, ...written({ mailbox, campaign }, now), rows: writes }
}

function withDoubt(campaign: Campaign, { position, state }: Ledger): Campaign {
  const { failed, unknown } = campaign.counts
  return {
    ...campaign,
    again: campaign.again.filter((one) => one.position !== position),
    counts: { ...campaign.counts, unknown: unknown + 1, failed: failed - (state === 'failed' ? 1 : 0) },
  }
}

/** Rows ahead of the cursor, as many as can have gone since. */
async function rowsAhead(sending: Sending, known: Campaign, restore: Restore): Promise<number> {
  const { mailboxId, campaignId, cursor, startAt } = known
  // One that is for later has not begun in whatever was lost.
  if (startAt && Date.parse(startAt) > sending.now().getTime()) return 0
  const marked = await sending.change(mailboxId, [campaignId], (scene) => withLimit(scene, campaignId, restore))
  const last = marked?.answer ?? cursor
  for (let from = cursor; from < last; from += ROWS) {
    const until = Math.min(last, from + ROWS)
    await sending.change(mailboxId, [campaignId], (scene) => aheadInDoubt(scene, campaignId, until))
  }
  return Math.max(0, last - cursor)
}

/** Up to which row it is in doubt. Written down first: a repeat finds a cursor that has moved, and must not go further. */
function withLimit({ campaigns, now }: Scene, campaignId: string, { id, copiedAt }: Restore): Changed<number> {
  const campaign = campaigns.get(campaignId)
  if (!campaign) return { answer: 0 }
  if (campaign.doubted?.restore === id) return { answer: campaign.doubted.until }
  const { cursor, total, movedAt } = campaign
  const since = Math.max(copiedAt.getTime(), Date.parse(movedAt))
  const minutes = Math.max(0, (now.getTime() - since) / MINUTE_MS)
  const until = Math.min(total, cursor + Math.ceil(minutes * MAILS_A_MINUTE) + MORE)
  return { answer: until, campaigns: [{ ...campaign, doubted: { restore: id, until } }] }
}

function aheadInDoubt({ mailbox, campaigns, now }: Scene, campaignId: string, until: number): Changed<null> {
  const campaign = campaigns.get(campaignId)
  if (!campaign || campaign.cursor >= until) return { answer: null }
  const positions = Array.from({ length: until - campaign.cursor }, (_, at) => campaign.cursor + at + 1)
  const counts = { ...campaign.counts, unknown: campaign.counts.unknown + positions.length }
  const rows = positions.map((position) => ({ create: doubted(campaign, position, now) }))
  return { answer: null, ...written({ mailbox, campaign: { ...campaign, cursor: until, counts } }, now), rows }
}

/** Nothing may be left to send: then it ends here. */
function written(
  pair: { mailbox: Mailbox; campaign: Campaign },
  now: Date,
): Pick<Changed<null>, 'mailbox' | 'campaigns'> {
  const { mailbox, campaign } = settledState(pair, now)
  return { mailbox, campaigns: [campaign] }
}

const doubted = ({ mailboxId, campaignId }: Campaign, position: number, now: Date): Ledger => ({
  id: ledgerItem(campaignId, position),
  kind: 'row',
  ...{ mailboxId, campaignId, position, row: position, to: '' },
  state: 'unknown',
  attempts: 0,
  claim: null,
  draft: null,
  at: now.toISOString(),
  why: 'restored',
  isFinal: false,
  ttl: LEDGER_SECONDS,
})
