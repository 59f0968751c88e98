import type { ServiceBusQueueHandler } from '@azure/functions'
import type * as z from 'zod'
import { log } from './log.ts'
import { type QueueFrame, queueHandler } from './queue-handler.ts'
import { Refusal } from './refusal.ts'

/**
 * The handler of a command queue: does what an operator's message says and answers by one log line that the message id
 * finds. A refusal is an answer too; an outage lets the command come again.
 */
export const obeying = <Schema extends z.ZodType<{ command: string }>>(
  frame: QueueFrame,
  schema: Schema,
  obey: (command: z.output<Schema>, messageId: string) => Promise<Record<string, unknown>>,
): ServiceBusQueueHandler =>
  queueHandler({ ...frame, isForCommands: true }, schema, async ({ body, messageId, context }) => {
    const { command } = body
    const tell = (outcome: string, result: Record<string, unknown>) =>
      log(context, 'info', 'command_done', { messageId, command, outcome, result })
    try {
      tell('done', await obey(body, messageId))
    } catch (error) {
      if (!(error instanceof Refusal) || error.code === 'unavailable') throw error
      tell(error.code, {})
    }
  })
