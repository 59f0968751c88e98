import { campaigns } from '@securemailmerge/shared/http/contracts/campaigns'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { unpacked } from '@securemailmerge/shared/http/unpacked'
import { listStored } from '@securemailmerge/shared/merging/acts'
import { foreseen } from '@securemailmerge/shared/merging/foreseen'
import { shownCampaign } from '@securemailmerge/shared/merging/shown'
import { storeList } from '@securemailmerge/shared/merging/store-list'
import { Refusal } from '@securemailmerge/shared/refusal'
import type { Services } from './wiring.ts'

const route = campaigns.upload_recipients

/** POST /api/campaigns/{campaignId}/recipients: the list is stored as it comes, each row looked at once. */
export const uploadRecipients = ({ frame, campaigns: all, content, proofs, sending, uploads }: Services) =>
  endpoint(frame, 'upload_recipients', route, async ({ params: { campaignId }, caller, headers, stream, now }) => {
    const { campaign } = await all.see(caller.account, campaignId)
    if (campaign.state !== 'draft' && campaign.state !== 'ready')
      throw new Refusal('campaign_state', 'The campaign has begun: its list stays.', { state: campaign.state })
    const bytes = unpacked(stream, headers, 'application/jsonl', route.bodyLimit)
    const stored = await uploads.take(campaign.mailboxId, () => storeList({ content }, campaign, bytes))
    const seen = await all.act(caller.account, campaignId, listStored(stored)).catch(async (fault: unknown) => {
      // Deleted or started meanwhile: nobody will ever ask for this list.
      if (fault instanceof Refusal && fault.code !== 'unavailable')
        await content.deleteList({ campaignId, list: stored.list })
      throw fault
    })
    if (campaign.list !== null) await content.deleteList({ campaignId, list: campaign.list })
    const { list: _ours, ...preflight } = stored
    const proved = await proofs.licensedUntil(headers.get('licence-proof'), caller.account, now)
    const more = foreseen(seen.campaign, await all.list(caller.account), proved, sending.now())
    const shown = shownCampaign(seen.mailbox, seen.campaign, sending.now())
    return { campaign: shown, preflight: { ...preflight, ...more } }
  })
