import { campaigns } from '@securemailmerge/shared/http/contracts/campaigns'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { Rendered } from '@securemailmerge/shared/http/rendered'
import { asCsv, reportLines } from '@securemailmerge/shared/merging/report'
import type { Services } from './wiring.ts'

/** GET /api/campaigns/{campaignId}/report: `Next-After` says where the next part begins, and is absent at the end. */
export const reportCampaign = ({ frame, campaigns: all, content, sending }: Services) =>
  endpoint(frame, 'report_campaign', campaigns.report_campaign, async ({ params, query, caller }) => {
    const { campaign } = await all.see(caller.account, params.campaignId)
    const { lines, next } = await reportLines({ content, sending }, campaign, query.after)
    const more: Record<string, string> = next === null ? {} : { 'Next-After': String(next) }
    if (query.format === 'csv') {
      const name = { 'Content-Disposition': 'attachment; filename="report.csv"' }
      return new Rendered('text/csv; charset=utf-8', asCsv(lines, campaign.language, query.after === 0), {
        ...name,
        ...more,
      })
    }
    return new Rendered('application/jsonl', lines.map((line) => `${JSON.stringify(line)}\n`).join(''), more)
  })
