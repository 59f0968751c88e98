import type { Seen } from '@securemailmerge/shared/merging/campaigns'
import { type ShownCampaign, shownCampaign } from '@securemailmerge/shared/merging/shown'
import { isStopped } from './turn-parts.ts'
import type { Services } from './wiring.ts'

/** A campaign as its sender sees it now; while it is being sent, also whether sending is stopped for everybody. */
export async function shownNow(
  services: Pick<Services, 'operations' | 'epoch' | 'sending'>,
  { mailbox, campaign }: Seen,
): Promise<ShownCampaign> {
  const stopped = campaign.state === 'running' && (await isStopped(services))
  return shownCampaign(mailbox, campaign, services.sending.now(), stopped)
}
