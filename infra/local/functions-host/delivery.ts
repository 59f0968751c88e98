import type { ServiceBusReceivedMessage, ServiceBusReceiver, ServiceBusSessionReceiver } from '@azure/service-bus'
import type { QueueFunction } from './hosted.ts'
import type { Invocations } from './invocations.ts'
import { bodyData, metadataOf } from './message.ts'

const quietMs = 10_000

/**
 * Has a message handled: what the handler returns from is completed, what it throws on is abandoned.
 * Never rejects: a message that cannot be settled comes again when its lock ends.
 */
export async function deliver(
  target: QueueFunction,
  message: ServiceBusReceivedMessage,
  receiver: ServiceBusReceiver | ServiceBusSessionReceiver,
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
export function reporter(target: QueueFunction): (doing: string, error: Error) => void {
  let said = ''
  let at = 0
  return (doing, error) => {
    // What the end of the host does to a receiver that is just connecting.
    if (error.name === 'AbortError') return
    const text = `${doing}: ${error.message}`
    if (text === said && performance.now() - at < quietMs) return
    said = text
    at = performance.now()
    console.error(`functions: queue ${target.queue} of ${target.name}: ${text}`)
  }
}
