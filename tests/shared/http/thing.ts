import { type HttpHandler, HttpRequest, type HttpResponseInit, InvocationContext } from '@azure/functions'
import { type Client, route } from '@securemailmerge/shared/http/contract'
import { type Call, endpoint, type Frame } from '@securemailmerge/shared/http/endpoint'
import { Limits } from '@securemailmerge/shared/http/limits'
import type { Tokens } from '@securemailmerge/shared/identity/tokens'
import * as z from 'zod'
import { noon } from '../../builders.ts'
import { addIn, portal } from '../identity/entra.ts'

/** What a caller sends; `token` becomes the Authorization header. */
export interface Sent {
  token?: string
  method?: string
  headers?: Record<string, string>
  params?: Record<string, string>
  query?: Record<string, string>
  body?: string | Uint8Array
}

export interface Got {
  status: number
  headers: Headers
  json: Record<string, unknown>
  text: string
  /** Every line that was logged, with its level in front. */
  lines: string[]
}

export const invocationId = 'invocation-1'
/** The one public address. */
export const ours = 'https://licences.example'

/** Calls a handler as the host does. */
export async function call(handler: HttpHandler, sent: Sent): Promise<Got> {
  const lines: string[] = []
  const { token, method = 'POST', headers = {}, params = {}, query = {}, body } = sent
  const request = new HttpRequest({
    method,
    url: 'http://localhost/api/things',
    headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
    params,
    query,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? { string: body } : { bytes: body } }),
  })
  const logHandler = (level: string, ...args: unknown[]) => void lines.push(`${level} ${args.join(' ')}`)
  const context = new InvocationContext({ invocationId, functionName: 'do_thing', logHandler } as never)
  const answer = (await handler(request, context)) as HttpResponseInit
  const text = String(answer.body ?? '')
  return {
    status: answer.status ?? 200,
    headers: new Headers(answer.headers as Record<string, string>),
    json: JSON.parse(text) as Record<string, unknown>,
    text,
    lines,
  }
}

/** What every endpoint of a service stands on, in a test. */
export const aFrame = (tokens: Pick<Tokens, 'check'>, some: Partial<Frame> = {}): Frame => ({
  service: 'a-service',
  tokens: tokens as Tokens,
  sessions: { read: async () => undefined },
  clients: { addIn, portal },
  origin: ours,
  limits: new Limits(),
  frontDoorId: null,
  now: () => noon,
  isReadOnly: async () => false,
  ...some,
})

const clients: Client[] = ['addIn', 'portal']
const doThing = route({
  method: 'POST',
  path: 'things/{id}',
  summary: 'Does a thing.',
  clients,
  params: z.object({ id: z.string().default('1') }),
  query: z.object({ limit: z.coerce.number().int().max(9).default(5) }),
  body: z.strictObject({ address: z.email().optional(), count: z.int().default(1) }),
  answer: z.unknown(),
  refusals: [],
  perMinute: 100_000,
  bodyLimit: 200,
})
export const thing = { change: doThing, read: { ...doThing, method: 'GET' as const, body: z.undefined() } }
export type ThingCall = Call<typeof doThing>

/** An endpoint that changes something; it answers what `handle` does, and else who called. */
export const aChangingEndpoint = (
  frame: Frame,
  handle: (call: ThingCall) => unknown = ({ caller }) => ({ caller: caller.account.objectId }),
  some: Partial<typeof doThing> = {},
) => endpoint(frame, 'do_thing', { ...doThing, ...some }, async (given) => handle(given))

/** An endpoint that only reads. */
export const aReadingEndpoint = (frame: Frame, handle: (call: Call<typeof thing.read>) => unknown) =>
  endpoint(frame, 'read_thing', thing.read, async (given) => handle(given))
