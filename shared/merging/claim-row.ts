import type { Stored, Write } from '../azure/items.ts'
import type { Campaign } from './campaign.ts'
import { changed, foldedAll, forget } from './folding.ts'
import { LEDGER_SECONDS, type Ledger, ledgerItem } from './ledger.ts'
import type { Claim, Mailbox } from './mailbox.ts'
import { caughtUp, claimableAt, claimed, nextPosition, type Pair, passedOver, type Result } from './moves.ts'
import type { ClaimedRow } from './send-row.ts'
import type { Changed, Scene } from './sending.ts'
import type { Ready, TurnParts } from './turn.ts'

/** What is about to be claimed. */
export interface Claiming {
  mailbox: Mailbox
  claim: Claim
  ready: Ready
  earlier: Stored<Ledger> | undefined
  results: Result[]
  token: string
}

/** One batch: what has ended is counted, and one row is claimed (decision 6). */
export async function claimOne(parts: TurnParts, claiming: Claiming): Promise<ClaimedRow | null> {
  const { sending, monotonic } = parts
  const { claim, ready, results, token } = claiming
  const { mailboxId, throttles } = claiming.mailbox
  const folding = [...results]
  const claimedAt = monotonic()
  const ids = [...new Set([claim.campaignId, ...folding.map((one) => one.claim.campaignId)])]
  const made = await sending.change(mailboxId, ids, (scene) => decided(parts, claiming, folding, scene))
  if (!made) return null
  forget(results, folding)
  const campaign = await sending.campaign(mailboxId, claim.campaignId)
  const own = made.answer
    ? { ledger: made.answer, etag: made.etags[0] ?? '' }
    : await claimedBefore(parts, mailboxId, claim)
  if (!own || !campaign) return null
  return { campaign, claim, claimedAt, ...own, mail: ready.mail, token, throttles }
}

/** What the batch writes: the row as it is claimed, if it still can be, and what has ended in any case. */
function decided(
  parts: TurnParts,
  { claim, ready, earlier }: Claiming,
  results: Result[],
  scene: Scene,
): Changed<Ledger | null> {
  const { now } = scene
  // The answer to an earlier batch was lost: it has claimed.
  if (scene.mailbox.claims.some(({ id }) => id === claim.id)) return { answer: null }
  const after = foldedAll(scene, results)
  const known = after.campaigns.get(claim.campaignId)
  if (!known) return { answer: null, ...changed(scene, after) }
  const counted = { mailbox: after.mailbox, campaign: known }
  const pair = earlier ? caughtUp(counted, earlier, now) : counted
  const write = ({ mailbox, campaign }: Pair, rows: Write[]) => ({
    ...changed(scene, { mailbox, campaigns: new Map(after.campaigns).set(claim.campaignId, campaign) }),
    rows,
  })
  // An ETag goes along where the row itself stays: it still has to be as we have read it.
  const asRead = earlier && pair !== counted ? [{ replace: earlier, etag: earlier._etag }] : []
  const at = claimableAt(pair.mailbox, ready.need, now)
  const isStill = nextPosition(pair.campaign, now) === claim.position
  if (!isStill || at === null || at > now) return { answer: null, ...write(pair, asRead) }
  if (earlier && !isToTry(earlier)) return { answer: null, ...passing(pair, earlier, now, write) }
  const ledger = ledgerOf(pair.mailbox.mailboxId, claim, ready, earlier, now)
  const fixed = recounted(withFooter(parts, pair.campaign, now), earlier)
  const row = earlier ? { replace: ledger, etag: earlier._etag } : { create: ledger }
  return { answer: ledger, ...write(claimed({ ...pair, campaign: fixed }, claim, ready.need, now), [row]) }
}

const isToTry = ({ state }: Ledger): boolean => state === 'pending' || state === 'failed'

/** Whoever lists a row by mistake, such as a retry that reads while others write, does not get it sent again. */
function passing(
  pair: Pair,
  row: Stored<Ledger>,
  now: Date,
  write: (pair: Pair, rows: Write[]) => Omit<Changed<null>, 'answer'>,
): Omit<Changed<null>, 'answer'> {
  const { campaignId, position } = row
  const passed = passedOver(pair, position, now)
  if (row.state !== 'sending') return write(passed, [{ replace: row, etag: row._etag }])
  // Its worker holds the ETag. Its claim tells that it is being sent still; without one we have read too early.
  const isFlying = pair.mailbox.claims.some((one) => one.campaignId === campaignId && one.position === position)
  return write(isFlying ? passed : pair, [])
}

/** What a batch has claimed whose answer was lost. */
async function claimedBefore({ sending }: TurnParts, mailboxId: string, claim: Claim) {
  const found = await sending.row(mailboxId, claim.campaignId, claim.position)
  if (found?.claim !== claim.id) return undefined
  const { _etag: etag, ...ledger } = found
  return { ledger, etag }
}

function ledgerOf(mailboxId: string, claim: Claim, { to, row }: Ready, earlier: Ledger | undefined, now: Date): Ledger {
  const { campaignId, position } = claim
  return {
    // Also what a later version has written, and this one does not know.
    ...earlier,
    id: ledgerItem(campaignId, position),
    kind: 'row',
    mailboxId,
    campaignId,
    position,
    row,
    to,
    state: 'sending',
    attempts: earlier?.attempts ?? 0,
    claim: claim.id,
    draft: earlier?.draft ?? null,
    at: now.toISOString(),
    why: null,
    isFinal: false,
    ttl: LEDGER_SECONDS,
  }
}

/** A row that had failed and is tried once more leaves the count of those that failed. */
function recounted(campaign: Campaign, earlier: Ledger | undefined): Campaign {
  if (earlier?.state !== 'failed') return campaign
  const { counts } = campaign
  return { ...campaign, counts: { ...counts, failed: counts.failed - 1 } }
}

/** With its footer decided, once its first mail is due. */
export const withFooter = ({ footerDue }: TurnParts, campaign: Campaign, now: Date): Campaign =>
  campaign.footer === null ? { ...campaign, footer: footerDue(campaign, now) } : campaign
