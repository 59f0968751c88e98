import { seatAssignment } from '@securemailmerge/shared/http/contracts/seat-assignment'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { countsAndDeeds } from '@securemailmerge/shared/http/views'
import { only } from '@securemailmerge/shared/licensing/rights'
import { withdrawSeats as withdraw } from '@securemailmerge/shared/licensing/seat-changes'
import type { Services } from './wiring.ts'

/** POST /api/subscriptions/{subscriptionId}/seats/withdraw: takes seats back, all or none. Safe to repeat. */
export const withdrawSeats = ({ frame, subscriptions }: Services) =>
  endpoint(frame, 'withdraw_seats', seatAssignment.withdraw_seats, async ({ params, body, caller, change }) => {
    const { seats } = body
    const allow = only(caller.account, 'assign')
    return countsAndDeeds(
      await subscriptions.change(params.subscriptionId, {
        change,
        allow,
        seats,
        decide: withdraw(seats),
      }),
    )
  })
