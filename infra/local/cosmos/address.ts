import { Refusal, unsupported } from './refusal.ts'

/** What a path names. `link` and `type` are what a request for it is signed with. */
export interface Address {
  kind: 'account' | 'databases' | 'database' | 'containers' | 'container' | 'ranges' | 'items' | 'item'
  type: '' | 'dbs' | 'colls' | 'pkranges' | 'docs'
  link: string
  database: string
  container: string
  id: string
}

const feeds = { dbs: 'databases', colls: 'containers', docs: 'items', pkranges: 'ranges' } as const
/** What the service has and this one has not. */
const missing = new Set(['sprocs', 'triggers', 'udfs', 'conflicts', 'users', 'permissions', 'offers', 'attachments'])
const things = { dbs: 'database', colls: 'container', docs: 'item' } as const

/** @throws Refusal 400 for what is not valid percent encoding */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Refusal(400, 'The path or the authorization is not valid percent encoding.')
  }
}

/**
 * Reads the path of a request: `/`, `/dbs/d`, `/dbs/d/colls/c/docs/i`, and the feeds `/dbs`, `/dbs/d/colls`, …
 *
 * @throws Refusal 400 for an id that cannot stand in a path, 404 for a path of nothing the service has, 501 for what
 *   only the service has
 */
export function addressOf(url: string): Address {
  // A client leaves `?` as it is, so an id with one arrives as a query string, and no request of the SDK has one.
  if (url.includes('?')) throw new Refusal(400, 'An id must not contain "?".')
  const parts = url.split('/').filter(Boolean).map(decoded)
  const [, database = '', , container = '', , id = ''] = parts
  const at = { database, container, id }
  if (parts.length === 0) return { ...at, kind: 'account', type: '', link: '' }
  const lacking = parts.find((part, at) => at % 2 === 0 && missing.has(part))
  if (lacking !== undefined) throw unsupported(lacking)
  const expected = ['dbs', 'colls', parts[4] === 'pkranges' ? 'pkranges' : 'docs'] as const
  const known = parts.every((part, at) => at % 2 === 1 || part === expected[at / 2])
  const type = expected[Math.ceil(parts.length / 2) - 1]
  if (!known || !type) throw new Refusal(404, `There is nothing at ${url}.`)
  if (parts.length % 2 === 1) return { ...at, kind: feeds[type], type, link: parts.slice(0, -1).join('/') }
  if (type === 'pkranges') throw new Refusal(404, `There is nothing at ${url}.`)
  return { ...at, kind: things[type], type, link: parts.join('/') }
}
