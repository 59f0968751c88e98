import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ZodError, z } from 'zod'
import { Refused } from './refused.ts'

/** One request, as the handlers see it. */
export interface Asked {
  method: string
  url: URL
  /** A header by its lower-case name, or an empty text. */
  header(name: string): string
  /** The body as text, at most 64 KB. @throws Refused 413 */
  text(): Promise<string>
}

/** What is sent back; `cut` ends the connection without a word, as a host that is down. */
export type Answer = { status: number; headers?: Record<string, string>; body?: string } | 'cut'

/** Answers a request. @throws Refused for everything that is answered with a status of 400 or more */
export type Handle = (asked: Asked) => Answer | Promise<Answer>

const limitBytes = 64 * 1024

/** A JSON answer that nobody may keep. */
export const json = (status: number, body: unknown, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...headers },
  body: JSON.stringify(body),
})

/** For answers that pages of any origin may read, as Entra gives them to single-page applications. */
export const openToAll = { 'access-control-allow-origin': '*' }

/** A single-valued form or query as an object. @throws Refused 400 when a parameter stands there twice */
export function parameters(search: URLSearchParams): Record<string, string> {
  const all = [...search]
  const object = Object.fromEntries(all)
  if (Object.keys(object).length === all.length) return object
  throw new Refused(400, 'invalid_request', 'A parameter stands there twice.')
}

/** Listens on 127.0.0.1. @throws Error `EADDRINUSE` when the port is taken */
export async function listen(port: number): Promise<{ server: Server; port: number }> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  return { server, port: (server.address() as AddressInfo).port }
}

/** `handle`, with further headers on every answer, refusals and bugs included. */
export const withHeaders =
  (headers: Record<string, string>, handle: Handle): Handle =>
  async (asked) => {
    const answer = await Promise.resolve(asked).then(handle).catch(refusal)
    return answer === 'cut' ? answer : { ...answer, headers: { ...answer.headers, ...headers } }
  }

/** Answers everything that `server` receives with `handle`; refusals and bugs become JSON. */
export function serve(server: Server, handle: Handle): void {
  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const answer = await Promise.resolve(request).then(asked).then(handle).catch(refusal)
    if (answer === 'cut') request.socket.destroy()
    else response.writeHead(answer.status, answer.headers).end(answer.body)
  }
  server.on('request', (request, response) => void respond(request, response))
}

/** Stops listening and ends every connection. */
export async function stop(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeAllConnections()
  await closed
}

function asked(request: IncomingMessage): Asked {
  const header = (name: string) => [request.headers[name] ?? []].flat().join(', ')
  // Against DNS rebinding: a foreign name that leads to this machine must not reach us.
  if (!/^(localhost|127\.0\.0\.1)(:\d+)?$/.test(header('host'))) {
    throw new Refused(421, 'wrong_host', 'The identity stand-in answers to localhost and 127.0.0.1 only.')
  }
  const url = URL.parse(request.url ?? '/', 'http://localhost')
  if (!url) throw new Refused(400, 'invalid_request', 'The address of the request cannot be read.')
  return { method: request.method ?? 'GET', url, header, text: () => text(request) }
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limitBytes) throw new Refused(413, 'too_large', 'The body is larger than 64 KB.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function refusal(error: unknown): Answer {
  if (error instanceof Refused) return json(error.status, { error: error.code, error_description: error.message })
  if (error instanceof ZodError) {
    return json(400, { error: 'invalid_request', error_description: z.prettifyError(error) })
  }
  console.error('identity:', error)
  return json(500, { error: 'server_error', error_description: 'The identity stand-in has a bug; see its log.' })
}
