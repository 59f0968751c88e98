import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Deed, errorOf, momentOf, waitHeader } from './deeds.ts'
import type { Faults } from './faults.ts'
import { accessDenied, GraphError, unknown } from './graph-error.ts'
import { respond } from './respond.ts'
import type { Call, Parts, Reply, Route } from './route.ts'
import { routes } from './routes.ts'
import type { Access, Tokens } from './tokens.ts'

/** What the API is served by. */
export interface Serving {
  parts: Parts
  tokens: Tokens
  faults: Faults
  /** Calls so far, by method and path without ids. */
  calls: Map<string, number>
}

/** How a call ended: an answer, perhaps one without end, or none. */
export type Ending = (Reply & { isEndless?: boolean }) | 'cut'

interface Matched {
  name: string
  route: Route
  id: string
}

const MOST_BYTES = 4 * 1024 * 1024
const localHost = /^(localhost|127\.0\.0\.1)(:\d+)?$/i

/** Answers one call of the API over HTTP. */
export async function serveApi(serving: Serving, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const requestId = randomUUID()
  const ending = await answered(serving, request, response).catch((error: unknown): Ending => {
    if (error instanceof GraphError) return replyOf(error, requestId)
    console.error('graph:', error)
    return { status: 500, body: 'The local Graph has a fault; its output says which.' }
  })
  // What was answered is kept, even when the answer is lost on its way.
  serving.parts.store.save()
  respond(response, ending, requestId, serving.parts.now())
}

async function answered(serving: Serving, request: IncomingMessage, response: ServerResponse): Promise<Ending> {
  const { parts, tokens, calls } = serving
  const { headers, method = 'GET' } = request
  // Against DNS rebinding: a foreign name that leads to this machine must not reach us.
  if (!localHost.test(headers.host ?? ''))
    throw new GraphError(421, 'MisdirectedRequest', 'Only localhost is answered.')
  const url = new URL(request.url ?? '/', `http://${headers.host}`)
  const { name, route, id } = matched(method, url.pathname)
  calls.set(name, (calls.get(name) ?? 0) + 1)
  const isUpload = name === 'PUT upload/:id'
  const access: Access = isUpload
    ? { mailbox: parts.uploads.mailboxOf(id), scopes: new Set() }
    : await tokens.check(headers.authorization)
  const leave = parts.limits.enter(access.mailbox.address)
  try {
    const bytes = await bytesOf(request)
    parts.limits.upload(access.mailbox.address, bytes.length)
    const call = { ...access, id, query: url.searchParams, headers, bytes, url, body: undefined }
    return await executed(
      serving,
      { ...call, name, route, body: isUpload ? undefined : jsonOf(bytes) },
      goneOf(response),
    )
  } finally {
    leave()
  }
}

/** Does what was asked, unless a fault of the moment does something else. */
async function executed(
  { parts, faults }: Serving,
  { name, route, ...call }: Call & Matched,
  left: AbortSignal,
): Promise<Ending> {
  const [method = '', path = ''] = name.split(' ')
  const deed = faults.meet({ mailbox: call.mailbox.address, method, path })
  if ((await faults.wait(deed, 'before', left)) === 'gone') return 'cut'
  const now = parts.now()
  const early = deed && momentOf(deed) === 'before' ? instead(deed, { status: 500 }, now) : undefined
  if (early) return early
  check(route, call)
  const reply = route.answer(parts, call)
  await faults.wait(deed, 'after', left)
  return (deed && momentOf(deed) === 'after' && instead(deed, reply, now)) || reply
}

/** What a fault answers in place of the usual; undefined when it only takes time. @throws GraphError */
function instead(deed: Deed, usual: Reply, now: Date): Ending | undefined {
  if ('status' in deed) throw errorOf(deed, now)
  if ('drop' in deed) return 'cut'
  if ('endless' in deed) return { ...usual, isEndless: true }
  if ('retryAfter' in deed) return { ...usual, headers: { ...usual.headers, ...waitHeader(deed.retryAfter, now) } }
  return undefined
}

function check({ scopes, options = [], hasIds }: Route, call: Call): void {
  if (scopes.length > 0 && !scopes.some((scope) => call.scopes.has(scope))) accessDenied()
  const other = [...call.query.keys()].find((name) => !options.includes(name))
  if (other !== undefined) unknown(`the query option '${other}' here`)
  // Other ids change when a message moves. Our code must not work with them by mistake.
  if (hasIds && call.headers.prefer !== 'IdType="ImmutableId"') unknown('ids other than: Prefer: IdType="ImmutableId"')
}

const templates = Object.entries(routes).map(([name, route]) => {
  const [method = '', path = ''] = name.split(' ')
  return { name, route, method, segments: (path.startsWith('upload/') ? path : `v1.0/${path}`).split('/') }
})

function matched(method: string, pathname: string): Matched {
  const given = pathname.slice(1).split('/')
  const found = templates.find(
    ({ method: wanted, segments }) =>
      wanted === method &&
      segments.length === given.length &&
      segments.every((segment, at) => segment === ':id' || segment === given[at]),
  )
  if (!found) throw new GraphError(400, 'BadRequest', `The local Graph does not know ${method} ${pathname}.`)
  const { name, route, segments } = found
  return { name, route, id: decodeURIComponent(given[segments.indexOf(':id')] ?? '') }
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length <= MOST_BYTES) chunks.push(chunk)
    }
  } catch {
    throw new GraphError(400, 'BadRequest', 'The body broke off.')
  }
  if (length > MOST_BYTES) throw new GraphError(413, 'RequestEntityTooLarge', 'Maximum request length exceeded.')
  return Buffer.concat(chunks)
}

function jsonOf(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    throw new GraphError(400, 'RequestBodyRead', 'The body is not JSON.')
  }
}

function replyOf({ status, code, message, headers }: GraphError, requestId: string): Reply {
  // A gateway speaks for itself, and not in JSON.
  if (code === '') return { status, headers, body: `<html><body><h1>${status}</h1></body></html>` }
  return { status, headers, body: { error: { code, message, innerError: { 'request-id': requestId } } } }
}

function goneOf(response: ServerResponse): AbortSignal {
  const gone = new AbortController()
  response.on('close', () => {
    if (!response.writableFinished) gone.abort()
  })
  return gone.signal
}
