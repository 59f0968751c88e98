import { campaigns } from '@securemailmerge/shared/http/contracts/campaigns'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { discard } from '@securemailmerge/shared/merging/acts'
import type { Services } from './wiring.ts'

/** DELETE /api/campaigns/{campaignId}: its content is gone at once (C-20). */
export const deleteCampaign = ({ frame, campaigns: all, content, sending }: Services) =>
  endpoint(frame, 'delete_campaign', campaigns.delete_campaign, async ({ params: { campaignId }, caller }) => {
    const { campaign } = await all.act(caller.account, campaignId, discard)
    await content.delete(campaign)
    await sending.mark(campaign, 'isEmptied')
    return { campaignId }
  })
