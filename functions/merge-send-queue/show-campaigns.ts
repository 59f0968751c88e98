import { campaigns } from '@securemailmerge/shared/http/contracts/campaigns'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { foreseen } from '@securemailmerge/shared/merging/foreseen'
import type { PreflightAnswer } from '@securemailmerge/shared/merging/preflight'
import type { ShownCampaign } from '@securemailmerge/shared/merging/shown'
import { Refusal } from '@securemailmerge/shared/refusal'
import { shownNow } from './shown-now.ts'
import type { Services } from './wiring.ts'

/** GET /api/campaigns */
export const listCampaigns = (services: Services) =>
  endpoint(services.frame, 'list_campaigns', campaigns.list_campaigns, async ({ caller }) => {
    const { mailbox, campaigns: found } = await services.campaigns.list(caller.account)
    const shown: ShownCampaign[] = []
    if (mailbox) for (const campaign of found) shown.push(await shownNow(services, { mailbox, campaign }))
    return { campaigns: shown }
  })

/** GET /api/campaigns/{campaignId} */
export const showCampaign = (services: Services) =>
  endpoint(services.frame, 'show_campaign', campaigns.show_campaign, async ({ params, caller }) =>
    shownNow(services, await services.campaigns.see(caller.account, params.campaignId)),
  )

/** GET /api/campaigns/{campaignId}/preflight */
export const showPreflight = ({ frame, campaigns: all, content, proofs, sending }: Services) =>
  endpoint(frame, 'show_preflight', campaigns.show_preflight, async ({ params, caller, headers, now }) => {
    const { campaign } = await all.see(caller.account, params.campaignId)
    const preflight = await content.note<PreflightAnswer>(campaign, 'preflight')
    if (!preflight) throw new Refusal('not_found', 'The campaign has no list yet, or not any more.')
    const proved = await proofs.licensedUntil(headers.get('licence-proof'), caller.account, now)
    return { ...preflight, ...foreseen(campaign, await all.list(caller.account), proved, sending.now()) }
  })
