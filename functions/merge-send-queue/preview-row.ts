import { campaigns } from '@securemailmerge/shared/http/contracts/campaigns'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { Rendered } from '@securemailmerge/shared/http/rendered'
import { asItWillBe } from '@securemailmerge/shared/merging/campaign'
import { Refusal } from '@securemailmerge/shared/refusal'
import type { Services } from './wiring.ts'

// What a sender wrote is shown where it can do nothing (F30).
const alone = {
  'Content-Security-Policy': "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'",
}

/** GET /api/campaigns/{campaignId}/rows/{position}/preview: by the very renderer that sends. */
export const previewRow = ({ frame, campaigns: all, rendering, proofs, sending }: Services) =>
  endpoint(frame, 'preview_row', campaigns.preview_row, async ({ params, caller, headers, now }) => {
    const { campaign } = await all.see(caller.account, params.campaignId)
    const proved = await proofs.licensedUntil(headers.get('licence-proof'), caller.account, now)
    const { mail } = await rendering.ready(asItWillBe(campaign, proved, sending.now()), params.position)
    if ('problem' in mail)
      throw new Refusal('not_found', `This row has no mail: ${mail.problem}.`, { why: mail.problem })
    const subject = { 'Mail-Subject': encodeURIComponent(mail.subject) }
    return new Rendered('text/html; charset=utf-8', mail.html, { ...alone, ...subject })
  })
