import { createSecretKey } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Counts } from './counts.ts'
import { Databases } from './databases.ts'
import { Faults } from './faults.ts'
import type { Item } from './item.ts'
import { itemsOf, type LocalParts } from './local-routes.ts'
import { type Account, serve } from './serve.ts'
import { accountKey } from './signature.ts'

/** Where a Cosmos DB is to listen and keep its items. Without `data` it forgets them when it is closed. */
export interface CosmosOptions {
  /** 0: one that is free. */
  port?: number
  data?: string | undefined
  /** Decides about times to live and `_ts`. */
  now?: () => Date
  /** The account key, base64; by default the one in `data`, or a new one. */
  key?: string | undefined
}

/** A Cosmos DB that listens on 127.0.0.1. */
export interface Cosmos {
  port: number
  endpoint: string
  key: string
  faults: Faults
  count: Counts
  /** The items of a container of names.json, the newest first, at most 200. */
  items(container: string, partitionKey?: string): Item[]
  close(): Promise<void>
}

/**
 * Starts a Cosmos DB with the database and the containers of names.json.
 *
 * @throws Error with code EADDRINUSE when the port is taken
 */
export async function startCosmos(options: CosmosOptions = {}): Promise<Cosmos> {
  const { port: wanted = 0, data, now = () => new Date() } = options
  const server = createServer()
  const port = await listen(server, wanted)
  // Only who has the port opens the journals, and in the same turn, before any request is heard.
  const databases = opened(server, () => new Databases(data, now))
  const key = options.key ?? accountKey(data)
  const endpoint = `http://127.0.0.1:${port}`
  const closing = new AbortController()
  const parts: LocalParts = { databases, faults: new Faults(), counts: new Counts(), now }
  const account: Account = { ...parts, endpoint, key: createSecretKey(key, 'base64'), closing: closing.signal }
  server.on('request', (request: IncomingMessage, response: ServerResponse) => void serve(account, request, response))
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve))
    closing.abort()
    server.closeAllConnections()
    await closed
    databases.close()
  }
  return {
    port,
    endpoint,
    key,
    faults: parts.faults,
    count: parts.counts,
    items: (...of) => itemsOf(parts, ...of),
    close,
  }
}

function opened<T>(server: Server, open: () => T): T {
  try {
    return open()
  } catch (error) {
    server.close()
    throw error
  }
}

async function listen(server: Server, port: number): Promise<number> {
  // A client that reuses a connection just as it is closed takes that for a write that may have happened.
  server.keepAliveTimeout = 600_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return (server.address() as AddressInfo).port
}
