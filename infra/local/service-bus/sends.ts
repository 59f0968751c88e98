import type { AmqpError } from 'rhea'
import type { Faults } from './faults.ts'
import type { Queue } from './queue.ts'
import type { Arrival } from './stored.ts'
import { type AmqpMessage, arrivalOf } from './wire.ts'

/** The largest message, as in the Standard tier: 256 KB. */
export const maxMessageSize = 262_144

/** What became of a send: its sequence numbers, a refusal, or a connection that breaks after the messages were kept. */
export type Sent = { sequenceNumbers: number[] } | { refused: AmqpError } | 'connection dropped'

/** Puts the messages of one send into a queue, all or none, unless a fault strikes. */
export function send(queue: Queue, faults: Faults, now: () => Date, messages: AmqpMessage[]): Sent {
  const arrivals = messages.map(arrivalOf)
  if (arrivals.some(({ bytes }) => bytes.length > maxMessageSize)) return { refused: tooLarge }
  if (queue.sessions && arrivals.some(({ sessionId }) => sessionId === null)) return { refused: noSession }
  const fault = faults.strike(queue.name)
  if (fault?.do === 'refuse') return { refused: busy }
  if (fault?.do === 'lose') return { sequenceNumbers: arrivals.map(queue.forgottenNumber) }
  const sequenceNumbers = arrivals.map((arrival) => {
    const number = queue.accept(fault?.do === 'delay' ? later(arrival, now().getTime(), fault.delayMs) : arrival)
    if (fault?.do === 'double') queue.accept(arrival)
    return number
  })
  return fault?.do === 'drop_connection' ? 'connection dropped' : { sequenceNumbers }
}

const later = (arrival: Arrival, now: number, delayMs: number): Arrival => ({
  ...arrival,
  scheduledFor: Math.max(arrival.scheduledFor ?? now, now) + delayMs,
})

const tooLarge: AmqpError = {
  condition: 'amqp:link:message-size-exceeded',
  description: `The message is larger than ${maxMessageSize} bytes.`,
}
const noSession: AmqpError = {
  condition: 'amqp:not-allowed',
  description: 'The SessionId was not set on a message, and it cannot be sent to an entity that requires sessions.',
}

/** The answer to a send that a fault refuses. */
export const busy: AmqpError = {
  condition: 'com.microsoft:server-busy',
  description: 'The local Service Bus was asked to refuse this send.',
}
