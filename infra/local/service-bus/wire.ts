import { randomUUID } from 'node:crypto'
import rhea from 'rhea'
import { type Arrival, type Stored, stateOf } from './stored.ts'

/** A decoded AMQP message, as rhea hands it out. */
export type AmqpMessage = {
  [section: string]: unknown
  message_id?: unknown
  group_id?: string
  ttl?: number
  body?: unknown
  message_annotations?: Record<string, unknown>
  application_properties?: Record<string, unknown>
}

/** The message format of a transfer that carries several messages, each encoded in a data section. */
const batchFormat = 0x80013700
const scheduledAnnotation = 'x-opt-scheduled-enqueue-time'
const longestTtl = 0xffffffff

/** Decodes one encoded AMQP message. */
export const decode = (bytes: Buffer): AmqpMessage => ({ ...rhea.message.decode(bytes) })

/** The messages in one transfer: rhea decodes a plain one itself and leaves every other format as bytes. */
export function messagesOf(transferred: unknown, format: number | undefined): AmqpMessage[] {
  if (!Buffer.isBuffer(transferred)) return [{ ...(transferred as object) }]
  const outer = decode(transferred)
  if (format !== batchFormat) return [outer]
  const { content } = outer.body as { content: Buffer | Buffer[] }
  return [content].flat().map(decode)
}

/** What the broker keeps of a sent message. One without an id gets one: the client cannot settle it otherwise. */
export function arrivalOf(message: AmqpMessage): Arrival {
  const scheduled = message.message_annotations?.[scheduledAnnotation]
  return {
    bytes: rhea.message.encode({ ...message, message_id: message.message_id ?? randomUUID() }),
    timeToLive: message.ttl ?? null,
    scheduledFor: scheduled instanceof Date ? scheduled.getTime() : null,
    sessionId: message.group_id ?? null,
  }
}

/** A kept message as a receiver sees it: with the broker's annotations, its delivery count, and why it was set aside. */
export function outgoing(stored: Stored): AmqpMessage {
  const message = decode(stored.bytes)
  const { timestamp, long } = { timestamp: rhea.types.wrap_timestamp, long: rhea.types.wrap_long }
  return {
    ...message,
    ttl: Math.min(stored.timeToLive, longestTtl),
    delivery_count: stored.deliveryCount,
    message_annotations: {
      ...message.message_annotations,
      'x-opt-sequence-number': long(stored.sequenceNumber),
      'x-opt-enqueued-time': timestamp(stored.enqueuedAt),
      'x-opt-message-state': rhea.types.wrap_int(stateOf(stored) === 'scheduled' ? 2 : 0),
      ...(stored.lock && { 'x-opt-locked-until': timestamp(stored.lock.until) }),
    },
    application_properties: {
      ...message.application_properties,
      ...(stored.deadLetter?.reason != null && { DeadLetterReason: stored.deadLetter.reason }),
      ...(stored.deadLetter?.description != null && { DeadLetterErrorDescription: stored.deadLetter.description }),
    },
  }
}

/** The body for people: parsed JSON if it is that, else text, else the AMQP value. */
export function readableBody({ body }: AmqpMessage): unknown {
  const content = (body as { content?: unknown } | null | undefined)?.content ?? body
  if (!Buffer.isBuffer(content)) return content
  try {
    return JSON.parse(content.toString())
  } catch {
    return content.toString()
  }
}

/** A message with a JSON body, encoded as the SDK would. */
export const jsonMessage = (messageId: string, body: unknown): AmqpMessage => ({
  message_id: messageId,
  content_type: 'application/json',
  body: rhea.message.data_section(Buffer.from(JSON.stringify(body))),
})

/** A lock token as the 16 bytes of a delivery tag: the service writes the first three groups the other way round. */
export function tagOf(token: string): Buffer {
  return swapGroups(rhea.string_to_uuid(token))
}

/** The lock token in a delivery tag. */
export const tokenOf = (tag: Buffer | string): string => rhea.uuid_to_string(swapGroups(Buffer.from(tag)))

function swapGroups(bytes: Buffer): Buffer {
  const swapped = Buffer.from(bytes)
  swapped.subarray(0, 4).reverse()
  swapped.subarray(4, 6).reverse()
  swapped.subarray(6, 8).reverse()
  return swapped
}
