import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Acts } from './acts.ts'
import { type Behaviour, Directory } from './directory.ts'
import { Faults } from './faults.ts'
import { Limits, type TooFast } from './limits.ts'
import { pages } from './pages.ts'
import { serveApi } from './serve-api.ts'
import { type Delivery, Store } from './store.ts'
import { Tokens } from './tokens.ts'
import { Uploads } from './uploads.ts'

/** How to start one. */
export interface GraphOptions {
  port?: number | undefined
  /** Folder to keep mail in; absent: memory. */
  data?: string | undefined
  now?: (() => Date) | undefined
  /** Where the identity provider publishes its keys; without it only tokens of `tokenFor` are taken. */
  jwksUri?: string | undefined
  /** How mailboxes behave that are not told otherwise. */
  behaviour?: Partial<Behaviour> | undefined
}

/** A Microsoft Graph that listens on 127.0.0.1. */
export interface LocalGraph {
  port: number
  origin: string
  /** What `GRAPH_API` is set to. */
  api: URL
  /** A token for the asking; an account that is not known gets a mailbox. */
  tokenFor: Tokens['tokenFor']
  tokens: Tokens
  mailboxes: Directory
  act: Acts
  faults: Faults
  limits: Limits
  store: Store
  /** Every mail that was accepted, in its order. */
  delivered: readonly Delivery[]
  /** Those of them that came faster than 30 in a minute. */
  tooFast: readonly TooFast[]
  /** Calls so far, by method and path without ids. */
  calls: Map<string, number>
  close(): Promise<void>
}

/** Starts the stand-in. @throws Error `EADDRINUSE` when the port is taken */
export async function startGraph(options: GraphOptions = {}): Promise<LocalGraph> {
  const { now = () => new Date(), data, jwksUri, behaviour = {} } = options
  const server = createServer()
  const port = await listening(server, options.port ?? 0)
  const origin = `http://127.0.0.1:${port}`
  const store = new Store(data)
  const mailboxes = new Directory(behaviour, (mailbox) => store.noteMailbox(mailbox))
  for (const mailbox of store.mailboxes) mailboxes.set(mailbox)
  const limits = new Limits(now, store.delivered)
  const tokens = new Tokens(mailboxes, jwksUri, now)
  const faults = new Faults()
  const refusedAddresses = new Set<string>()
  const parts = { store, directory: mailboxes, limits, uploads: new Uploads(), refusedAddresses, now }
  const act = new Acts(parts)
  const calls = new Map<string, number>()
  const show = pages({ parts, act, tokens, faults, calls })
  server.on('request', (request, response) => {
    const isApi = /^\/(v1\.0|upload)\//.test(request.url ?? '')
    void (isApi ? serveApi({ parts, tokens, faults, calls }, request, response) : show(request, response))
  })
  return {
    ...{ port, origin, api: new URL(`${origin}/v1.0`), tokens, mailboxes, act, faults, limits, store, calls },
    tokenFor: (wish) => tokens.tokenFor(wish),
    delivered: store.delivered,
    tooFast: limits.tooFast,
    async close() {
      store.save()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function listening(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return (server.address() as AddressInfo).port
}
