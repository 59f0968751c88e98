import type { Campaign } from '@securemailmerge/shared/merging/campaign'
import type { Ledger } from '@securemailmerge/shared/merging/ledger'
import { stampOf } from '@securemailmerge/shared/merging/mail'
import type { Delivery } from '../../infra/local/graph/store.ts'
import { addressOf, again, type Known, type Person, seenBy } from './people.ts'
import type { World } from './world.ts'

/** What a run came to: what is wrong, each in a line, and what nobody knows. */
export interface Findings {
  mails: number
  campaigns: number
  twice: string[]
  lost: string[]
  /** The books say something else than what has happened, or than one another. */
  wrong: string[]
  unknown: number
  /** Of those, in draft mode, and not because the sender has deleted the mail or cancelled the campaign. */
  needless: string[]
}

export const noFindings = (): Findings => ({
  ...{ mails: 0, campaigns: 0, twice: [], lost: [], wrong: [], unknown: 0, needless: [] },
})

/** Compares what Microsoft has delivered with what the ledger says, row by row. */
export async function compare(
  world: World,
  people: Person[],
  deleted: ReadonlySet<string>,
  findings: Findings,
): Promise<void> {
  const mails = new Map<string, Delivery[]>()
  for (const mail of world.graph.delivered) {
    const key = mail.stamp ?? 'unstamped'
    mails.set(key, [...(mails.get(key) ?? []), mail])
  }
  findings.mails += world.graph.delivered.length
  for (const [stamp, all] of mails) {
    const times = all.map(({ at }) => new Date(at).toISOString().slice(11)).join(', ')
    if (all.length > 1) findings.twice.push(`${stamp} of ${all[0]?.mailbox} at ${times}`)
  }
  for (const person of people) {
    const { mailbox, campaigns } = await seenBy(world, person)
    const claims = mailbox?.claims.length ?? 0
    if (claims > 0 || mailbox?.wake.at)
      findings.wrong.push(`${person.key}: ${claims} in flight, wake ${mailbox?.wake.at}`)
    for (const known of person.campaigns) {
      const campaign = campaigns.find(({ campaignId }) => campaignId === known.id)
      if (campaign) await compareOne({ world, person, mails, deleted, findings }, known, campaign)
    }
  }
}

interface Comparing {
  world: World
  person: Person
  mails: ReadonlyMap<string, Delivery[]>
  deleted: ReadonlySet<string>
  findings: Findings
}

async function compareOne(comparing: Comparing, known: Known, campaign: Campaign): Promise<void> {
  const { world, person, mails, deleted, findings } = comparing
  findings.campaigns += 1
  const rows = await again(() => world.services.sending.rows(campaign, 0, known.rows + 1))
  const ledger = new Map(rows.map((row) => [row.position, row]))
  const counts = { sent: 0, failed: 0, unknown: 0 }
  for (let position = 1; position <= known.rows; position += 1) {
    const row = ledger.get(position)
    const stamp = stampOf(known.id, position)
    const [mail] = mails.get(stamp) ?? []
    if (mail && mail.to[0]?.address !== addressOf(position))
      findings.wrong.push(`${stamp} went to ${mail.to[0]?.address}`)
    if (row && row.state in counts) counts[row.state as keyof typeof counts] += 1
    judge(findings, stamp, row, mail !== undefined, campaign)
    if (row?.state !== 'unknown') continue
    findings.unknown += 1
    // Put in doubt by a restore after its campaign was cancelled: not sent, and its sender has nothing more to do.
    const isDone = row.why === 'restored' && campaign.state === 'cancelled' && !mail
    if (person.mode === 'draft' && !deleted.has(stamp) && !isDone) findings.needless.push(`${stamp}: ${row.why}`)
  }
  const same = Object.entries(counts).every(([name, count]) => campaign.counts[name as keyof typeof counts] === count)
  if (!same)
    findings.wrong.push(`${known.id}: counts ${JSON.stringify(campaign.counts)}, rows ${JSON.stringify(counts)}`)
}

/** Whether what the books say of a row agrees with what has left. */
function judge(
  findings: Findings,
  stamp: string,
  row: Ledger | undefined,
  hasLeft: boolean,
  { state }: Campaign,
): void {
  const says = row?.state ?? 'pending'
  const about = `${stamp}: ${says}${row?.why ? ` (${row.why})` : ''}, campaign ${state}`
  if (says === 'sent' && !hasLeft) findings.lost.push(`${about}, and it has not left`)
  if (says === 'sending') findings.lost.push(about)
  if (says === 'pending' && state !== 'cancelled') findings.lost.push(about)
  if ((says === 'pending' || says === 'failed') && hasLeft) findings.wrong.push(`${about}, and it has left`)
}
