import { campaigns } from '@securemailmerge/shared/http/contracts/campaigns'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { shownCampaign } from '@securemailmerge/shared/merging/shown'
import type { Services } from './wiring.ts'

/** POST /api/campaigns/{campaignId}/rows/{position}/settle */
export const settleRow = ({ frame, campaigns: all, sending }: Services) =>
  endpoint(frame, 'settle_row', campaigns.settle_row, async ({ params, body, caller }) => {
    const { mailbox, campaign } = await all.settle(caller.account, params.campaignId, params.position, body.as)
    return shownCampaign(mailbox, campaign, sending.now())
  })
