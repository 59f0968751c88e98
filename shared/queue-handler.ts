import type { InvocationContext, ServiceBusQueueHandler } from '@azure/functions'
import type * as z from 'zod'
import type { Queue } from './azure/queue.ts'
import { inputFault } from './input-fault.ts'
import { log } from './log.ts'
import type { Operations } from './operations.ts'
import { Refusal, reasonOf } from './refusal.ts'

/** How long a message rests when a store does not answer. */
const REST_MS = 30_000
/** How long a command lives whose queue did not say it. */
const COMMAND_MS = 3_600_000

/** What a queue handler stands on. */
export interface QueueFrame {
  /** The queue it handles, for sending a message again. */
  queue: Queue
  operations: Operations
  now: () => Date
  /** Operators send to it: a message needs an id, by which its repeat and its answer are known, and keeps its end. */
  isForCommands?: boolean
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
    { queue, operations, now, isForCommands = false }: QueueFrame,
    schema: Schema,
    handle: (message: Message<z.output<Schema>>) => Promise<void>,
  ): ServiceBusQueueHandler =>
  async (raw, context) => {
    const { messageId: given, sessionId, ...metadata } = context.triggerMetadata ?? {}
    const messageId = String(given || context.invocationId)
    const ends = isForCommands ? endOf(metadata, now()) : null
    // Put off, a message lives anew in its queue: what an operator wanted hours ago is not to happen by itself.
    if (ends && ends <= now()) return log(context, 'warn', 'expired', { queue: queue.name, messageId })
    const body = schema.safeParse(raw)
    const isNamed = !isForCommands || Boolean(given)
    try {
      if (body.success && isNamed) return await handle({ body: body.data, messageId, context })
      const reason = body.success ? 'messageId: missing' : whatIsWrong(body.error, raw)
      await operations.park(queue.name, messageId, reason)
      log(context, 'warn', 'parked', { queue: queue.name, messageId, reason })
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'unavailable') throw error
      // The library hands session "0" on as a number.
      const session = sessionId === undefined ? {} : { sessionId: String(sessionId) }
      const same = { messageId, ...session, ...(ends ? { applicationProperties: { ends: ends.toISOString() } } : {}) }
      await queue.send(raw, { at: new Date(now().getTime() + REST_MS), ...same })
      log(context, 'warn', 'put_off', { messageId, reason: reasonOf(error) })
    }
  }

/** The end that a message has carried since it was first put off, or that its queue has given it. */
function endOf({ applicationProperties, expiresAtUtc }: Record<string, unknown>, now: Date): Date {
  const { ends } = (applicationProperties ?? {}) as { ends?: unknown }
  const end = new Date(String(ends ?? expiresAtUtc))
  return Number.isNaN(end.getTime()) ? new Date(now.getTime() + COMMAND_MS) : end
}

/** Where and how a message is wrong, without a word of what it says: the name of a field that nobody reads is no such word. */
function whatIsWrong({ issues: [issue] }: z.ZodError, raw: unknown): string {
  // What cannot be read as JSON is handed on as the text it is.
  if (typeof raw === 'string') return 'message: not_a_json_object'
  const extra =
    issue?.code === 'unrecognized_keys' ? issue.keys.filter((key) => /^\w{1,50}$/.test(key)).slice(0, 1) : []
  return `${[...(issue?.path ?? []), ...extra].join('.') || 'message'}: ${issue && inputFault(issue, raw)}`
}
