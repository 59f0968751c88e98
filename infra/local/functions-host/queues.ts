import type { ServiceBusClient, ServiceBusReceivedMessage } from '@azure/service-bus'
import { deliver, reporter } from './delivery.ts'
import type { HostSettings } from './host-json.ts'
import type { QueueFunction } from './hosted.ts'
import type { Invocations } from './invocations.ts'
import { loadClient } from './service-bus-client.ts'
import { SessionPump } from './session-pump.ts'

/** One queue that is being received from. */
export type Pump = {
  /** Takes no more messages; resolves when those taken are handled and settled. */
  drain(): Promise<void>
}

/** The queues that are being received from. */
export type Queues = Pump & { close(): Promise<void> }

/** What each pump works with. */
export type PumpParts = { client: ServiceBusClient; settings: HostSettings; invocations: Invocations; now: () => Date }

/** Receives from the queue of each function with the real client, for as long as it takes until the queue is there. */
export async function receive(
  functions: QueueFunction[],
  settings: HostSettings,
  invocations: Invocations,
  now: () => Date,
): Promise<Queues> {
  const clients = new Map<string, ServiceBusClient>()
  const clientOf = functions.length > 0 ? await loadClient() : undefined
  const pumps = functions.map((target) => {
    const client = clients.get(target.connection) ?? clientOf!(target.connection)
    clients.set(target.connection, client)
    const parts = { client, settings, invocations, now }
    return target.sessions ? new SessionPump(target, parts) : subscribe(target, parts)
  })
  return {
    async drain() {
      await Promise.all(pumps.map((pump) => pump.drain()))
    },
    async close() {
      await Promise.all([...clients.values()].map((client) => client.close()))
    },
  }
}

/** Receives from a queue without sessions: the client subscribes, and reconnects by itself. */
function subscribe(target: QueueFunction, { client, settings, invocations }: PumpParts): Pump {
  const { maxConcurrentCalls, maxLockRenewalSeconds } = settings
  const deliveries = new Set<Promise<void>>()
  const report = reporter(target)
  const receiver = client.createReceiver(target.queue, {
    maxAutoLockRenewalDurationInMs: maxLockRenewalSeconds * 1000,
    skipParsingBodyAsJson: true,
  })
  const processMessage = (message: ServiceBusReceivedMessage) => {
    const delivery = deliver(target, message, receiver, invocations)
    deliveries.add(delivery)
    return delivery.finally(() => deliveries.delete(delivery))
  }
  const subscription = receiver.subscribe(
    { processMessage, processError: async ({ errorSource, error }) => report(errorSource, error) },
    { maxConcurrentCalls, autoCompleteMessages: false },
  )
  return {
    async drain() {
      await subscription.close()
      await Promise.all(deliveries)
    },
  }
}
