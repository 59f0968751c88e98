import type { ServiceBusReceivedMessage } from '@azure/service-bus'
import type { TypedData } from './contract.ts'
import type { TriggerMetadata } from './invocations.ts'

/**
 * The body as text, whatever its bytes; the library reads it as JSON if it can.
 * Undefined for an AMQP value or sequence, which the real host does not hand on either.
 */
export function bodyData({ body }: ServiceBusReceivedMessage): TypedData | undefined {
  if (typeof body === 'string') return { string: body }
  return Buffer.isBuffer(body) ? { string: new TextDecoder().decode(body) } : undefined
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
