import type { InvocationContext, ServiceBusQueueHandler } from '@azure/functions'
import { log } from '@securemailmerge/shared/log'
import { actOnTick } from '@securemailmerge/shared/merging/act-on-tick'
import { queueHandler } from '@securemailmerge/shared/queue-handler'
import * as z from 'zod'
import { partsOf } from './turn-parts.ts'
import type { Services } from './wiring.ts'

// What a later version has added is no fault: its messages are understood after a rollback. One that cannot be says so.
const Tick = z.object({
  mailboxId: z.string().regex(/^[\w-]{43}$/, 'not_a_mailbox'),
  number: z.int().min(0),
  version: z.never().optional(),
})
type Tick = z.output<typeof Tick>

/** By then this host takes no more messages. */
const HAND_OVER_MS = 2_000

/** Queue ticks: a turn of a mailbox. */
export const takeTurn = (services: Services): ServiceBusQueueHandler =>
  queueHandler({ ...services, queue: services.queues.ticks }, Tick, async ({ body, context }) => {
    const deliveries = Number(context.triggerMetadata?.deliveryCount ?? 1)
    const outcome = await actOnTick(partsOf(services, context), body, deliveries)
    if (outcome === 'ahead') await stopAll(services, context, body)
    // This host is about to end: another one goes on, at once and not when the sweeper finds it.
    if (outcome === 'stopped' && services.draining.isOn)
      await services.tick(body.mailboxId, body.number, new Date(services.now().getTime() + HAND_OVER_MS))
  })

/** A tick that is ahead of its mailbox: the store was restored, and has forgotten mails (E8). */
async function stopAll({ operations }: Services, context: InvocationContext, { mailboxId, number }: Tick) {
  await operations.set('restored', true, 'a tick is ahead of its mailbox', `${mailboxId}.${number}`)
  log(context, 'error', 'store_restored', { service: 'merge-send-queue', mailbox: mailboxId })
}
