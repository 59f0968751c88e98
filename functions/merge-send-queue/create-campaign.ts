import { campaigns } from '@securemailmerge/shared/http/contracts/campaigns'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import type { Account } from '@securemailmerge/shared/identity/account'
import { holds } from '@securemailmerge/shared/merging/allowed'
import type { SendingMode } from '@securemailmerge/shared/merging/campaign'
import { acceptedFiles, refuseBeyondOneCall } from '@securemailmerge/shared/merging/files'
import { newMailbox } from '@securemailmerge/shared/merging/mailbox'
import { shownCampaign } from '@securemailmerge/shared/merging/shown'
import { compile, isTemplate } from '@securemailmerge/shared/merging/template/compile'
import { Refusal } from '@securemailmerge/shared/refusal'
import type { Services } from './wiring.ts'

/** POST /api/campaigns: a template is read, cleaned and kept; the same key gives the same campaign (C-1). */
export const createCampaign = ({ frame, ...services }: Services) =>
  endpoint(frame, 'create_campaign', campaigns.create_campaign, async ({ body, caller, change, headers, now }) => {
    const { subject, html, attachments, mode: wanted, ...given } = body
    const compiled = compile(subject, html)
    if (!isTemplate(compiled))
      throw new Refusal('template_invalid', 'The template cannot be used.', { problems: compiled.problems })
    const files = acceptedFiles(attachments)
    const mode = wanted ?? (await bestMode(services, caller.account, now))
    refuseBeyondOneCall(mode, body)
    const proved = await services.proofs.licensedUntil(headers.get('licence-proof'), caller.account, now)
    const licensedUntil = proved?.toISOString() ?? null
    const campaign = await services.campaigns.create(caller.account, change, { ...given, mode, licensedUntil }, now)
    // Also by a repeat: whoever died between the two writes is made good.
    if (campaign.state === 'draft') {
      await services.content.putAttachments(campaign, files)
      // Last: without it nothing is sent, and so nothing without its files.
      await services.content.putTemplate(campaign, compiled.source)
    }
    return shownCampaign(newMailbox(campaign.mailboxId, caller.account), campaign, now)
  })

/** By drafts each mail goes out exactly once: so wherever its sender has allowed them. */
async function bestMode({ grants }: Pick<Services, 'grants'>, account: Account, now: Date): Promise<SendingMode> {
  const { grant } = await grants.list(account, now)
  return holds(grant, 'Mail.ReadWrite', now) ? 'draft' : 'send'
}
