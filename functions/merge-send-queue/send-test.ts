import { campaigns } from '@securemailmerge/shared/http/contracts/campaigns'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { asItWillBe } from '@securemailmerge/shared/merging/campaign'
import { stampOf } from '@securemailmerge/shared/merging/mail'
import { sendTestMail } from '@securemailmerge/shared/merging/test-mail'
import type { Access } from '@securemailmerge/shared/merging/turn'
import { Refusal } from '@securemailmerge/shared/refusal'
import { accessTo, isStopped } from './turn-parts.ts'
import type { Services } from './wiring.ts'

/** POST /api/campaigns/{campaignId}/test: one row to one address, by the same renderer, in one call (C-17). */
export const sendTest = (services: Services) =>
  endpoint(
    services.frame,
    'send_test',
    campaigns.send_test,
    async ({ params: { campaignId }, body, caller, context, headers, now }) => {
      const { campaigns: all, rendering, grants, proofs, sending } = services
      const { campaign, mailbox } = await all.see(caller.account, campaignId)
      if (campaign.state === 'draft')
        throw new Refusal('campaign_state', 'The campaign has no list yet.', { state: 'draft' })
      const proved = await proofs.licensedUntil(headers.get('licence-proof'), caller.account, now)
      const { mail } = await rendering.ready(asItWillBe(campaign, proved, sending.now()), body.position)
      if ('problem' in mail)
        throw new Refusal('not_found', `This row has no mail: ${mail.problem}.`, { why: mail.problem })
      if (await isStopped(services))
        throw new Refusal('unavailable', 'Sending is stopped for a short time.', { retryAfterSeconds: 60 })
      const stamp = stampOf(campaignId, 0)
      const test = { ...mail, to: [{ address: body.to, name: null }], cc: [], bcc: [], stamp }
      const token = async () => tokenOf(await accessTo(services, campaign.mailboxId, context))
      const parts = { ...services, token, tokenRefused: grants.tokenRefused.bind(grants) }
      const outcome = await sendTestMail(parts, campaign.mailboxId, test)
      // Its token may have renewed a sign-in that was lost. What does not hear of that now looks again later.
      if (mailbox.lost) await all.regain(campaign.mailboxId).catch(() => {})
      return { outcome }
    },
  )

function tokenOf(access: Access): string {
  if ('token' in access) return access.token
  if (access.lost === null)
    throw new Refusal('unavailable', 'Microsoft does not answer. Try again.', { retryAfterSeconds: 30 })
  throw new Refusal('not_allowed', 'Allow sending from your mailbox first.', { why: access.lost })
}
