import { createRequire } from 'node:module'
import type { ServiceBusClient } from '@azure/service-bus'

const openingMs = 5000

/** Short, so that the host is back soon after the Service Bus is. */
const retryOptions = { maxRetries: 1, retryDelayInMs: 200, maxRetryDelayInMs: 1000, timeoutInMs: 10_000 }

/**
 * Loads the real client and gives what makes one of a connection string. Loading takes a third of a start.
 *
 * A client whose connection is lost while it asks for a link does not notice and waits for the answer, a minute by a
 * constant of its own: a queue would lie still for so long after a restart of the Service Bus. Here it waits 5 s.
 */
export async function loadClient(): Promise<(connection: string) => ServiceBusClient> {
  const require = createRequire(import.meta.resolve('@azure/service-bus'))
  require('@azure/core-amqp').Constants.defaultOperationTimeoutInMs = openingMs
  const { ServiceBusClient } = await import('@azure/service-bus')
  return (connection) => new ServiceBusClient(connection, { retryOptions })
}
