import { type KeyObject, randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { addressOf } from './address.ts'
import { type Answer, type Incoming, refused } from './answer.ts'
import { answerContainers } from './answer-containers.ts'
import { answerItems, itemRequestOf } from './answer-items.ts'
import type { FaultAction } from './faults.ts'
import { MAX_BYTES } from './item.ts'
import type { ItemRequest } from './item-request.ts'
import { answerLocal, type LocalParts } from './local-routes.ts'
import { Refusal } from './refusal.ts'
import { checkSignature } from './signature.ts'

/** The account that is served. */
export interface Account extends LocalParts {
  endpoint: string
  key: KeyObject
  /** Aborted when the server closes. */
  closing: AbortSignal
}

/** Answers one request, or cuts its connection when a fault says so. */
export async function serve(account: Account, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const left = new AbortController()
  response.once('close', () => response.writableFinished || left.abort())
  try {
    const answer = await answerTo(account, request, left.signal)
    if (answer) send(response, answer, account.now())
    else request.socket.destroy()
  } catch (error) {
    if (!request.complete) return
    console.error('The local Cosmos DB failed:', error)
    send(response, refused(new Refusal(500, 'The local Cosmos DB failed; its output says how.')), account.now())
  }
}

/** The answer, or undefined when the connection is to be cut. */
async function answerTo(account: Account, request: IncomingMessage, left: AbortSignal): Promise<Answer | undefined> {
  const { method = 'GET', url = '/', headers } = request
  const body = await bodyOf(request)
  try {
    if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(headers.host ?? '')) throw new Refusal(403, 'The host must be local.')
    if (url.startsWith('/_local/')) {
      return answerLocal(account, method, new URL(url, account.endpoint), headers['content-type'] ?? '', body)
    }
    const address = addressOf(url)
    checkSignature(account.key, method, address, headers)
    const incoming: Incoming = { method, address, headers, body }
    if (address.kind !== 'items' && address.kind !== 'item')
      return answerContainers(account.databases, account.endpoint, incoming)
    return await answerOnItems(account, incoming, left)
  } catch (error) {
    return refused(error)
  }
}

async function answerOnItems(account: Account, incoming: Incoming, left: AbortSignal): Promise<Answer | undefined> {
  const asked = itemRequestOf(incoming)
  const fault = account.faults.take(asked)
  if (!(await before(account, asked, fault, left))) return undefined
  const answer = fault && 'status' in fault ? failed(fault) : execute(account, incoming, asked)
  account.counts.add(asked, incoming.body.length + Buffer.byteLength(answer.body ?? ''))
  if (fault && 'applyThenDrop' in fault) return undefined
  if (fault && 'after' in fault) await account.faults.parking.wait(asked, true, left)
  return answer
}

/** What a fault does before the request is executed; false when it never is. */
async function before(
  { faults, closing }: Account,
  asked: ItemRequest,
  fault: FaultAction | undefined,
  left: AbortSignal,
) {
  if (!fault) return true
  if ('dropBefore' in fault) return false
  // A client that has lost patience does not stop the service: only closing does.
  if ('delayMs' in fault) return delay(fault.delayMs, true, { signal: closing }).catch(() => false)
  if (!('hold' in fault) || 'after' in fault) return true
  return faults.parking.wait(asked, false, 'outlivesClient' in fault ? closing : left)
}

function execute({ databases, now }: Account, incoming: Incoming, asked: ItemRequest): Answer {
  try {
    const { database, container } = incoming.address
    return answerItems(databases.container(database, container), now(), incoming, asked)
  } catch (error) {
    return refused(error)
  }
}

function failed({ status, retryAfterMs }: Extract<FaultAction, { status: number }>): Answer {
  const answer = refused(new Refusal(status, `A fault that was asked for: ${status}.`, status === 429 ? 3200 : 0))
  if (status !== 429 && retryAfterMs === undefined) return answer
  return { ...answer, headers: { ...answer.headers, 'x-ms-retry-after-ms': String(retryAfterMs ?? 10) } }
}

function send(response: ServerResponse, { status, body, headers }: Answer, now: Date): void {
  if (response.destroyed) return
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body ?? ''),
    date: now.toUTCString(),
    'x-ms-activity-id': randomUUID(),
    'x-ms-request-charge': '0',
    ...headers,
  })
  response.end(body)
}

/** Reads all that is sent, so that the client hears the answer, but keeps little more than what is allowed. */
async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    if (bytes <= MAX_BYTES) chunks.push(chunk)
    bytes += chunk.length
  }
  return Buffer.concat(chunks)
}
