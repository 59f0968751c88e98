import type { Campaign } from './campaign.ts'
import { closed } from './mailbox.ts'
import { settledState } from './moves.ts'
import type { Sending } from './sending.ts'

/** Looks for rows to try once more. A campaign that has none is closed, or has ended. */
export async function refill({ sending }: { sending: Sending }, mailboxId: string, campaignId: string): Promise<void> {
  const known = await sending.campaign(mailboxId, campaignId)
  const from = known?.retryFrom ?? null
  const rows = known && from !== null ? await sending.rows(known, from, 50, 'failed') : []
  await sending.change(mailboxId, [campaignId], ({ mailbox, campaigns, now }) => {
    const campaign = campaigns.get(campaignId)
    if (!campaign) return { answer: null, mailbox: closed(mailbox, campaignId) }
    const at = now.toISOString()
    const more = campaign.retryFrom === from && from !== null
    const refilled: Campaign = more
      ? {
          ...campaign,
          again: [
            ...campaign.again,
            ...rows.filter(({ isFinal }) => !isFinal).map(({ position }) => ({ position, at })),
          ],
          retryFrom: rows.at(-1)?.position ?? null,
        }
      : campaign
    const pair = settledState({ mailbox, campaign: refilled }, now)
    return { answer: null, mailbox: pair.mailbox, campaigns: [pair.campaign] }
  })
}
