import type { ServiceBusQueueHandler } from '@azure/functions'
import { log } from '@securemailmerge/shared/log'
import { type About, partsOf } from '@securemailmerge/shared/purchasing/event'
import { settle } from '@securemailmerge/shared/purchasing/settle'
import { queueHandler } from '@securemailmerge/shared/queue-handler'
import { Refusal } from '@securemailmerge/shared/refusal'
import * as z from 'zod'
import type { Services } from './wiring.ts'

// What a later version has added is no fault: its messages are understood after a rollback. One that cannot be says so.
const Wake = z.object({
  about: z.custom<About>((text) => typeof text === 'string' && partsOf(text) !== undefined, 'names_nobody'),
  version: z.never().optional(),
})

/** Queue purchases: looks at whom a wake names. */
export const applyPurchase = (services: Services): ServiceBusQueueHandler =>
  queueHandler({ ...services, queue: services.queues.purchases }, Wake, async ({ body, context }) => {
    if (await services.operations.isOn('read_only')) throw new Refusal('unavailable', 'Changes are stopped.')
    const deliveries = Number(context.triggerMetadata?.deliveryCount ?? 1)
    const note: Parameters<typeof settle>[0]['note'] = (event, fields) =>
      log(context, event === 'parked' ? 'warn' : 'info', event, { service: 'purchase-webhooks', ...fields })
    await settle({ ...services, note }, body.about, deliveries)
  })
