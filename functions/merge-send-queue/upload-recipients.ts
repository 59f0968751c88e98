import { campaigns } from '@securemailmerge/shared/http/contracts/campaigns'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { unpacked } from '@securemailmerge/shared/http/unpacked'
import { listStored } from '@securemailmerge/shared/merging/acts'
import { shownCampaign } from '@securemailmerge/shared/merging/shown'
import { storeList } from '@securemailmerge/shared/merging/store-list'
import { Refusal } from '@securemailmerge/shared/refusal'
import type { Services } from './wiring.ts'

const route = campaigns.upload_recipients

/** POST /api/campaigns/{campaignId}/recipients: the list is stored as it comes, each row looked at once. */
export const uploadRecipients = ({ frame, campaigns: all, content, sending }: Services) =>
  endpoint(frame, 'upload_recipients', route, async ({ params: { campaignId }, caller, headers, stream }) => {
    const { campaign, mailbox } = await all.see(caller.account, campaignId)
    if (campaign.state !== 'draft' && campaign.state !== 'ready')
      throw new Refusal('campaign_state', 'The campaign has begun: its list stays.', { state: campaign.state })
    const bytes = unpacked(stream, headers, 'application/jsonl', route.bodyLimit)
    const stored = await storeList({ content }, campaign, mailbox, bytes, sending.now())
    const seen = await all.act(caller.account, campaignId, listStored(stored))
    const { list: _ours, ...preflight } = stored
    return { campaign: shownCampaign(seen.mailbox, seen.campaign, sending.now()), preflight }
  })
