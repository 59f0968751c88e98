import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { answer } from './api.ts'
import type { Events } from './events.ts'
import type { Faults } from './faults.ts'
import { parseForm } from './form.ts'
import type { Gate, Reply } from './gate.ts'
import type { Parts } from './route.ts'
import { StripeError } from './stripe-error.ts'

/** What the API is served by. */
export interface Serving {
  gate: Gate
  faults: Faults
  events: Events
  parts: Parts
  tick: () => void
}

/** How long a call may be held. */
const LONGEST_MS = 120_000
const PREFIX = '/v1/'

/** Answers one call of the API over HTTP. */
export async function serveApi(serving: Serving, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const requestId = `req_${randomBytes(8).toString('hex')}`
  const { 'idempotency-key': key } = request.headers
  try {
    const called = { ...callOf(request), body: await text(request) }
    serving.gate.admit(request, called.method, called.path)
    const alone = request.method === 'GET' || key === undefined ? undefined : String(key)
    const left = AbortSignal.any([AbortSignal.timeout(LONGEST_MS), closedOf(response)])
    const reply = await serving.gate.alone(alone, () => executed(serving, { ...called, requestId, key: alone }, left))
    // What was answered is kept, even when the answer is lost on its way.
    serving.parts.store.save()
    if (reply === 'dropped') response.destroy()
    else send(response, requestId, reply, alone)
  } catch (error) {
    if (!(error instanceof StripeError)) console.error('stripe:', error)
    send(response, requestId, error instanceof StripeError ? replyOf(error) : fault)
  }
}

interface Called {
  method: string
  path: string
  query: string
  body: string
}

const callOf = ({ method = 'GET', url = '' }: IncomingMessage): Omit<Called, 'body'> => {
  const [path = '', query = ''] = url.slice(PREFIX.length).split('?')
  return { method, path: decodeURIComponent(path), query }
}

async function executed(
  { gate, faults, events, parts, tick }: Serving,
  { method, path, query, body, requestId, key }: Called & { requestId: string; key: string | undefined },
  left: AbortSignal,
): Promise<Reply | 'dropped'> {
  if ((await faults.before(method, path, left)) === 'dropped') return 'dropped'
  const reply = gate.once(key, `${method} ${path}\n${body}`, () => {
    tick()
    const nobody = events.cause
    events.cause = { id: requestId, idempotency_key: key ?? null }
    try {
      return { status: 200, text: JSON.stringify(answer(parts, method, path, parseForm(query || body))) }
    } catch (error) {
      if (error instanceof StripeError && wasExecuted(error)) return replyOf(error)
      throw error
    } finally {
      events.cause = nobody
      tick()
    }
  })
  return (await faults.after(method, path, left)) === 'dropped' ? 'dropped' : reply
}

// Parameters are checked before anything is done; what is refused for them is no answer to be remembered.
const wasExecuted = ({ status, details: { code = '' } }: StripeError): boolean =>
  status < 500 && !code.startsWith('parameter_')

const replyOf = ({ status, body }: StripeError): Reply => ({ status, text: JSON.stringify(body) })

const fault: Reply = {
  status: 500,
  text: JSON.stringify({
    error: { type: 'api_error', message: 'The local Stripe has a fault; its output says which.' },
  }),
}

function send(response: ServerResponse, requestId: string, { status, text, isReplayed }: Reply, key?: string): void {
  if (response.destroyed) return
  const headers = {
    'Content-Type': 'application/json',
    'Request-Id': requestId,
    ...(key === undefined ? {} : { 'Idempotency-Key': key }),
    ...(isReplayed ? { 'Idempotent-Replayed': 'true' } : {}),
  }
  response.writeHead(status, headers).end(text)
}

function closedOf(response: ServerResponse): AbortSignal {
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  return gone.signal
}
