import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PortTaken } from './supervised.ts'

/** Answers a request. What it throws becomes a 500 that names the supervisor. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

/** A listening server of the supervisor itself. Until it is given a handler, requests are answered 503. */
export interface Listener {
  port: number
  handle(handler: Handler): void
  close(): Promise<void>
}

/** Listens on 127.0.0.1; 0 is any free port. Answers to local names only, against DNS rebinding. @throws PortTaken */
export async function listen(port: number): Promise<Listener> {
  let handler: Handler = (_, response) => say(response, 503, 'The system is starting.')
  const server = createServer((request, response) => void serve(handler, request, response))
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new PortTaken(port) : error),
    )
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    handle: (given) => {
      handler = given
    },
    close: () => close(server),
  }
}

/** Answers with one sentence as plain text. */
export function say(response: ServerResponse, status: number, sentence: string, headers = {}): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', ...headers }).end(`${sentence}\n`)
}

async function serve(handler: Handler, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!/^(localhost|127\.0\.0\.1)(:\d+)?$/i.test(request.headers.host ?? '')) {
    return say(response, 421, 'Only localhost and 127.0.0.1 are answered.')
  }
  try {
    await handler(request, response)
  } catch (error) {
    console.error('supervisor:', error)
    if (response.headersSent) response.destroy()
    else say(response, 500, 'The supervisor has a fault; its output says which.')
  }
}

function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeAllConnections()
  return closed
}
