import { checkId, checkTtl, isObject } from './item.ts'
import { Refusal, unsupported } from './refusal.ts'

/** What a container is: `keyField` is the one field that parts it, `defaultTtl` seconds (-1: only items with `ttl` end). */
export interface Definition {
  id: string
  keyField: string
  defaultTtl?: number | undefined
  /** Paths of the indexing policy, as the service writes them: `/*`, `/name/?`. */
  included: string[]
  excluded: string[]
}

const pathsOf = (value: unknown): string[] =>
  (Array.isArray(value) ? value : []).map((entry: unknown) => (isObject(entry) ? String(entry.path) : ''))

/**
 * Reads what a client sends to create a container.
 *
 * @throws Refusal 501 for what no container here can have, by name
 */
export function definitionOf(body: unknown): Definition {
  if (!isObject(body)) throw new Refusal(400, 'A container must be a JSON object.')
  const { id, partitionKey, defaultTtl, indexingPolicy: policy, ...rest } = body
  checkId(id)
  checkTtl('defaultTtl', defaultTtl)
  const [other] = Object.keys(rest)
  if (other !== undefined) throw unsupported(`a container with ${other}`)
  const paths = isObject(partitionKey) && Array.isArray(partitionKey.paths) ? partitionKey.paths : []
  const keyField = /^\/(\w+)$/.exec(String(paths[0]))?.[1]
  if (paths.length !== 1 || keyField === undefined) throw unsupported('partition keys other than one top-level field')
  const included = isObject(policy) && policy.includedPaths !== undefined ? pathsOf(policy.includedPaths) : ['/*']
  const excluded = isObject(policy) ? pathsOf(policy.excludedPaths) : []
  const odd = [...included, ...excluded].find((path) => !/^\/(\*|[\w"]+\/\?)$/.test(path))
  if (odd !== undefined) throw unsupported(`the indexing path ${odd}`)
  return { id, keyField, defaultTtl: defaultTtl as number | undefined, included, excluded }
}

/** The definition as the service shows it. */
export const shownDefinition = ({ id, keyField, defaultTtl, included, excluded }: Definition) => ({
  id,
  partitionKey: { paths: [`/${keyField}`], kind: 'Hash', version: 2 },
  indexingPolicy: {
    indexingMode: 'consistent',
    automatic: true,
    includedPaths: included.map((path) => ({ path })),
    excludedPaths: excluded.map((path) => ({ path })),
  },
  defaultTtl,
})

/**
 * How a path is indexed. The service cannot sort by a path that is not; one that is named also sorts items that lack
 * it; one that only `/*` covers leaves those out.
 */
export function indexed({ included, excluded }: Definition, path: string): 'named' | 'covered' | 'no' {
  if (included.includes(`/${path}/?`)) return 'named'
  if (path === 'id' || path === '_ts') return 'covered'
  return included.includes('/*') && !excluded.includes(`/${path}/?`) ? 'covered' : 'no'
}
