import { ServiceBusAdministrationClient } from '@azure/service-bus'
import { startServiceBus } from '../../infra/local/service-bus/server.ts'

/** The queue that the fidelity suite runs on, and what the suite has to know about it. */
export type EndPoint = {
  name: string
  real: boolean
  connectionString: string
  queue: string
  lockMs: number
  maxDeliveryCount: number
  now(): number
  /** Lets time pass: by moving the stand-in's clock, or by waiting. */
  pass(ms: number): Promise<void>
  close(): Promise<void>
}

const longestLockMs = 30_000

/**
 * The stand-in; or, when both arguments are given, a queue of a real namespace.
 *
 * The suite deletes every message of that queue, so it has to say itself that it is disposable: its name ends in
 * `-test`, which is looked at before the first call, and its user metadata is "disposable". The suite waits for its
 * locks, so they have to be short.
 * @throws Error with a sentence that says why the queue is left alone
 */
export async function openEndPoint(connectionString?: string, queue?: string): Promise<EndPoint> {
  if (connectionString === undefined && queue === undefined) return standIn()
  if (!connectionString) throw new Error('FIDELITY_SERVICE_BUS_QUEUE is set without FIDELITY_SERVICE_BUS.')
  if (!queue?.endsWith('-test')) {
    throw new Error(`This suite deletes all messages of its queue. "${queue}" does not end in -test: it is left alone.`)
  }
  const found = await new ServiceBusAdministrationClient(connectionString, {
    retryOptions: { maxRetries: 0 },
  }).getQueue(queue)
  const lockMs = seconds(found.lockDuration) * 1000
  const reasons = [
    found.userMetadata !== 'disposable' && 'its user metadata is not "disposable"',
    lockMs > longestLockMs && `its lock is longer than ${longestLockMs} ms`,
    found.requiresSession && 'it requires sessions',
    found.deadLetteringOnMessageExpiration && 'it dead-letters what expires',
  ].filter(Boolean)
  if (reasons.length > 0) throw new Error(`Queue ${queue} is not fit for this suite: ${reasons.join(', ')}.`)
  return {
    name: `the real queue ${queue}`,
    real: true,
    connectionString,
    queue,
    lockMs,
    maxDeliveryCount: found.maxDeliveryCount,
    now: () => Date.now(),
    pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms + 1000)),
    close: async () => {},
  }
}

async function standIn(): Promise<EndPoint> {
  let offset = 0
  const limits = { lockSeconds: 5, maxDeliveryCount: 4, timeToLiveSeconds: 3600 }
  const clock = () => new Date(Date.now() + offset)
  const bus = await startServiceBus({ now: clock, queues: { 'fidelity-test': limits } })
  return {
    name: 'the stand-in',
    real: false,
    connectionString: bus.connectionString,
    queue: 'fidelity-test',
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
