import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import * as z from 'zod'
import { type Faults, faultKinds } from './faults.ts'
import type { Queue } from './queue.ts'
import { type MessageState, type Stored, stateOf } from './stored.ts'
import { arrivalOf, decode, jsonMessage, readableBody } from './wire.ts'

/** What can be looked at and changed by hand. */
export type Controlled = { queues: ReadonlyMap<string, Queue>; faults: Faults }

type Reply = { status: number; body: object }
type Call = { queue: Queue | undefined; number: number; query: URLSearchParams; body: () => Promise<unknown> }
type Route = [method: string, path: RegExp, act: (controlled: Controlled, call: Call) => Reply | Promise<Reply>]

const shownMessages = 100
const FaultRequest = z.strictObject({
  queue: z.string(),
  do: z.enum(faultKinds),
  times: z.int().min(1).default(1),
  delayMs: z.int().min(0).default(0),
})

const routes: Route[] = [
  ['GET', /^\/queues$/, ({ queues }) => ok({ queues: [...queues.values()].map(describe) })],
  ['POST', /^\/queues\/([^/]+)\/messages$/, enqueue],
  ['POST', /^\/queues\/([^/]+)\/resend-dead-letters$/, (_, { queue }) => ok({ resent: queue!.resendDeadLetters() })],
  ['DELETE', /^\/queues\/([^/]+)\/messages\/(\d+)$/, remove],
  ['GET', /^\/faults$/, ({ faults }) => ok({ faults: faults.list() })],
  ['POST', /^\/faults$/, addFault],
  ['POST', /^\/faults\/clear$/, clearFaults],
]

/**
 * Serves the control API over HTTP on 127.0.0.1: queues, messages, faults.
 * @throws EADDRINUSE when the port is taken
 */
export async function serveControl(
  controlled: Controlled,
  port: number,
): Promise<{ port: number; close(): Promise<unknown> }> {
  const server = createServer(async (request, response) => {
    const { status, body } = await answer(controlled, request)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const close = () => {
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    return closed
  }
  return { port: (server.address() as AddressInfo).port, close }
}

async function answer(controlled: Controlled, request: IncomingMessage): Promise<Reply> {
  const { host, origin } = request.headers
  if (!isLocal(`http://${host}`) || (origin !== undefined && !isLocal(origin)))
    return fail(403, 'Only for this machine.')
  const [path = '', search] = (request.url ?? '').split('?')
  const query = new URLSearchParams(search)
  for (const [method, pattern, act] of routes) {
    const match = request.method === method && pattern.exec(path)
    if (!match) continue
    const queue = controlled.queues.get(match[1] ?? '')
    if (match[1] !== undefined && !queue) return fail(404, `There is no queue ${match[1]}.`)
    return act(controlled, { queue, number: Number(match[2]), query, body: () => json(request) })
  }
  return fail(404, `${request.method} ${path} is not supported by the control API of the local Service Bus.`)
}

const isLocal = (url: string): boolean =>
  URL.canParse(url) && ['localhost', '127.0.0.1'].includes(new URL(url).hostname)
const ok = (body: object): Reply => ({ status: 200, body })
const fail = (status: number, error: string): Reply => ({ status, body: { error } })

async function enqueue(_: Controlled, { queue, query, body }: Call): Promise<Reply> {
  const content = await body().catch(() => undefined)
  if (content === undefined) return fail(400, 'The body must be JSON.')
  const [messageId, sessionId] = [randomUUID(), query.get('sessionId')]
  if (queue!.sessions && sessionId === null) return fail(400, `${queue!.name} has sessions: say ?sessionId=…`)
  const message = { ...jsonMessage(messageId, content), ...(sessionId !== null && { group_id: sessionId }) }
  const sequenceNumber = queue!.accept(arrivalOf(message))
  return { status: 201, body: { messageId, sequenceNumber } }
}

function remove(_: Controlled, { queue, number }: Call): Reply {
  return queue!.remove(number) ? ok({}) : fail(404, `There is no message ${number} in ${queue!.name}.`)
}

function clearFaults({ faults }: Controlled): Reply {
  faults.clear()
  return ok({ faults: faults.list() })
}

async function addFault({ queues, faults }: Controlled, { body }: Call): Promise<Reply> {
  const fault = FaultRequest.safeParse(await body().catch(() => undefined))
  if (!fault.success) return fail(400, z.prettifyError(fault.error))
  if (!queues.has(fault.data.queue)) return fail(404, `There is no queue ${fault.data.queue}.`)
  faults.add(fault.data)
  return { status: 201, body: { faults: faults.list() } }
}

function describe(queue: Queue): object {
  const all = [...queue.peek('main', 0, Infinity), ...queue.peek('deadLetter', 0, Infinity)]
  const counts: Record<MessageState, number> = { active: 0, scheduled: 0, locked: 0, deadLetter: 0 }
  for (const message of all) counts[stateOf(message)] += 1
  return { name: queue.name, limits: queue.limits, ...counts, messages: all.slice(0, shownMessages).map(show) }
}

function show(message: Stored): object {
  const sent = decode(message.bytes)
  return {
    sequenceNumber: message.sequenceNumber,
    id: sent.message_id,
    sessionId: message.sessionId,
    state: stateOf(message),
    body: readableBody(sent),
    enqueuedAt: isoTime(message.enqueuedAt),
    scheduledFor: isoTime(message.scheduledFor),
    lockedUntil: isoTime(message.lock?.until ?? null),
    deliveryCount: message.deliveryCount,
    deadLetterReason: message.deadLetter?.reason ?? null,
    deadLetterDescription: message.deadLetter?.description ?? null,
  }
}

const isoTime = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString())
