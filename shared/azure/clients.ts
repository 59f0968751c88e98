import { type Container, CosmosClient } from '@azure/cosmos'
import { ManagedIdentityCredential } from '@azure/identity'
import { ServiceBusClient } from '@azure/service-bus'
import type { Config } from '../config.ts'
import names from '../names.json' with { type: 'json' }
import { Items } from './items.ts'
import { Queue } from './queue.ts'
import type { StoreClock } from './store-clock.ts'

/** Containers and queues by their names in `names.json`. */
export type ContainerName = keyof typeof names.containers
export type QueueName = keyof typeof names.queues

/** The clients of one process: made at first use, one of each, closed together. */
export interface Azure {
  /** @param clock learns the store's time */
  items(container: ContainerName, clock?: StoreClock): Items
  queue(name: QueueName): Queue
  close(): Promise<void>
}

// Shorter than the SDK's own: people wait for these answers, and a caller can ask again (platform reference, 3.1).
const retryOptions = {
  maxRetryAttemptCount: 5,
  fixedRetryIntervalInMilliseconds: 0,
  maxWaitTimeInSeconds: 5,
}
const REQUEST_TIMEOUT_MS = 5_000
// The SDK's own would let whoever sends wait for minutes; what was not sent is made good by sweepers and the broker (B9).
const sending = { retryOptions: { maxRetries: 2, retryDelayInMs: 250, timeoutInMs: REQUEST_TIMEOUT_MS } }

/** Reaches Azure by the service's managed identity; stand-ins by the keys that they made for this machine. */
export function azure(config: Config): Azure {
  const credential = once(() => managedIdentity(config.managedIdentityClientId))
  const cosmos = once(() => cosmosClient(config.cosmos, credential))
  const bus = once(() => serviceBusClient(config.serviceBus, credential))
  let connected = false
  return {
    items: (name, clock) => new Items(container(cosmos(), name), clock),
    queue: (name) =>
      new Queue(name, () => {
        connected = true
        return bus().createSender(name)
      }),
    async close() {
      cosmos.made?.dispose()
      if (connected) await bus().close()
    },
  }
}

function cosmosClient({ endpoint, key }: Config['cosmos'], credential: () => ManagedIdentityCredential): CosmosClient {
  const connectionPolicy = { retryOptions, requestTimeout: REQUEST_TIMEOUT_MS }
  if (key === null)
    return new CosmosClient({
      endpoint,
      aadCredentials: credential(),
      connectionPolicy,
    })
  return new CosmosClient({
    endpoint,
    key,
    connectionPolicy: { ...connectionPolicy, enableEndpointDiscovery: false },
  })
}

function serviceBusClient(to: Config['serviceBus'], credential: () => ManagedIdentityCredential): ServiceBusClient {
  if (to === null) throw new Error('SERVICE_BUS__fullyQualifiedNamespace is missing')
  return 'namespace' in to
    ? new ServiceBusClient(to.namespace, credential(), sending)
    : new ServiceBusClient(to.connectionString, sending)
}

/** The service's own identity in Azure. */
export function managedIdentity(clientId: string | null): ManagedIdentityCredential {
  return clientId === null ? new ManagedIdentityCredential() : new ManagedIdentityCredential({ clientId })
}

const container = (client: CosmosClient, name: ContainerName): Container =>
  client.database(names.database).container(name)

function once<T>(make: () => T): (() => T) & { made?: T } {
  const get: (() => T) & { made?: T } = () => {
    get.made ??= make()
    return get.made
  }
  return get
}
