import { campaigns } from '@securemailmerge/shared/http/contracts/campaigns'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { type Act, cancel, pause, resume, retryFailed } from '@securemailmerge/shared/merging/acts'
import { shownCampaign } from '@securemailmerge/shared/merging/shown'
import type { Services } from './wiring.ts'

const acting =
  (name: 'pause_campaign' | 'resume_campaign' | 'cancel_campaign' | 'retry_campaign', act: Act) =>
  ({ frame, campaigns: all, sending }: Services) =>
    endpoint(frame, name, campaigns[name], async ({ params: { campaignId }, caller }) => {
      const { mailbox, campaign } = await all.act(caller.account, campaignId, act)
      return shownCampaign(mailbox, campaign, sending.now())
    })

/** POST /api/campaigns/{campaignId}/pause */
export const pauseCampaign = acting('pause_campaign', pause)
/** POST /api/campaigns/{campaignId}/resume */
export const resumeCampaign = acting('resume_campaign', resume)
/** POST /api/campaigns/{campaignId}/cancel */
export const cancelCampaign = acting('cancel_campaign', cancel)
/** POST /api/campaigns/{campaignId}/retry */
export const retryCampaign = acting('retry_campaign', retryFailed)
