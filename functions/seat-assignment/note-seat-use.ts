import { bindSeat } from '@securemailmerge/shared/licensing/seat-changes'
import { SeatUse, usedAt } from '@securemailmerge/shared/licensing/seat-use'
import { log } from '@securemailmerge/shared/log'
import { queueHandler } from '@securemailmerge/shared/queue-handler'
import type { Services } from './wiring.ts'

/** Queue seat-uses: binds a seat at its first use and notes the day of the last one. Lost or doubled, no harm. */
export const noteSeatUse = ({ subscriptions, operations, queues, now }: Services) =>
  queueHandler({ queue: queues.uses, operations, now }, SeatUse, async ({ body, messageId, context }) => {
    const { subscriptionId, seatId, account, generation } = body
    const at = now()
    const change = {
      id: crypto.randomUUID(),
      fingerprint: '',
      at,
      by: { kind: 'system' as const },
    }
    const request = { change, allow: () => {}, seats: [seatId], decide: bindSeat(seatId, account, generation) }
    const isThere = (await subscriptions.read(subscriptionId)) !== undefined
    const binding = isThere ? await subscriptions.change(subscriptionId, request) : 'no_seat'
    const done = binding === 'bound' || binding === 'already_bound'
    if (done) await subscriptions.noteUse(subscriptionId, seatId, usedAt(body, at))
    const event = done ? 'seat_used' : 'binding_refused'
    log(context, done ? 'info' : 'warn', event, {
      messageId,
      subscriptionId,
      seatId,
      outcome: binding,
    })
  })
