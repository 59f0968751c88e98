import { campaigns } from '@securemailmerge/shared/http/contracts/campaigns'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { type Act, cancel, pause, resume, retryFailed } from '@securemailmerge/shared/merging/acts'
import { shownNow } from './shown-now.ts'
import type { Services } from './wiring.ts'

const acting =
  (name: 'pause_campaign' | 'resume_campaign' | 'cancel_campaign' | 'retry_campaign', act: Act) =>
  (services: Services) =>
    endpoint(services.frame, name, campaigns[name], async ({ params: { campaignId }, caller }) =>
      shownNow(services, await services.campaigns.act(caller.account, campaignId, act)),
    )

/** POST /api/campaigns/{campaignId}/pause */
export const pauseCampaign = acting('pause_campaign', pause)
/** POST /api/campaigns/{campaignId}/resume */
export const resumeCampaign = acting('resume_campaign', resume)
/** POST /api/campaigns/{campaignId}/cancel */
export const cancelCampaign = acting('cancel_campaign', cancel)
/** POST /api/campaigns/{campaignId}/retry */
export const retryCampaign = acting('retry_campaign', retryFailed)
