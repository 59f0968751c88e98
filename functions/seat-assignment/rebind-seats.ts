import { seatAssignment } from '@securemailmerge/shared/http/contracts/seat-assignment'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { deedView } from '@securemailmerge/shared/http/views'
import { only } from '@securemailmerge/shared/licensing/rights'
import { rebindSeats as rebind } from '@securemailmerge/shared/licensing/seat-changes'
import type { Services } from './wiring.ts'

/** POST /api/subscriptions/{subscriptionId}/seats/rebind: frees seats from the accounts that hold them. */
export const rebindSeats = ({ frame, subscriptions }: Services) =>
  endpoint(frame, 'rebind_seats', seatAssignment.rebind_seats, async ({ params, body, caller, change }) => {
    const { seats } = body
    const allow = only(caller.account, 'assign')
    const done = await subscriptions.change(params.subscriptionId, {
      change,
      allow,
      seats,
      decide: rebind(seats),
    })
    return { seats: done.seats.map(deedView) }
  })
