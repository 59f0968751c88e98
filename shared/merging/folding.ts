import type { Campaign } from './campaign.ts'
import type { Mailbox } from './mailbox.ts'
import { folded, type Result, withoutEnded } from './moves.ts'
import type { Scene, Sending } from './sending.ts'

/** A scene after results have been counted. */
export interface Folded {
  mailbox: Mailbox
  campaigns: Map<string, Campaign>
}

/** Counts results, each once. */
export function foldedAll({ mailbox, campaigns, now }: Scene, results: Result[]): Folded {
  const after: Folded = { mailbox, campaigns: new Map(campaigns) }
  for (const result of results) {
    const campaign = after.campaigns.get(result.claim.campaignId)
    // Of a campaign that is gone nothing is counted any more.
    if (!campaign) after.mailbox = withoutEnded(after.mailbox, [result])
    if (!campaign) continue
    const pair = folded({ mailbox: after.mailbox, campaign }, result, now)
    after.mailbox = pair.mailbox
    after.campaigns.set(campaign.campaignId, pair.campaign)
  }
  return after
}

/** Only what differs is written; the mailbox always goes along, as the guard. */
export function changed(scene: Scene, after: Folded): { mailbox?: Mailbox; campaigns?: Campaign[] } {
  const campaigns = [...after.campaigns.values()].filter((one) => one !== scene.campaigns.get(one.campaignId))
  return campaigns.length === 0 && after.mailbox === scene.mailbox ? {} : { mailbox: after.mailbox, campaigns }
}

/** Takes what is counted off the list; results that came meanwhile stay. */
export function forget(results: Result[], done: Result[]): void {
  for (const result of done) results.splice(results.indexOf(result), 1)
}

/** Writes results down in the counts. */
export async function fold({ sending }: { sending: Sending }, mailboxId: string, results: Result[]): Promise<void> {
  const folding = [...results]
  const ids = [...new Set(folding.map(({ claim }) => claim.campaignId))]
  await sending.change(mailboxId, ids, (scene) => ({
    answer: null,
    ...changed(scene, foldedAll(scene, folding)),
  }))
  forget(results, folding)
}
