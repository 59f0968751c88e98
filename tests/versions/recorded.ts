import { CosmosClient, type JSONObject } from '@azure/cosmos'
import { BlobServiceClient } from '@azure/storage-blob'
import names from '@securemailmerge/shared/names.json' with { type: 'json' }
import type { Cosmos } from '../../infra/local/cosmos/start-cosmos.ts'
import type { ServiceBus } from '../../infra/local/service-bus/server.ts'
import { decode, readableBody } from '../../infra/local/service-bus/wire.ts'

/** A call that reads, and how it was answered. */
export interface Asked {
  name: string
  as: string
  params?: Record<string, string>
  status: number
  json: unknown
}

/** What a version has written, at one moment in the middle of everything. */
export interface Recorded {
  at: string
  items: Record<string, Record<string, unknown>[]>
  messages: { queue: string; body: unknown }[]
  /** Texts by the names of their blobs. */
  blobs: Record<string, string>
  asked: Asked[]
  /** What opens and what proves: play keys, made for this. */
  secrets: Record<string, string>
}

/** What tells one of a list from the others. */
const nameOf = (one: unknown): string => {
  const { id, campaignId, position } = (one ?? {}) as Record<string, unknown>
  return String(id ?? campaignId ?? position ?? '')
}

/** An answer with its lists in the order of ids: where instants are equal, stores may order as they like. */
export function inOrder(value: unknown): unknown {
  if (Array.isArray(value))
    return value.map(inOrder).sort((a, b) => nameOf(a).localeCompare(nameOf(b), 'en', { numeric: true }))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, inOrder(inner)]))
}

/** The items of a store, without its own fields. */
export const itemsIn = (cosmos: Cosmos): Recorded['items'] =>
  Object.fromEntries(
    Object.keys(names.containers)
      .map((container) => [container, cosmos.items(container).map(plain)] as const)
      .filter(([, items]) => items.length > 0),
  )

const plain = (item: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(item).filter(([name]) => !name.startsWith('_')))

/** The messages that wait in a queue. */
export const messagesIn = ({ queues }: ServiceBus, queue: string): Recorded['messages'] =>
  (queues.get(queue)?.peek('main', 0, 100) ?? []).map(({ bytes }) => ({ queue, body: readableBody(decode(bytes)) }))

/** All blobs of the container of content. */
export async function blobsAt(connectionString: string): Promise<Recorded['blobs']> {
  const container = BlobServiceClient.fromConnectionString(connectionString).getContainerClient('content')
  const texts: Recorded['blobs'] = {}
  for await (const { name } of container.listBlobsFlat())
    texts[name] = (await container.getBlobClient(name).downloadToBuffer()).toString('utf8')
  return texts
}

/** Puts recorded items into a store. */
export async function putItems({ endpoint, key }: Cosmos, items: Recorded['items']): Promise<void> {
  const client = new CosmosClient({ endpoint, key, connectionPolicy: { enableEndpointDiscovery: false } })
  for (const [container, all] of Object.entries(items))
    for (const item of all)
      await client
        .database(names.database)
        .container(container)
        .items.upsert(item as JSONObject)
  client.dispose()
}

/** Puts recorded blobs where they were. */
export async function putBlobs(connectionString: string, blobs: Recorded['blobs']): Promise<void> {
  const container = BlobServiceClient.fromConnectionString(connectionString).getContainerClient('content')
  for (const [name, text] of Object.entries(blobs))
    await container.getBlockBlobClient(name).upload(text, Buffer.byteLength(text))
}
