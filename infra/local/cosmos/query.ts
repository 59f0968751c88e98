import type { Container } from './container.ts'
import { indexed } from './definition.ts'
import { type Item, isObject } from './item.ts'
import { Refusal, unsupported } from './refusal.ts'
import { compileSql, type Limit, type Parameter, type Sql } from './sql.ts'

/** What a client asks: of one partition or, without `key`, of all. */
export interface Question {
  key: string | undefined
  text: string
  parameters: Parameter[]
  /** Items on a page. */
  pageSize: number
  /** What the page before gave to go on with. */
  continuation: string | undefined
}

/** One page of an answer. */
export interface Page {
  documents: unknown[]
  continuation?: string
}

/** Where a page ended: the last item's place in the order, and how many items all pages had so far. */
interface Mark {
  value?: unknown
  rid: string
  taken: number
}

/**
 * Answers one page of a query.
 *
 * @throws Refusal 400 as the service does, 501 for what it would have to merge from several partitions
 */
export function askContainer(container: Container, now: Date, question: Question): Page {
  const sql = compileSql(question.text)
  const merges = sql.order ?? sql.limit ?? (sql.aggregate || undefined)
  if (question.key === undefined && merges !== undefined) {
    throw unsupported('ORDER BY, TOP, OFFSET or aggregates across partitions; give the query its partitionKey')
  }
  const matching = sql.matching(container.items(question.key, now), question.parameters)
  if (sql.aggregate) return { documents: sql.project(matching, question.parameters) }
  const items = sql.order ? ordered(container, matching, sql.order) : matching
  const mark = question.continuation === undefined ? undefined : markOf(question.continuation)
  const start = mark ? items.findIndex((item) => isAfter(item, mark, sql)) : number(sql.offset ?? 0, question)
  const room = number(sql.limit ?? Number.POSITIVE_INFINITY, question) - (mark?.taken ?? 0)
  const page = start < 0 ? [] : items.slice(start, start + Math.min(room, question.pageSize))
  // The engine would put several items back into the order in which they were made.
  const groups = sql.order ? page.map((item) => [item]) : [page]
  const documents = groups.flatMap((group) => sql.project(group, question.parameters))
  const last = page.at(-1)
  if (!last || page.length === room || start + page.length === items.length) return { documents }
  const next: Mark = { value: sortValue(last, sql), rid: last._rid, taken: (mark?.taken ?? 0) + page.length }
  return { documents, continuation: Buffer.from(JSON.stringify(next)).toString('base64url') }
}

function ordered(container: Container, items: Item[], order: NonNullable<Sql['order']>): Item[] {
  const path = order.path.join('/')
  const index = indexed(container.definition, path)
  if (index === 'no') throw new Refusal(400, `ORDER BY needs an index, and /${path} has none in the indexing policy.`)
  const having = index === 'named' ? items : items.filter((item) => at(item, order.path) !== undefined)
  return having.toSorted((a, b) => place(a, b._rid, at(b, order.path), order))
}

const isAfter = (item: Item, { rid, value }: Mark, { order }: Sql) =>
  order ? place(item, rid, value, order) > 0 : item._rid > rid

/** Negative when the item stands before the other value; equal values stand in the order in which they were made. */
function place(item: Item, rid: string, value: unknown, { path, descending }: NonNullable<Sql['order']>): number {
  const difference = compare(at(item, path), value)
  if (difference !== 0) return descending ? -difference : difference
  return item._rid === rid ? 0 : item._rid < rid ? -1 : 1
}

const sortValue = (item: Item, { order }: Sql) => (order ? at(item, order.path) : undefined)

const at = (item: unknown, path: string[]): unknown =>
  path.reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), item)

const RANKS = ['undefined', 'null', 'boolean', 'number', 'string', 'array', 'object']

const rank = (value: unknown) => RANKS.indexOf(value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value)

function compare(a: unknown, b: unknown): number {
  const difference = rank(a) - rank(b)
  if (difference !== 0 || rank(a) < 2 || rank(a) > 4) return difference
  return a === b ? 0 : (a as string) < (b as string) ? -1 : 1
}

function number(limit: Limit, { parameters }: Question): number {
  const value = typeof limit === 'string' ? parameters.find(({ name }) => name === limit)?.value : limit
  if (typeof value !== 'number' || value < 0 || Number.isNaN(value)) {
    throw new Refusal(400, `TOP, OFFSET and LIMIT need numbers; ${limit} is none.`)
  }
  return value
}

function markOf(continuation: string): Mark {
  try {
    return JSON.parse(Buffer.from(continuation, 'base64url').toString()) as Mark
  } catch {
    throw new Refusal(400, 'The continuation token is none of this service.')
  }
}
