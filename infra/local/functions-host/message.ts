import { isUtf8 } from 'node:buffer'
import type { ServiceBusReceivedMessage } from '@azure/service-bus'
import type { TypedData } from './contract.ts'
import type { TriggerMetadata } from './invocations.ts'

/** The body as the library wants it: text, which it reads as JSON if it can, or bytes if asked for or not UTF-8. */
export function bodyData({ body }: ServiceBusReceivedMessage, binary: boolean): TypedData {
  if (!Buffer.isBuffer(body))
    return typeof body === 'string' ? { string: body } : { json: JSON.stringify(body ?? null) }
  return binary || !isUtf8(body) ? { bytes: body } : { string: body.toString('utf8') }
}

/** What the handler finds in `context.triggerMetadata`; the library gives the names a small first letter. */
export function metadataOf(message: ServiceBusReceivedMessage): TriggerMetadata {
  const { enqueuedTimeUtc, expiresAtUtc, applicationProperties = {} } = message
  const fields: Record<string, unknown> = {
    MessageId: message.messageId,
    // The .NET client counts the running delivery, the JavaScript client only those before it.
    DeliveryCount: (message.deliveryCount ?? 0) + 1,
    SequenceNumber: message.sequenceNumber?.toNumber(),
    LockToken: message.lockToken,
    EnqueuedTimeUtc: enqueuedTimeUtc,
    EnqueuedTime: enqueuedTimeUtc,
    ExpiresAtUtc: expiresAtUtc,
    ExpiresAt: expiresAtUtc,
    CorrelationId: message.correlationId,
    ContentType: message.contentType,
    Subject: message.subject,
    Label: message.subject,
    ReplyTo: message.replyTo,
    To: message.to,
    SessionId: message.sessionId,
    PartitionKey: message.partitionKey,
    DeadLetterSource: message.deadLetterSource,
    ApplicationProperties: applicationProperties,
    UserProperties: applicationProperties,
  }
  const said = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(said.map(([name, value]) => [name, typed(value)]))
}

const typed = (value: unknown): TypedData =>
  typeof value === 'string'
    ? { string: value }
    : typeof value === 'number'
      ? { int: value }
      : { json: JSON.stringify(value) }
