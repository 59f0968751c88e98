import rhea, { type AmqpError } from 'rhea'
import { lockLost, unsupported } from './deliveries.ts'
import type { Faults } from './faults.ts'
import type { Queue } from './queue.ts'
import { busy, send } from './sends.ts'
import { sessionLockLost } from './session-links.ts'
import type { SubQueue } from './stored.ts'
import { type AmqpMessage, decode, outgoing } from './wire.ts'

/** What requests to `$management` act on. */
export type Managed = {
  queue: Queue
  subQueue: SubQueue
  faults: Faults
  now: () => Date
  /** Prolongs the session that a link of the asking client holds; returns when it now ends, undefined if it does not. */
  renewSession(linkName: unknown, sessionId: string): number | undefined
}

/** The answer to a request: a status as in HTTP, and a body or an error. */
export type Answer = { status: number; body?: object; error?: AmqpError }

type Body = {
  messages?: { message: Buffer }[]
  'lock-tokens'?: Buffer[]
  'sequence-numbers'?: number[]
  'from-sequence-number'?: number
  'message-count'?: number
  'disposition-status'?: string
  'deadletter-reason'?: string
  'deadletter-description'?: string
  'properties-to-modify'?: object
  'session-id'?: string
}

const typeCodes = { long: 0x81, timestamp: 0x83 }

/** Answers one request; undefined when a fault drops the connection instead. */
export function manage(managed: Managed, request: AmqpMessage): Answer | undefined {
  const operation = String(request.application_properties?.operation).replace('com.microsoft:', '')
  const body = (request.body ?? {}) as Body
  switch (operation) {
    case 'schedule-message':
      return schedule(managed, body)
    case 'cancel-scheduled-message':
      return managed.queue.cancel(body['sequence-numbers'] ?? []) ? { status: 200 } : refuse(404, notScheduled)
    case 'peek-message':
      return peek(managed, body)
    case 'renew-lock':
      return renew(managed.queue, tokensOf(body))
    case 'renew-session-lock':
      return renewSession(managed, request, body)
    case 'update-disposition':
      if (body['session-id'] !== undefined) return refuse(501, unsupported('Settling in a session by request'))
      return settle(managed.queue, body)
    default:
      return refuse(501, unsupported(`The operation ${operation}`))
  }
}

const refuse = (status: number, error: AmqpError): Answer => ({ status, error })
const tokensOf = (body: Body): string[] => (body['lock-tokens'] ?? []).map(rhea.uuid_to_string)
const notScheduled = {
  condition: 'com.microsoft:message-not-found',
  description: 'There is no such scheduled message.',
}

function schedule({ queue, faults, now }: Managed, { messages = [] }: Body): Answer | undefined {
  const sent = send(
    queue,
    faults,
    now,
    messages.map(({ message }) => decode(message)),
  )
  if (sent === 'connection dropped') return undefined
  if ('refused' in sent) return refuse(sent.refused === busy ? 503 : 400, sent.refused)
  const numbers = rhea.types.wrap_array(sent.sequenceNumbers, typeCodes.long, undefined)
  return { status: 200, body: { 'sequence-numbers': numbers } }
}

function peek({ queue, subQueue }: Managed, body: Body): Answer {
  const [from, count] = [body['from-sequence-number'] ?? 0, body['message-count'] ?? 1]
  const found = queue.peek(subQueue, from, count, body['session-id'])
  const messages = found.map((message) => ({ message: rhea.message.encode(outgoing(message)) }))
  return messages.length === 0 ? { status: 204 } : { status: 200, body: { messages } }
}

function renew(queue: Queue, tokens: string[]): Answer {
  const ends = tokens.map((token) => queue.renew(token))
  if (ends.includes(undefined)) return refuse(410, lockLost)
  return { status: 200, body: { expirations: rhea.types.wrap_array(ends, typeCodes.timestamp, undefined) } }
}

function renewSession(managed: Managed, request: AmqpMessage, { 'session-id': id }: Body): Answer {
  const linkName = request.application_properties?.['associated-link-name']
  const end = id === undefined ? undefined : managed.renewSession(linkName, id)
  if (end === undefined) return refuse(410, sessionLockLost)
  return { status: 200, body: { expiration: rhea.types.wrap_timestamp(end) } }
}

function settle(queue: Queue, body: Body): Answer {
  const dead = { reason: body['deadletter-reason'] ?? null, description: body['deadletter-description'] ?? null }
  const act = {
    completed: (token: string) => queue.complete(token),
    abandoned: (token: string) => queue.abandon(token),
    suspended: (token: string) => queue.deadLetter(token, dead),
  }[body['disposition-status'] as 'completed' | 'abandoned' | 'suspended']
  if (!act) return refuse(501, unsupported(`Settling a message as ${body['disposition-status']}`))
  if (body['properties-to-modify']) return refuse(501, unsupported('Changing properties while settling'))
  return tokensOf(body).map(act).every(Boolean) ? { status: 200 } : refuse(410, lockLost)
}
