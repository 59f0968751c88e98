import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { BlobServiceClient } from '@azure/storage-blob'
import { freePorts } from '../../tools/free-ports.ts'

const ACCOUNT = 'smmlocal'
const containers = ['content']

/** Where Blob Storage is to listen and keep its blobs. Without `data` it forgets them when it is closed. */
export interface BlobsOptions {
  port?: number | undefined
  data?: string | undefined
}

/** A Blob Storage that listens on 127.0.0.1. */
export interface LocalBlobs {
  port: number
  connectionString: string
  close(): Promise<void>
}

interface AzuriteServer {
  start(): Promise<void>
  close(): Promise<void>
}

/**
 * Starts Azurite, Microsoft's own emulator, in this process, with the containers that the services use.
 * @throws Error with code EADDRINUSE when the port is taken
 */
export async function startBlobs({ port = 0, data }: BlobsOptions = {}): Promise<LocalBlobs> {
  const at = port === 0 ? await freePorts(1) : port
  const key = data === undefined ? randomBytes(32).toString('base64') : keptKey(data)
  // The only way to tell it an account; read when the server is made.
  process.env.AZURITE_ACCOUNTS = `${ACCOUNT}:${key}`
  const server = azurite(at, data)
  await server.start()
  const endpoint = `http://127.0.0.1:${at}/${ACCOUNT}`
  const connectionString = `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${key};BlobEndpoint=${endpoint};`
  const client = BlobServiceClient.fromConnectionString(connectionString)
  for (const name of containers) await client.getContainerClient(name).createIfNotExists()
  return { port: at, connectionString, close: () => server.close() }
}

/** Azurite as its own command line would make it: no logs, and any version of the protocol. */
function azurite(port: number, data: string | undefined): AzuriteServer {
  const require = createRequire(import.meta.url)
  const { default: Server } = require('azurite/dist/src/blob/BlobServer.js')
  const { default: Configuration } = require('azurite/dist/src/blob/BlobConfiguration.js')
  const folder = data ?? ''
  const extents = [{ locationId: 'Default', locationPath: join(folder, 'extents'), maxConcurrency: 50 }]
  const stores = [join(folder, 'blobs.json'), join(folder, 'extents.json'), extents]
  const quiet = [false, undefined, false, undefined]
  const security = [false, true, '', '', '', undefined, false]
  return new Server(new Configuration('127.0.0.1', port, 5, ...stores, ...quiet, ...security, data === undefined))
}

function keptKey(data: string): string {
  mkdirSync(data, { recursive: true })
  const path = join(data, 'key')
  try {
    return readFileSync(path, 'utf8')
  } catch {
    const key = randomBytes(32).toString('base64')
    writeFileSync(path, key, { mode: 0o600, flag: 'wx' })
    return key
  }
}
