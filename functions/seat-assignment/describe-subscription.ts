import { seatAssignment } from '@securemailmerge/shared/http/contracts/seat-assignment'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { subscriptionView } from '@securemailmerge/shared/http/views'
import { setDetails } from '@securemailmerge/shared/licensing/details'
import { allowed, only } from '@securemailmerge/shared/licensing/rights'
import type { Services } from './wiring.ts'

/** POST /api/subscriptions/{subscriptionId}/details: another name, reference or contact text. Safe to repeat. */
export const describeSubscription = ({ frame, subscriptions }: Services) =>
  endpoint(
    frame,
    'describe_subscription',
    seatAssignment.describe_subscription,
    async ({ params: { subscriptionId }, body, caller: { account }, change, now }) => {
      const allow = only(account, 'describe')
      await subscriptions.change(subscriptionId, { change, allow, seats: [], decide: setDetails(body) })
      // As it is by now, counts and all: a repeat is to show no name that somebody has changed since.
      return subscriptionView(allowed(await subscriptions.read(subscriptionId), account, 'see'), account, now)
    },
  )
