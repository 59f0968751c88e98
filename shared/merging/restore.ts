import type { Campaign } from './campaign.ts'
import { LEDGER_SECONDS, type Ledger, ledgerItem } from './ledger.ts'
import type { Mailbox } from './mailbox.ts'
import { wokenAt } from './mailbox.ts'
import type { Sending } from './sending.ts'
import { MAILS_A_MINUTE } from './windows.ts'

const MINUTE_MS = 60_000
/** Rows of one batch; a batch holds 100 writes. */
const ROWS = 90
/** Claims that were in flight when the copy was made, and some. */
const MORE = 2 * MAILS_A_MINUTE

/**
 * An operator goes on after a restore (E8): every row that could have been sent since the copy was made becomes
 * `unknown`, for its sender to decide, and mailboxes wake again under numbers that no tick of before has.
 */
export async function acceptRestore(
  sending: Sending,
  tick: (mailboxId: string, number: number, at: Date | null) => Promise<void>,
): Promise<{ mailboxes: number; unknown: number }> {
  const totals = { mailboxes: 0, unknown: 0 }
  for (const mailbox of await sending.withWork(10_000)) {
    for (const { campaignId } of mailbox.open)
      totals.unknown += await putInDoubt(sending, mailbox.mailboxId, campaignId)
    const made = await sending.change(mailbox.mailboxId, [], ({ mailbox: one, now }) => {
      const next = { ...wokenAt(one, now), acting: null }
      // Far beyond whatever number was reached after the copy.
      const wake = { ...next.wake, number: one.wake.number + 1_000_000 }
      return { answer: wake.number, mailbox: { ...next, wake } }
    })
    if (made) await tick(mailbox.mailboxId, made.answer, null)
    totals.mailboxes += 1
  }
  return totals
}

/** Rows ahead of the cursor that could have gone since the campaign last moved in this copy. */
async function putInDoubt(sending: Sending, mailboxId: string, campaignId: string): Promise<number> {
  const known = await sending.campaign(mailboxId, campaignId)
  if (known?.state !== 'running') return 0
  const minutes = Math.max(0, (sending.now().getTime() - Date.parse(known.movedAt)) / MINUTE_MS)
  const last = Math.min(known.total, known.cursor + Math.ceil(minutes * MAILS_A_MINUTE) + MORE)
  let from = known.cursor
  while (from < last) {
    const until = Math.min(last, from + ROWS)
    const made = await sending.change(mailboxId, [campaignId], ({ campaigns, mailbox, now }) =>
      inDoubt(mailbox, campaigns.get(campaignId), until, now),
    )
    from = until
    if (!made) break
  }
  return last - known.cursor
}

function inDoubt(mailbox: Mailbox, campaign: Campaign | undefined, until: number, now: Date) {
  if (!campaign || campaign.cursor >= until) return { answer: null }
  const positions = Array.from({ length: until - campaign.cursor }, (_, at) => campaign.cursor + at + 1)
  const unknown = campaign.counts.unknown + positions.length
  const rows = positions.map((position) => ({ create: doubted(campaign, position, now) }))
  const moved: Campaign = {
    ...campaign,
    cursor: until,
    counts: { ...campaign.counts, unknown },
    movedAt: campaign.movedAt,
  }
  return { answer: null, mailbox, campaigns: [moved], rows }
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
