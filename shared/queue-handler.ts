import type { InvocationContext, ServiceBusQueueHandler } from '@azure/functions'
import type * as z from 'zod'
import type { Queue } from './azure/queue.ts'
import { log } from './log.ts'
import type { Operations } from './operations.ts'
import { Refusal } from './refusal.ts'

/** How long a message rests when a store does not answer. */
const REST_MS = 30_000

/** What a queue handler stands on. */
export interface QueueFrame {
  /** The queue it handles, for sending a message again. */
  queue: Queue
  operations: Operations
  now: () => Date
}

/** One message that was understood. */
export interface Message<Body> {
  body: Body
  messageId: string
  context: InvocationContext
}

/**
 * A queue handler. What cannot be understood is parked and done with. An outage is no error of the handler: the same
 * message comes again later, under its id (X1). Everything else that is thrown is a bug, and the broker sets it aside.
 */
export const queueHandler =
  <Schema extends z.ZodType>(
    { queue, operations, now }: QueueFrame,
    schema: Schema,
    handle: (message: Message<z.output<Schema>>) => Promise<void>,
  ): ServiceBusQueueHandler =>
  async (raw, context) => {
    const messageId = String(context.triggerMetadata?.messageId ?? context.invocationId)
    const body = schema.safeParse(raw)
    try {
      if (body.success) return await handle({ body: body.data, messageId, context })
      const reason = whatIsWrong(body.error)
      await operations.park(queue.name, messageId, reason)
      log(context, 'warn', 'parked', { queue: queue.name, messageId, reason })
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'unavailable') throw error
      const { sessionId } = context.triggerMetadata ?? {}
      const same = { messageId, ...(sessionId ? { sessionId: String(sessionId) } : {}) }
      await queue.send(raw, { at: new Date(now().getTime() + REST_MS), ...same })
      log(context, 'warn', 'put_off', { messageId, reason: error.code })
    }
  }

/** Where and how a message is wrong, without a word of what it says. */
function whatIsWrong({ issues: [issue] }: z.ZodError): string {
  const how = issue?.code === 'custom' && /^[a-z_]+$/.test(issue.message) ? issue.message : issue?.code
  return `${issue?.path.join('.') || 'message'}: ${how}`
}
