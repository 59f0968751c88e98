import type { ServiceBusQueueHandler } from '@azure/functions'
import * as z from 'zod'
import { log } from './log.ts'
import { type QueueFrame, queueHandler } from './queue-handler.ts'
import { Refusal } from './refusal.ts'

/** An operator's reason, kept with what it led to. */
export const Why = z.string().trim().min(1).max(200)

/** For the schema of a command queue: what a command is that nobody knows. */
export const unknownCommand = {
  error: ({ code }: { code?: string | undefined }) => (code === 'invalid_union' ? 'unknown_command' : undefined),
}

/** The commands that every command queue takes: `help`, and `stop` and `go` for the switches of its service. */
export function commonCommands<const Name extends string>(switches: readonly [Name, ...Name[]]) {
  const Switch = z.enum(switches)
  return [
    z.strictObject({ command: z.literal('help') }),
    z.strictObject({ command: z.literal('stop'), switch: Switch, why: Why }),
    z.strictObject({ command: z.literal('go'), switch: Switch, why: Why }),
  ] as const
}

type Common = z.output<ReturnType<typeof commonCommands>[number]>
type Named = { command: string }
/** The commands of a service beside the common ones. */
export type Own<Command extends Named> = Exclude<Command, { command: Common['command'] }>
/** Each command with an example to copy: what `help` answers. */
export type Help<Command extends Named> = Record<Command['command'], Record<string, unknown>>

interface Commands<Schema extends z.ZodType<Named>> {
  schema: Schema
  help: Help<z.output<Schema>>
  /** Does what a command of the service's own says. */
  obey: (command: Own<z.output<Schema>>, messageId: string) => Promise<Record<string, unknown>>
}

/**
 * The handler of a command queue: does what an operator's message says and answers by one log line that the message id
 * finds. A refusal is an answer too; an outage lets the command come again.
 */
export const obeying = <Schema extends z.ZodType<Named>>(
  frame: QueueFrame,
  { schema, help, obey }: Commands<Schema>,
): ServiceBusQueueHandler =>
  queueHandler({ ...frame, isForCommands: true }, schema, async ({ body, messageId, context }) => {
    const { command } = body
    const tell = (outcome: string, result: Record<string, unknown>) =>
      log(context, 'info', 'command_done', { messageId, command, outcome, result })
    const done = () => {
      if (!isCommon(body)) return obey(body as Own<z.output<Schema>>, messageId)
      if (body.command === 'help') return { commands: help }
      return frame.operations.set(body.switch, body.command === 'stop', body.why, messageId)
    }
    try {
      tell('done', await done())
    } catch (error) {
      if (!(error instanceof Refusal) || error.code === 'unavailable') throw error
      tell(error.code, { ...error.details, detail: error.message })
    }
  })

const isCommon = (body: Named): body is Common => ['help', 'stop', 'go'].includes(body.command)
