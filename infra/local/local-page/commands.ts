import * as z from 'zod'
import { castMember } from '../identity/cast.ts'
import type { LogLine } from '../logs.ts'
import type { CommandQueue, System } from '../system.ts'
import type { Act } from './actions.ts'
import { filled } from './notes.ts'

const COMMAND_MS = 5_000
const DAY_MS = 86_400_000

/** The queues that operators send to. */
export const commandQueues: CommandQueue[] = [
  'seat-assignment-commands',
  'purchase-webhooks-commands',
  'merge-send-queue-commands',
]

const Grant = z.object({
  person: z.string(),
  name: z.string(),
  quantity: z.coerce.number().int(),
  days: z.coerce.number().int().min(1),
})
const Command = z.object({
  queue: z.enum(commandQueues),
  command: z.string().transform((text) => JSON.parse(text) as object),
})

/** Grants a subscription to somebody, by the command of an operator. */
export const grant: Act = async ({ system, form, say }) => {
  const { person, name, quantity, days } = Grant.parse(form)
  const owner = castMember(person)
  if (!owner) throw new Error(`nobody is called ${person}`)
  const line = await told(system, 'seat-assignment-commands', {
    command: 'grant',
    owner: { tenantId: owner.tenantId, objectId: owner.objectId },
    quantity,
    name,
    until: new Date(system.clock.now().getTime() + days * DAY_MS).toISOString(),
    why: 'granted on the local page',
  })
  if (!line) return { text: say.notes.waits }
  const detail = JSON.stringify(line, null, 2)
  if (!isDone(line)) return { text: filled(say.notes.refused, { code: line.outcome ?? line.reason }), detail }
  return { text: filled(say.notes.granted, { name: owner.name, quantity, subscription: name }), detail }
}

/** Sends a command as it was typed. */
export const command: Act = async ({ system, form, say }) => {
  const { queue, command: typed } = Command.parse(form)
  const line = await told(system, queue, typed)
  if (!line) return { text: say.notes.waits }
  const text = isDone(line) ? say.notes.obeyed : say.notes.refused
  const gaps = { command: line.command, code: line.outcome ?? line.reason }
  return { text: filled(text, gaps), detail: JSON.stringify(line, null, 2) }
}

/** Sends a command; the answer is the log line that its message id finds, or undefined after a while. */
async function told(system: System, queue: CommandQueue, what: object): Promise<LogLine | undefined> {
  const messageId = await system.sendCommand(what, queue)
  return system.waitForLog((one) => one.messageId === messageId, COMMAND_MS).catch(() => undefined)
}

const isDone = ({ event, outcome }: LogLine): boolean => event === 'command_done' && outcome === 'done'
