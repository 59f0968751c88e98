import { seatAssignment } from '@securemailmerge/shared/http/contracts/seat-assignment'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { subscriptionView } from '@securemailmerge/shared/http/views'
import { allowed } from '@securemailmerge/shared/licensing/rights'
import type { Services } from './wiring.ts'

/** GET /api/subscriptions/{subscriptionId} */
export const showSubscription = ({ frame, subscriptions }: Services) =>
  endpoint(frame, 'show_subscription', seatAssignment.show_subscription, async ({ params, caller, now }) => {
    const subscription = allowed(await subscriptions.read(params.subscriptionId), caller.account, 'see')
    return subscriptionView(subscription, caller.account, now)
  })
