import { Change, type Operation, type Outcome } from './change.ts'
import type { Container } from './container.ts'
import { isObject } from './item.ts'
import { Refusal, unsupported } from './refusal.ts'

/** What a batch is answered with: 200 and a result each, or 207, the culprit's own status and 424 for the others. */
export interface BatchAnswer {
  status: 200 | 207
  body: string
}

/**
 * Executes a transactional batch on one partition. With `minimal`, results of writes carry no item.
 *
 * @throws Refusal 400 for what is not a batch; a batch whose operations fail is an answer, and changes nothing
 */
export function executeBatch(
  container: Container,
  key: string,
  now: Date,
  body: unknown,
  minimal: boolean,
): BatchAnswer {
  const operations = operationsOf(body, key)
  const change = new Change(container, key, now)
  const results: string[] = []
  for (const [at, operation] of operations.entries()) {
    try {
      results.push(resultOf(change.perform(operation), minimal && operation.operationType !== 'Read'))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return { status: 207, body: JSON.stringify(operations.map((_, other) => failure(other === at ? error : null))) }
    }
  }
  change.commit()
  return { status: 200, body: `[${results.join(',')}]` }
}

function operationsOf(body: unknown, key: string): Operation[] {
  if (!Array.isArray(body) || body.length === 0) throw new Refusal(400, 'A batch must be an array of operations.')
  if (body.length > 100) throw new Refusal(400, 'A batch must not have more than 100 operations.')
  for (const operation of body) {
    if (!isObject(operation)) throw new Refusal(400, 'An operation must be a JSON object.')
    const own = operation.partitionKey
    if (own !== undefined && own !== JSON.stringify([key]))
      throw unsupported('operations of other partitions in a batch')
  }
  return body as Operation[]
}

const resultOf = ({ status, stored }: Outcome, minimal: boolean) => {
  const etag = stored ? `,"eTag":${JSON.stringify(stored.item._etag)}` : ''
  const item = stored && !minimal ? `,"resourceBody":${stored.json}` : ''
  return `{"statusCode":${status},"requestCharge":0${etag}${item}}`
}

const failure = (error: Refusal | null) => ({
  statusCode: error?.status ?? 424,
  requestCharge: 0,
  ...(error ? { message: error.message } : {}),
})
