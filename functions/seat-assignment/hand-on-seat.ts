import { seatAssignment } from '@securemailmerge/shared/http/contracts/seat-assignment'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { deedView } from '@securemailmerge/shared/http/views'
import { only } from '@securemailmerge/shared/licensing/rights'
import { handOnSeat as handOn } from '@securemailmerge/shared/licensing/seat-changes'
import { seatIdOf } from '@securemailmerge/shared/licensing/seats'
import type { Services } from './wiring.ts'

/** POST /api/subscriptions/{subscriptionId}/seats/{seatId}/hand-on: another address has this seat from now on. */
export const handOnSeat = ({ frame, subscriptions }: Services) =>
  endpoint(frame, 'hand_on_seat', seatAssignment.hand_on_seat, async ({ params, body, caller, change }) => {
    const { subscriptionId, seatId } = params
    const { quantity, assigned, from, to } = await subscriptions.change(subscriptionId, {
      change,
      allow: only(caller.account, 'assign'),
      seats: [seatId, seatIdOf(body.address.address)],
      decide: handOn(seatId, body.address),
    })
    return { quantity, assigned, from: deedView(from), to: deedView(to) }
  })
