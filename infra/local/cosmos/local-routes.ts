import names from '@securemailmerge/shared/names.json' with { type: 'json' }
import * as z from 'zod'
import { type Answer, jsonOf } from './answer.ts'
import type { Counts } from './counts.ts'
import type { Databases } from './databases.ts'
import { FaultRule, type Faults } from './faults.ts'
import type { Item } from './item.ts'
import { Refusal } from './refusal.ts'

/** What the routes under /_local work on. */
export interface LocalParts {
  databases: Databases
  faults: Faults
  counts: Counts
  now: () => Date
}

const Rules = z.union([FaultRule, z.array(FaultRule)])
const Release = z.strictObject({ id: z.string().optional() })

/**
 * Answers /_local, which the service does not have: faults, held requests, counts, items. It asks for no key; a page of
 * another origin cannot reach it, because a JSON content type needs a permission that it never gives.
 *
 * @throws Refusal 400 for a body that is not understood, 404 for a route that does not exist
 */
export function answerLocal(parts: LocalParts, method: string, url: URL, type: string, body: Buffer): Answer {
  const { faults, counts } = parts
  if (method === 'POST' && type !== 'application/json') throw new Refusal(400, 'The content type must be JSON.')
  switch (`${method} ${url.pathname}`) {
    case 'GET /_local/faults':
      return shown(faults.rules())
    case 'POST /_local/faults':
      for (const rule of [read(Rules, body)].flat()) faults.add(rule)
      return shown(faults.rules())
    case 'DELETE /_local/faults':
      faults.clear()
      return shown([])
    case 'GET /_local/held':
      return shown(faults.held())
    case 'POST /_local/release':
      return shown({ released: faults.release(body.length > 0 ? read(Release, body).id : undefined) })
    case 'GET /_local/count':
      return shown(counts.read())
    case 'POST /_local/count/reset':
      counts.reset()
      return shown({})
    case 'GET /_local/items': {
      const container = url.searchParams.get('container')
      if (container === null) throw new Refusal(400, 'Say which container: ?container=…')
      return shown(itemsOf(parts, container, url.searchParams.get('partitionKey') ?? undefined))
    }
    default:
      throw new Refusal(404, `There is no ${method} ${url.pathname}.`)
  }
}

/**
 * The items of a container of names.json, or of one of its partitions: the newest first, at most 200.
 *
 * @throws Refusal 404 when there is no such container
 */
export function itemsOf({ databases, now }: LocalParts, container: string, partitionKey?: string): Item[] {
  const items = databases.container(names.database, container).items(partitionKey, now())
  return items
    .reverse()
    .sort((a, b) => b._ts - a._ts)
    .slice(0, 200)
}

const shown = (value: unknown): Answer => ({ status: 200, body: JSON.stringify(value) })

function read<T>(shape: z.ZodType<T>, body: Buffer): T {
  const { data, error } = shape.safeParse(jsonOf({ body }))
  if (error) throw new Refusal(400, z.prettifyError(error))
  return data
}
