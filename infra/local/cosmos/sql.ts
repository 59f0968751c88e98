import { createRequire } from 'node:module'
import { type Item, isObject } from './item.ts'
import { Refusal, unsupported } from './refusal.ts'

// The package is CommonJS with a default export, which Node and bundlers import differently.
const parseQuery: typeof import('@zeit/cosmosdb-query').default = createRequire(import.meta.url)(
  '@zeit/cosmosdb-query',
).default

/** A parameter of a query, with its @. */
export interface Parameter {
  name: string
  value: unknown
}

/** A query taken apart: which items match, how they are ordered and limited, and what is shown of each. */
export interface Sql {
  matching(items: Item[], parameters: Parameter[]): Item[]
  project(items: Item[], parameters: Parameter[]): unknown[]
  order?: { path: string[]; descending: boolean }
  offset?: Limit
  limit?: Limit
  /** Whether the select list counts or sums: `project` then gives one value for all items. */
  aggregate: boolean
}

/** A number, or the name of the parameter that has it. */
export type Limit = number | string

interface Node {
  type: string
  name?: string | Node
  value?: unknown
  object?: Node
  property?: Node
  expression?: Node
}

interface Select {
  top: { value: Node } | null
  select: object
  from: { source: { expression: Node; alias: unknown }; joins: unknown[] } | null
  where: object | null
  orderBy: { expressions: { expression: Node; order: string | null }[] } | null
}

// The engine appends row by row to a copy of all rows before, which takes seconds for a large partition.
class Rows<T> extends Array<T> {
  // biome-ignore lint/suspicious/noExplicitAny: the signature of Array.reduce has three shapes
  override reduce(step: any, seed?: any): any {
    return Array.isArray(seed) ? this.flatMap((row) => step([], row)) : super.reduce(step, seed)
  }
}

const AGGREGATES = new Set(['COUNT', 'SUM', 'AVG', 'MIN', 'MAX'])
const compiled = new Map<string, Sql>()

/**
 * Reads a query, once per text.
 *
 * @throws Refusal 400 for a syntax error (or syntax newer than the engine), 501 for what is left out on purpose
 */
export function compileSql(text: string): Sql {
  const known = compiled.get(text)
  if (known) return known
  // The engine does not know OFFSET.
  const [window = '', offset, limit] = /\sOFFSET\s+(@?\w+)\s+LIMIT\s+(@?\w+)\s*$/i.exec(text) ?? []
  const sql = compile(text.slice(0, text.length - window.length))
  if (offset !== undefined && limit !== undefined)
    Object.assign(sql, { offset: numberOf(offset), limit: numberOf(limit) })
  if (compiled.size > 500) compiled.clear()
  compiled.set(text, sql)
  return sql
}

function compile(text: string): Sql {
  const { query: filter, body } = parse(text)
  const { query: whole, body: select } = parse(text)
  const { top, orderBy } = body
  checkSource(body)
  // Only ids come out of the filter: the engine copies what it selects, field by field.
  Object.assign(body, { select: { type: 'select_specification', value: ridOf(body) }, top: null, orderBy: null })
  Object.assign(select, { top: null, orderBy: null })
  return {
    matching: (items, parameters) => {
      const rids = new Set(execute(filter, items, parameters))
      return items.filter(({ _rid }) => rids.has(_rid))
    },
    project: (items, parameters) => execute(whole, items, parameters),
    aggregate: some(
      select.select,
      ({ type, name }) => type === 'scalar_function_expression' && AGGREGATES.has(word(name)),
    ),
    ...(orderBy ? { order: orderOf(orderBy.expressions) } : {}),
    ...(top ? { limit: (top.value.name ?? top.value.value) as Limit } : {}),
  }
}

function parse(text: string) {
  try {
    const query = parseQuery(text)
    return { query, body: query.ast.body as Select }
  } catch (error) {
    if ((error as Error).name !== 'SyntaxError') throw error
    throw new Refusal(400, `Syntax error: ${(error as Error).message}`)
  }
}

function execute(query: ReturnType<typeof parseQuery>, items: Item[], parameters: Parameter[]): unknown[] {
  try {
    return [...query.exec(Rows.from(items), { parameters }).result]
  } catch (error) {
    throw new Refusal(400, `The query failed: ${(error as Error).message}`)
  }
}

function checkSource(body: Select): void {
  if (body.from?.source.expression.type !== 'collection_expression') throw unsupported('FROM anything but a container')
  if (body.from.joins.length > 0) throw unsupported('JOIN')
  if (some(body, (node) => 'udf' in node && node.udf === true)) throw unsupported('user-defined functions')
}

const ridOf = ({ from }: Select) => ({
  type: 'scalar_member_expression',
  object: from?.source.alias ?? from?.source.expression.expression,
  property: { type: 'identifier', name: '_rid' },
  computed: false,
})

function orderOf([first, ...others]: { expression: Node; order: string | null }[]): NonNullable<Sql['order']> {
  if (!first || others.length > 0) throw unsupported('ORDER BY more than one field')
  const path: string[] = []
  let node: Node | undefined = first.expression
  for (; node?.type === 'scalar_member_expression'; node = node.object) {
    path.unshift(String(node.property?.name ?? node.property?.value))
  }
  if (path.length === 0 || node?.type !== 'identifier') throw unsupported('ORDER BY anything but a field')
  return { path, descending: first.order === 'DESC' }
}

const numberOf = (text: string): Limit => (text.startsWith('@') ? text : Number(text))

const word = (name: Node['name']) => String(isObject(name) ? name.name : name).toUpperCase()

const some = (tree: unknown, test: (node: Node & { udf?: unknown }) => boolean): boolean =>
  typeof tree === 'object' &&
  tree !== null &&
  (test(tree as Node) || Object.values(tree).some((leaf) => some(leaf, test)))
