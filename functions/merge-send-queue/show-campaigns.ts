import { campaigns } from '@securemailmerge/shared/http/contracts/campaigns'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import type { PreflightAnswer } from '@securemailmerge/shared/merging/preflight'
import { shownCampaign } from '@securemailmerge/shared/merging/shown'
import { Refusal } from '@securemailmerge/shared/refusal'
import type { Services } from './wiring.ts'

/** GET /api/campaigns */
export const listCampaigns = ({ frame, campaigns: all, sending }: Services) =>
  endpoint(frame, 'list_campaigns', campaigns.list_campaigns, async ({ caller }) => {
    const { mailbox, campaigns: found } = await all.list(caller.account)
    return { campaigns: mailbox ? found.map((one) => shownCampaign(mailbox, one, sending.now())) : [] }
  })

/** GET /api/campaigns/{campaignId} */
export const showCampaign = ({ frame, campaigns: all, sending }: Services) =>
  endpoint(frame, 'show_campaign', campaigns.show_campaign, async ({ params, caller }) => {
    const { mailbox, campaign } = await all.see(caller.account, params.campaignId)
    return shownCampaign(mailbox, campaign, sending.now())
  })

/** GET /api/campaigns/{campaignId}/preflight */
export const showPreflight = ({ frame, campaigns: all, content }: Services) =>
  endpoint(frame, 'show_preflight', campaigns.show_preflight, async ({ params, caller }) => {
    const { campaign } = await all.see(caller.account, params.campaignId)
    const preflight = await content.note<PreflightAnswer>(campaign, 'preflight')
    if (!preflight) throw new Refusal('not_found', 'The campaign has no list yet, or not any more.')
    return preflight
  })
