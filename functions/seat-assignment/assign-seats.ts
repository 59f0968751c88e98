import { seatAssignment } from '@securemailmerge/shared/http/contracts/seat-assignment'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { countsAndDeeds } from '@securemailmerge/shared/http/views'
import { only } from '@securemailmerge/shared/licensing/rights'
import { giveSeats, seatIdOf } from '@securemailmerge/shared/licensing/seats'
import type { Services } from './wiring.ts'

/** POST /api/subscriptions/{subscriptionId}/seats: a seat for each address, all or none. Safe to repeat. */
export const assignSeats = ({ frame, subscriptions }: Services) =>
  endpoint(frame, 'assign_seats', seatAssignment.assign_seats, async ({ params, body, caller, change }) => {
    const claimed = body.self ? (body.addresses[0]?.address ?? null) : null
    const done = await subscriptions.change(params.subscriptionId, {
      change,
      allow: only(caller.account, 'assign'),
      seats: body.addresses.map(({ address }) => seatIdOf(address)),
      decide: giveSeats(body.addresses, {
        account: caller.account,
        evidence: caller.evidence,
        claimed,
      }),
    })
    return countsAndDeeds(done)
  })
