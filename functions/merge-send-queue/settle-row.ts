import { campaigns } from '@securemailmerge/shared/http/contracts/campaigns'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { shownNow } from './shown-now.ts'
import type { Services } from './wiring.ts'

/** POST /api/campaigns/{campaignId}/rows/{position}/settle */
export const settleRow = ({ frame, campaigns: all, ...services }: Services) =>
  endpoint(frame, 'settle_row', campaigns.settle_row, async ({ params, body, caller }) => {
    const seen = await all.settle(caller.account, params.campaignId, [params.position], body.as)
    return shownNow(services, seen)
  })

/** POST /api/campaigns/{campaignId}/rows/settle: several, all or none. */
export const settleRows = ({ frame, campaigns: all, ...services }: Services) =>
  endpoint(frame, 'settle_rows', campaigns.settle_rows, async ({ params, body, caller }) => {
    const seen = await all.settle(caller.account, params.campaignId, body.positions, body.as)
    return shownNow(services, seen)
  })
