import { seatAssignment } from '@securemailmerge/shared/http/contracts/seat-assignment'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { nextPage, subscriptionView } from '@securemailmerge/shared/http/views'
import { managed } from '@securemailmerge/shared/licensing/managed'
import type { Services } from './wiring.ts'

/** GET /api/subscriptions: what the signed-in person may manage, newest first. */
export const listSubscriptions = ({ frame, subscriptions, directory }: Services) =>
  endpoint(frame, 'list_subscriptions', seatAssignment.list_subscriptions, async ({ query, caller, now }) => {
    const page = await managed({ subscriptions, directory }, caller.account, query, now)
    const views = page.items.map((one) => subscriptionView(one, caller.account, now))
    return {
      subscriptions: views,
      next: nextPage('/api/subscriptions', { limit: query.limit }, page.next),
    }
  })
