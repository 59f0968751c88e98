import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Admin } from './admin.ts'
import type { HttpData } from './contract.ts'
import { type Reply, replyOf, saying } from './http-reply.ts'
import { bodyOf, headersOf, httpData, pathOf } from './http-request.ts'
import type { Invocations } from './invocations.ts'
import { Lanes } from './lanes.ts'
import type { Match, Routes } from './routes.ts'

/** What answers requests. */
type Parts = { routes: Routes; invocations: Invocations; admin: Admin; lanes: Lanes }

/** The listening server. */
export type HttpServer = {
  port: number
  /** Takes no more connections; resolves when the running requests are answered. */
  drain(): Promise<void>
  /** Cuts every connection. */
  cut(): void
}

const limitBytes = 100 * 1024 * 1024
const local = /^(localhost|127\.0\.0\.1)(:\d+)?$/i

/** Listens on 127.0.0.1; `port` 0 is any free one. @throws Error `EADDRINUSE` when it is taken */
export async function listen(given: Omit<Parts, 'lanes'>, port: number): Promise<HttpServer> {
  const parts: Parts = { ...given, lanes: new Lanes() }
  const server = createServer((request, response) => void serve(parts, server, request, response))
  // Longer than any client keeps an idle connection, so that none is closed under a request.
  server.keepAliveTimeout = 120_000
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    drain: () => new Promise((resolve) => server.close(() => resolve())),
    cut: () => server.closeAllConnections(),
  }
}

/** Answers one request. Never rejects. */
async function serve(parts: Parts, server: Server, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const { status, headers, body } = await answer(parts, request)
    // Closing waits for connections, not for requests.
    if (!server.listening) response.shouldKeepAlive = false
    response.writeHead(status, headers).end(body)
  } catch (error) {
    if (request.errored) return
    console.error('functions: a request failed in the host:', error)
    response.destroy()
  }
}

async function answer({ routes, invocations, admin, lanes }: Parts, request: IncomingMessage): Promise<Reply> {
  const { method = 'GET', url = '' } = request
  const headers = headersOf(request)
  // Against DNS rebinding: a foreign name that leads to this machine must not reach us.
  if (!local.test(headers.host ?? '')) return saying(421, 'The local Functions host answers to localhost only.')
  const path = pathOf(url)
  if (path === undefined) return saying(400, 'The request target must be a path.')
  if (path.startsWith('/admin/')) return admin(method, path, headers)
  const match = routes.match(method, path)
  if (!match) return { status: 404, headers: { 'content-length': 0 } }
  return lanes.run(match.target.service, () => invoke(invocations, match, headers, request))
}

async function invoke(
  invocations: Invocations,
  { target, params }: Match,
  headers: Record<string, string>,
  request: IncomingMessage,
): Promise<Reply> {
  if (headers['transfer-encoding'] !== undefined)
    return saying(411, 'The real host gives a function no body without Content-Length, so this one refuses it.')
  const length = Number(headers['content-length'] ?? 0)
  if (length > limitBytes) return saying(413, 'A body has at most 100 MB.')
  const body = length > 0 ? await bodyOf(request, length) : undefined
  let http: HttpData | undefined
  try {
    http = (await invocations.run(target, { http: httpData(request, headers, params, body) }))?.http
  } catch {
    // Logged already; the caller is told nothing, as by the real host.
    return { status: 500, headers: { 'content-length': 0 } }
  }
  return http ? replyOf(http) : { status: 204 }
}
