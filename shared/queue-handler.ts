import type { InvocationContext, ServiceBusQueueHandler } from '@azure/functions'
import type { z } from 'zod'
import { log } from './log.ts'
import type { Operations } from './operations.ts'

/** One message that was understood. */
export interface Message<Body> {
  body: Body
  messageId: string
  context: InvocationContext
}

/**
 * A queue handler: what cannot be understood is parked and done with; everything else is handled, and whatever that
 * throws makes the broker deliver again. It never catches.
 */
export const queueHandler =
  <Schema extends z.ZodType>(
    queue: string,
    schema: Schema,
    operations: Operations,
    handle: (message: Message<z.output<Schema>>) => Promise<void>,
  ): ServiceBusQueueHandler =>
  async (raw, context) => {
    const messageId = String(context.triggerMetadata?.messageId ?? context.invocationId)
    const body = schema.safeParse(raw)
    if (body.success) {
      await handle({ body: body.data, messageId, context })
      return
    }
    const issue = body.error.issues[0]
    const reason = `${issue?.path.join('.') || 'message'}: ${issue?.code}`
    await operations.park(queue, messageId, reason)
    log(context, 'warn', 'parked', { messageId, reason })
  }
