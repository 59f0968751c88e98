import { type Answer, header, type Incoming, jsonOf, says } from './answer.ts'
import { executeBatch } from './batch.ts'
import { Change, type Operation } from './change.ts'
import type { Container } from './container.ts'
import { isObject, partitionKeyOf } from './item.ts'
import type { ItemRequest } from './item-request.ts'
import { askContainer } from './query.ts'
import { Refusal, unsupported } from './refusal.ts'
import type { Parameter } from './sql.ts'

const KEY = 'x-ms-documentdb-partitionkey'
const types = {
  read: 'Read',
  create: 'Create',
  upsert: 'Upsert',
  replace: 'Replace',
  delete: 'Delete',
  patch: 'Patch',
} as const

/**
 * What a request asks of items.
 *
 * @throws Refusal 501 for what this stand-in does not do, by name
 */
export function itemRequestOf(incoming: Incoming): ItemRequest {
  const { address } = incoming
  const key = header(incoming, KEY)
  const partitionKey = key === undefined ? {} : { partitionKey: partitionKeyOf(key) }
  return { container: address.container, operation: operationOf(incoming), ...partitionKey }
}

function operationOf(incoming: Incoming): ItemRequest['operation'] {
  const { method, address } = incoming
  const ofItem = { GET: 'read', PUT: 'replace', DELETE: 'delete', PATCH: 'patch' } as const
  if (address.kind === 'item' && Object.hasOwn(ofItem, method)) return ofItem[method as keyof typeof ofItem]
  if (method !== 'POST' || address.kind === 'item') throw unsupported(`${method} on ${address.kind} (the change feed)`)
  // The SDK asks for a plan beside every query, and reads the answer only when the query itself was refused for it.
  if (says(incoming, 'x-ms-cosmos-is-query-plan-request')) throw unsupported('query plans')
  if (says(incoming, 'x-ms-documentdb-isquery')) return 'query'
  if (!says(incoming, 'x-ms-cosmos-is-batch-request')) {
    return says(incoming, 'x-ms-documentdb-is-upsert') ? 'upsert' : 'create'
  }
  if (!says(incoming, 'x-ms-cosmos-batch-atomic')) throw unsupported('bulk operations; use a batch')
  return 'batch'
}

/**
 * Executes a request on items.
 *
 * @throws Refusal for whatever is not a success
 */
export function answerItems(container: Container, now: Date, incoming: Incoming, request: ItemRequest): Answer {
  if (request.operation === 'query') return answerQuery(container, now, incoming, request.partitionKey)
  if (request.partitionKey === undefined) throw new Refusal(400, 'The request must name the partition key.')
  if (request.operation !== 'batch')
    return answerPoint(container, now, incoming, request.operation, request.partitionKey)
  const minimal = header(incoming, 'prefer') === 'return=minimal'
  return executeBatch(container, request.partitionKey, now, jsonOf(incoming), minimal)
}

function answerPoint(
  container: Container,
  now: Date,
  incoming: Incoming,
  operation: keyof typeof types,
  key: string,
): Answer {
  const ifNoneMatch = header(incoming, 'if-none-match')
  const change = new Change(container, key, now)
  const asked: Operation = {
    operationType: types[operation],
    id: incoming.address.id,
    ifMatch: header(incoming, 'if-match'),
    ifNoneMatch: operation === 'read' ? undefined : ifNoneMatch,
    ...(operation === 'read' || operation === 'delete' ? {} : { resourceBody: jsonOf(incoming) }),
  }
  const { status, stored } = change.perform(asked)
  change.commit()
  if (!stored) return { status }
  const headers = { etag: stored.item._etag }
  return stored.item._etag === ifNoneMatch ? { status: 304, headers } : { status, headers, body: stored.json }
}

function answerQuery(container: Container, now: Date, incoming: Incoming, key: string | undefined): Answer {
  const body = jsonOf(incoming)
  if (!isObject(body) || typeof body.query !== 'string') throw new Refusal(400, 'A query must have a text.')
  const asked = Number(header(incoming, 'x-ms-max-item-count') ?? 100)
  const { documents, continuation } = askContainer(container, now, {
    key,
    text: body.query,
    parameters: Array.isArray(body.parameters) ? (body.parameters as Parameter[]) : [],
    pageSize: asked > 0 ? asked : 1000,
    continuation: header(incoming, 'x-ms-continuation'),
  })
  return {
    status: 200,
    body: JSON.stringify({ _rid: container.rid, Documents: documents, _count: documents.length }),
    headers: {
      'x-ms-item-count': String(documents.length),
      ...(continuation === undefined ? {} : { 'x-ms-continuation': continuation }),
    },
  }
}
