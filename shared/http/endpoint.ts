import type { HttpHandler, HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions'
import type * as z from 'zod'
import { hash } from '../hash.ts'
import { accountHash } from '../identity/account.ts'
import { isFresh } from '../identity/session.ts'
import type { Caller } from '../identity/tokens.ts'
import { type Change, changeId } from '../licensing/change.ts'
import { type LogEvent, type LogFields, log } from '../log.ts'
import { Refusal } from '../refusal.ts'
import { answered, jsonAnswer } from './answered.ts'
import type { Route } from './contract.ts'
import { cameThroughFrontDoor } from './front-door.ts'
import type { Limits } from './limits.ts'
import { idempotencyKey, jsonBody, languageOf, parsed } from './read-request.ts'
import { Rendered } from './rendered.ts'
import { corsHeaders } from './security-headers.ts'
import { type Asked, whoAsks } from './who-asks.ts'

/** What every endpoint of a service stands on. */
export interface Frame extends Asked {
  service: string
  limits: Limits
  /** The Front Door that every request must have come through, or null where there is none (F20). */
  frontDoorId: string | null
  /** Whether an operator has stopped changes of this service. */
  isReadOnly: () => Promise<boolean>
}

/** One checked call, as a handler sees it. */
export interface Call<R extends Route> {
  params: z.output<R['params']>
  query: z.output<R['query']>
  body: z.output<R['body']>
  caller: Caller
  language: 'en' | 'fr'
  headers: HttpRequest['headers']
  /** The body as it comes, for a route that streams. */
  stream: HttpRequest['body']
  /** The change that this call asks for: who, when, and the id that makes a repeat safe. */
  change: Change
  now: Date
  /** Takes log lines beside `note`. */
  context: InvocationContext
  note: (event: LogEvent, fields: LogFields) => void
}

/** A handler answers with the body, which has the shape that its route promises. */
export type Handle<R extends Route> = (call: Call<R>) => Promise<z.input<R['answer']> | Rendered>

/**
 * The frame of an endpoint: authenticate, check the input, call, answer. It alone knows statuses; a handler throws a
 * Refusal or returns.
 */
export const endpoint = <R extends Route>(frame: Frame, name: string, route: R, handle: Handle<R>): HttpHandler =>
  answered(
    frame.service,
    name,
    async (request, context) => answerOf(await handle(await checked(frame, name, route, request, context))),
    corsHeaders,
  )

const answerOf = (answer: unknown): HttpResponseInit =>
  answer instanceof Rendered
    ? { status: 200, headers: { 'Content-Type': answer.contentType, ...answer.headers }, body: answer.body }
    : jsonAnswer(answer)

async function checked<R extends Route>(
  frame: Frame,
  name: string,
  route: R,
  request: HttpRequest,
  context: InvocationContext,
): Promise<Call<R>> {
  if (!cameThroughFrontDoor(request, frame.frontDoorId)) {
    throw new Refusal('client_not_allowed', 'Ask through the public address.')
  }
  const caller = await whoAsks(frame, request)
  if (!route.clients.some((client) => frame.clients[client] === caller.clientId)) {
    throw new Refusal('client_not_allowed', 'This application may not ask for this.')
  }
  const account = accountHash(caller.account)
  frame.limits.take(`${name} ${account}`, route.perMinute, frame.now())
  const changes = route.method !== 'GET'
  if (changes && !route.isStop && (await frame.isReadOnly())) {
    throw new Refusal('read_only', 'Changes are stopped for a short time.', {
      retryAfterSeconds: 60,
    })
  }
  const params = parsed<R['params']>(route.params, request.params, 'path')
  const query = parsed<R['query']>(route.query, Object.fromEntries(request.query), 'query')
  const raw =
    route.method === 'POST' && route.stream === undefined ? await jsonBody(request, route.bodyLimit) : undefined
  const body = parsed<R['body']>(route.body, raw, 'body')
  const now = frame.now()
  if (route.needsFreshSignIn?.(body) && !isFresh(caller.signedInAt, now)) {
    throw new Refusal('fresh_sign_in_required', 'Sign in once more, then ask again.')
  }
  const key = changes ? idempotencyKey(request) : null
  const change: Change = {
    id: changeId(caller.account, `${name} ${JSON.stringify(params)}`, key),
    fingerprint: hash(JSON.stringify(raw ?? null)),
    at: now,
    by: { kind: 'account', account: caller.account },
  }
  const note = (event: LogEvent, fields: LogFields) =>
    log(context, 'info', event, {
      service: frame.service,
      requestId: context.invocationId,
      account,
      ...fields,
    })
  return {
    params,
    query,
    body,
    caller,
    language: languageOf(request),
    headers: request.headers,
    stream: request.body,
    change,
    now,
    context,
    note,
  }
}
