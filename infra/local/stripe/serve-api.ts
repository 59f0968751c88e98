import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { answer } from './api.ts'
import type { Faults } from './faults.ts'
import { parseForm } from './form.ts'
import type { Gate } from './gate.ts'
import type { Parts } from './route.ts'
import { StripeError } from './stripe-error.ts'

/** What the API stands on. */
export interface Api {
  gate: Gate
  faults: Faults
  parts: Parts
  tick: () => void
}

/** Answers one call of the API, unless a fault strikes. */
export async function api(
  { gate, faults, parts, tick }: Api,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const method = request.method ?? 'GET'
  const [path = '', query = ''] = (request.url ?? '').slice('/v1/'.length).split('?')
  let body = ''
  for await (const chunk of request) body += chunk
  const reply = (status: number, text: string) => {
    if (response.destroyed) return
    response
      .writeHead(status, { 'Content-Type': 'application/json', 'Request-Id': `req_${randomBytes(8).toString('hex')}` })
      .end(text)
  }
  try {
    gate.admit(request, method, path)
    const left = AbortSignal.any([AbortSignal.timeout(120_000), closedOf(response)])
    const fault = await faults.before(method, path, left)
    if (fault === 'dropped') return void response.destroy()
    const text = gate.once(request, `${method} ${path}`, body, () => {
      tick()
      const made = answer(parts, method, decodeURIComponent(path), parseForm(query || body))
      tick()
      return JSON.stringify(made)
    })
    if ((await faults.after(method, path, left)) === 'dropped') return void response.destroy()
    reply(200, text)
  } catch (error) {
    if (error instanceof StripeError) return reply(error.status, JSON.stringify(error.body))
    console.error('stripe:', error)
    reply(
      500,
      JSON.stringify({ error: { type: 'api_error', message: 'The local Stripe has a fault; its output says which.' } }),
    )
  }
}

function closedOf(response: ServerResponse): AbortSignal {
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  return gone.signal
}
