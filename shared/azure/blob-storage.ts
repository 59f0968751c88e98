import { BlobServiceClient } from '@azure/storage-blob'
import type { Config } from '../config.ts'
import { Blobs } from './blobs.ts'
import { managedIdentity } from './clients.ts'

// Shorter than the SDK's own: people wait for these answers.
const retryOptions = { maxTries: 3, retryDelayInMs: 250, maxRetryDelayInMs: 1_000, tryTimeoutInMs: 20_000 }

/**
 * A container of the service's own storage account. Apart from the other clients, so that a service without blobs does
 * not load this one.
 * @throws Error for a service that has none
 */
export function blobContainer({ sending, managedIdentityClientId }: Config, name: string): Blobs {
  if (!sending) throw new Error('This service keeps no content')
  const { content } = sending
  const service =
    'endpoint' in content
      ? new BlobServiceClient(content.endpoint, managedIdentity(managedIdentityClientId), { retryOptions })
      : BlobServiceClient.fromConnectionString(content.connectionString, { retryOptions })
  return new Blobs(service.getContainerClient(name))
}
