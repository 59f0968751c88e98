import { campaigns } from '@securemailmerge/shared/http/contracts/campaigns'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { wrongInput } from '@securemailmerge/shared/http/read-request'
import { type Act, start } from '@securemailmerge/shared/merging/acts'
import { refuseUnlessAllowed } from '@securemailmerge/shared/merging/allowed'
import type { PreflightAnswer } from '@securemailmerge/shared/merging/preflight'
import { refuseUnready } from '@securemailmerge/shared/merging/store-list'
import { Refusal } from '@securemailmerge/shared/refusal'
import { shownNow } from './shown-now.ts'
import type { Services } from './wiring.ts'

/** POST /api/campaigns/{campaignId}/start: now, or at an instant; one of the past is now (C-4). */
export const startCampaign = ({ frame, campaigns: all, content, grants, proofs, ...services }: Services) =>
  endpoint(frame, 'start_campaign', campaigns.start_campaign, async ({ params, body, caller, headers, now }) => {
    const { campaign } = await all.see(caller.account, params.campaignId)
    const preflight = await content.note<PreflightAnswer>(campaign, 'preflight')
    if (preflight) refuseUnready(preflight, body.leaveOut)
    // One that runs already stays as it is, whatever has become of the grant.
    if (campaign.state === 'ready') refuseUnlessAllowed((await grants.list(caller.account, now)).grant, campaign, now)
    const proved = await proofs.licensedUntil(headers.get('licence-proof'), caller.account, now)
    refuseTooLate(body.at, now)
    const at = body.at === null || Date.parse(body.at) <= now.getTime() ? null : new Date(body.at)
    const begin: Act = (pair, instant) => {
      if (pair.campaign.state === 'ready' && pair.campaign.list !== campaign.list)
        throw new Refusal('changed_meanwhile', 'Another list was stored meanwhile. Look at it first.')
      return start(at, proved)(pair, instant)
    }
    return shownNow(services, await all.act(caller.account, params.campaignId, begin))
  })

/** Content that nobody reads is deleted one day, and a campaign that stands still is ended. */
const MOST_DAYS = 30

function refuseTooLate(at: string | null, now: Date): void {
  if (at === null || Date.parse(at) <= now.getTime() + MOST_DAYS * 86_400_000) return
  throw wrongInput([{ at: 'body.at', fault: 'more_than_30_days_ahead' }])
}
