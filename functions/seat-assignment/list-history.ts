import { seatAssignment } from '@securemailmerge/shared/http/contracts/seat-assignment'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { historyView, nextPage } from '@securemailmerge/shared/http/views'
import { allowed } from '@securemailmerge/shared/licensing/rights'
import type { Services } from './wiring.ts'

/** GET /api/subscriptions/{subscriptionId}/history: newest first. */
export const listHistory = ({ frame, subscriptions }: Services) =>
  endpoint(frame, 'list_history', seatAssignment.list_history, async ({ params, query, caller }) => {
    const { subscriptionId } = params
    allowed(await subscriptions.read(subscriptionId), caller.account, 'see')
    const page = await subscriptions.history(subscriptionId, query.limit, query.next)
    return {
      history: page.items.map((entry) => historyView(entry, caller.account)),
      next: nextPage(`/api/subscriptions/${subscriptionId}/history`, { limit: query.limit }, page.next),
    }
  })
