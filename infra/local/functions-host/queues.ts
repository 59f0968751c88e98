import type {
  ProcessErrorArgs,
  ServiceBusClient,
  ServiceBusReceivedMessage,
  ServiceBusReceiver,
} from '@azure/service-bus'
import type { HostSettings } from './host-json.ts'
import type { QueueFunction } from './hosted.ts'
import type { Invocations } from './invocations.ts'
import { bodyData, metadataOf } from './message.ts'
import { loadClient } from './service-bus-client.ts'

const quietMs = 10_000

/** The queues that are being received from. */
export type Queues = {
  /** Takes no more messages; resolves when those taken are handled and settled. */
  drain(): Promise<void>
  close(): Promise<void>
}

/**
 * Receives from the queue of each function with the real client, which reconnects by itself for as long as it takes.
 * What a handler returns from is completed; what it throws on is abandoned.
 */
export async function receive(
  functions: QueueFunction[],
  { maxConcurrentCalls, maxLockRenewalSeconds }: HostSettings,
  invocations: Invocations,
): Promise<Queues> {
  const clients = new Map<string, ServiceBusClient>()
  const deliveries = new Set<Promise<void>>()
  const clientOf = functions.length > 0 ? await loadClient() : undefined
  const subscriptions = functions.map((target) => {
    const client = clients.get(target.connection) ?? clientOf!(target.connection)
    clients.set(target.connection, client)
    const receiver = client.createReceiver(target.queue, {
      maxAutoLockRenewalDurationInMs: maxLockRenewalSeconds * 1000,
      skipParsingBodyAsJson: true,
    })
    const processMessage = (message: ServiceBusReceivedMessage) => {
      const delivery = deliver(target, message, receiver, invocations)
      deliveries.add(delivery)
      return delivery.finally(() => deliveries.delete(delivery))
    }
    const handlers = { processMessage, processError: reporter(target) }
    return receiver.subscribe(handlers, { maxConcurrentCalls, autoCompleteMessages: false })
  })
  return {
    async drain() {
      await Promise.all(subscriptions.map((subscription) => subscription.close()))
      await Promise.all(deliveries)
    },
    async close() {
      await Promise.all([...clients.values()].map((client) => client.close()))
    },
  }
}

/** Never rejects: a message that cannot be settled comes again when its lock ends. */
async function deliver(
  target: QueueFunction,
  message: ServiceBusReceivedMessage,
  receiver: ServiceBusReceiver,
  invocations: Invocations,
): Promise<void> {
  const data = bodyData(message)
  if (!data) console.error(`functions: ${target.name} cannot be given a body that is an AMQP value or sequence`)
  const handled =
    data !== undefined &&
    (await invocations.run(target, data, metadataOf(message)).then(
      () => true,
      () => false,
    ))
  try {
    await (handled ? receiver.completeMessage(message) : receiver.abandonMessage(message))
  } catch (error) {
    const way = handled ? 'completed' : 'abandoned'
    console.error(`functions: a message of ${target.queue} could not be ${way}: ${(error as Error).message}`)
  }
}

/** Says what went wrong with a queue, but not the same again and again while the Service Bus is away. */
function reporter(target: QueueFunction): (args: ProcessErrorArgs) => Promise<void> {
  let said = ''
  let at = 0
  return async ({ error, errorSource }) => {
    // What the end of the host does to a receiver that is just connecting.
    if (error.name === 'AbortError') return
    const text = `${errorSource}: ${error.message}`
    if (text === said && performance.now() - at < quietMs) return
    said = text
    at = performance.now()
    console.error(`functions: queue ${target.queue} of ${target.name}: ${text}`)
  }
}
