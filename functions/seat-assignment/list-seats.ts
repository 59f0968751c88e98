import { seatAssignment } from '@securemailmerge/shared/http/contracts/seat-assignment'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { nextPage, seatView } from '@securemailmerge/shared/http/views'
import { allowed } from '@securemailmerge/shared/licensing/rights'
import type { Services } from './wiring.ts'

/** GET /api/subscriptions/{subscriptionId}/seats: the newest first, with the last day of use. */
export const listSeats = ({ frame, subscriptions }: Services) =>
  endpoint(frame, 'list_seats', seatAssignment.list_seats, async ({ params, query, caller }) => {
    const { subscriptionId } = params
    const { limit, next, ...filter } = query
    const subscription = allowed(await subscriptions.read(subscriptionId), caller.account, 'see')
    const page = await subscriptions.seats(subscriptionId, filter, limit, next)
    const used = await subscriptions.uses(
      subscriptionId,
      page.items.map(({ seatId }) => seatId),
    )
    return {
      seats: page.items.map((seat) => seatView(seat, subscription, used.get(seat.seatId) ?? null)),
      next: nextPage(`/api/subscriptions/${subscriptionId}/seats`, { ...filter, limit }, page.next),
    }
  })
