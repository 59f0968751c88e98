/** Limits of one queue, as shared/names.json gives them. With `sessions` it takes and gives messages by session only. */
export type QueueLimits = {
  lockSeconds: number
  maxDeliveryCount: number
  timeToLiveSeconds: number
  sessions?: boolean
}

/** A queue has two parts that are received from separately: itself, and its dead-letter sub-queue. */
export type SubQueue = 'main' | 'deadLetter'

/** Why a message was set aside. */
export type DeadLetter = { reason: string | null; description: string | null }

/** One message as the broker keeps it. Times are milliseconds since 1970. */
export type Stored = {
  /** Its first sequence number: names it in the journal, and never changes. */
  readonly key: number
  /** Its place in the queue. A scheduled message gets a new one when it becomes due, as in the service. */
  sequenceNumber: number
  enqueuedAt: number
  timeToLive: number
  /** The session that its sender put it in; no more than a property on a queue without sessions. */
  readonly sessionId: string | null
  /** Set until the message is due. */
  scheduledFor: number | null
  /** How many deliveries failed: 0 when it is delivered for the first time. */
  deliveryCount: number
  lock: { token: string; until: number } | null
  /** Set while it is in the dead-letter sub-queue. */
  deadLetter: DeadLetter | null
  /** The whole AMQP message as it was sent, encoded. */
  readonly bytes: Buffer
}

/** A message to be put into a queue; times in milliseconds, null where the sender said nothing. */
export type Arrival = {
  bytes: Buffer
  timeToLive: number | null
  scheduledFor: number | null
  sessionId: string | null
}

/** The message that an arrival becomes: scheduled if its time is still to come, and living no longer than the queue allows. */
export function newMessage(arrival: Arrival, number: number, now: number, limits: QueueLimits): Stored {
  return {
    key: number,
    sequenceNumber: number,
    enqueuedAt: now,
    timeToLive: Math.min(arrival.timeToLive ?? Number.POSITIVE_INFINITY, limits.timeToLiveSeconds * 1000),
    sessionId: arrival.sessionId,
    scheduledFor: arrival.scheduledFor !== null && arrival.scheduledFor > now ? arrival.scheduledFor : null,
    deliveryCount: 0,
    lock: null,
    deadLetter: null,
    bytes: arrival.bytes,
  }
}

/** What a failed delivery changes of a message: it counts, and the last one sets the message aside. */
export function failure({ deliveryCount: before, deadLetter }: Stored, { maxDeliveryCount }: QueueLimits) {
  const deliveryCount = before + 1
  if (deadLetter || deliveryCount < maxDeliveryCount) return { deliveryCount }
  const description = `The message was given back or its lock ran out ${deliveryCount} times.`
  return { deliveryCount, deadLetter: { reason: 'MaxDeliveryCountExceeded', description } }
}

/** What one can see of a message from outside. */
export type MessageState = 'active' | 'scheduled' | 'locked' | 'deadLetter'

/** The sub-queue that a message is in. */
export const subQueueOf = (message: Stored): SubQueue => (message.deadLetter ? 'deadLetter' : 'main')

/** The state of a message; a locked dead letter counts as a dead letter. */
export const stateOf = (message: Stored): MessageState =>
  message.deadLetter ? 'deadLetter' : message.lock ? 'locked' : message.scheduledFor === null ? 'active' : 'scheduled'

/** When something will happen to the message by itself: it is due, its lock or its life ends. Infinity when nothing will. */
export function dueTime({ scheduledFor, lock, deadLetter, enqueuedAt, timeToLive }: Stored): number {
  if (lock) return lock.until
  if (scheduledFor !== null) return scheduledFor
  return deadLetter ? Number.POSITIVE_INFINITY : enqueuedAt + timeToLive
}
