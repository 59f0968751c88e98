import { ServiceBusAdministrationClient } from '@azure/service-bus'
import { startServiceBus } from '../../infra/local/service-bus/server.ts'

/** The queue that the fidelity suite runs on, and what the suite has to know about it. */
export type EndPoint = {
  name: string
  real: boolean
  connectionString: string
  queue: string
  /** A queue with sessions, of which only its sessions' part of the suite has need; undefined when none is named. */
  sessionQueue: string | undefined
  lockMs: number
  maxDeliveryCount: number
  now(): number
  /** Lets time pass: by moving the stand-in's clock, or by waiting. */
  pass(ms: number): Promise<void>
  close(): Promise<void>
}

const longestLockMs = 30_000

/**
 * The stand-in; or, when arguments are given, a queue of a real namespace and, if named, one with sessions.
 *
 * The suite deletes every message of its queues, so they have to say themselves that they are disposable: their names
 * end in `-test`, which is looked at before the first call, and their user metadata is "disposable". The suite waits for
 * their locks, so they have to be short.
 * @throws Error with a sentence that says why a queue is left alone
 */
export async function openEndPoint(
  connectionString?: string,
  queue?: string,
  sessionQueue?: string,
): Promise<EndPoint> {
  if ([connectionString, queue, sessionQueue].every((given) => given === undefined)) return standIn()
  if (!connectionString) throw new Error('FIDELITY_SERVICE_BUS_QUEUE is set without FIDELITY_SERVICE_BUS.')
  for (const name of [queue, sessionQueue ?? queue]) {
    if (name?.endsWith('-test')) continue
    throw new Error(`This suite deletes all messages of its queue. "${name}" does not end in -test: it is left alone.`)
  }
  const administration = new ServiceBusAdministrationClient(connectionString, { retryOptions: { maxRetries: 0 } })
  const found = await usable(administration, queue!, false)
  const withSessions = sessionQueue === undefined ? found : await usable(administration, sessionQueue, true)
  if (withSessions.lockDuration !== found.lockDuration) throw new Error(`The locks of both queues have to be equal.`)
  return {
    name: `the real queue ${[queue, sessionQueue].filter(Boolean).join(' and ')}`,
    real: true,
    connectionString,
    queue: queue!,
    sessionQueue,
    lockMs: seconds(found.lockDuration) * 1000,
    maxDeliveryCount: found.maxDeliveryCount,
    now: () => Date.now(),
    pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms + 1000)),
    close: async () => {},
  }
}

/** The properties of a queue that the suite may use. @throws Error that says why it may not */
async function usable(administration: ServiceBusAdministrationClient, queue: string, sessions: boolean) {
  const found = await administration.getQueue(queue)
  const reasons = [
    found.userMetadata !== 'disposable' && 'its user metadata is not "disposable"',
    seconds(found.lockDuration) * 1000 > longestLockMs && `its lock is longer than ${longestLockMs} ms`,
    found.requiresSession !== sessions && `it ${sessions ? 'does not require' : 'requires'} sessions`,
    found.deadLetteringOnMessageExpiration && 'it dead-letters what expires',
  ].filter(Boolean)
  if (reasons.length > 0) throw new Error(`Queue ${queue} is not fit for this suite: ${reasons.join(', ')}.`)
  return found
}

async function standIn(): Promise<EndPoint> {
  let offset = 0
  const limits = { lockSeconds: 5, maxDeliveryCount: 4, timeToLiveSeconds: 3600 }
  const clock = () => new Date(Date.now() + offset)
  const queues = { 'fidelity-test': limits, 'fidelity-sessions-test': { ...limits, sessions: true } }
  const bus = await startServiceBus({ now: clock, queues })
  return {
    name: 'the stand-in',
    real: false,
    connectionString: bus.connectionString,
    queue: 'fidelity-test',
    sessionQueue: 'fidelity-sessions-test',
    lockMs: limits.lockSeconds * 1000,
    maxDeliveryCount: limits.maxDeliveryCount,
    now: () => clock().getTime(),
    pass: async (ms) => {
      offset += ms
    },
    close: () => bus.close(),
  }
}

function seconds(duration: string): number {
  const [, minutes = '0', rest = '0'] = /^PT(?:(\d+)M)?(?:([\d.]+)S)?$/.exec(duration) ?? []
  return Number(minutes) * 60 + Number(rest)
}
