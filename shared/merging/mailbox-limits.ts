import { Refusal } from '../refusal.ts'
import type { Campaign } from './campaign.ts'
import type { Mailbox } from './mailbox.ts'

/** Campaigns of one mailbox: those that are being sent, and those that are not started. */
export const MAILBOX_LIMITS = { open: 20, notStarted: 100 }

/** @throws Refusal `too_many_campaigns` when one more would be sent beside too many others */
export function refuseManyOpen({ open }: Mailbox, campaignId: string): void {
  const limit = MAILBOX_LIMITS.open
  if (open.filter((one) => one.campaignId !== campaignId).length < limit) return
  throw new Refusal('too_many_campaigns', `${limit} campaigns are being sent: wait for one, pause or cancel one.`, {
    limit,
  })
}

/** @throws Refusal `too_many_campaigns` when too many campaigns of a mailbox wait for their start */
export function refuseManyNotStarted(campaigns: Campaign[]): void {
  const limit = MAILBOX_LIMITS.notStarted
  if (campaigns.filter(({ state }) => state === 'draft' || state === 'ready').length < limit) return
  throw new Refusal('too_many_campaigns', `${limit} campaigns are not started: start or delete one.`, { limit })
}
