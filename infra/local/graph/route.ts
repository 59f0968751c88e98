import type { Directory, Mailbox } from './directory.ts'
import type { Limits } from './limits.ts'
import type { Store } from './store.ts'
import type { Uploads } from './uploads.ts'

/** What the routes work on. */
export interface Parts {
  store: Store
  directory: Directory
  limits: Limits
  uploads: Uploads
  /** Addresses, in lower case, that make a mail be refused. */
  refusedAddresses: Set<string>
  now: () => Date
}

/** One call that may be answered. */
export interface Call {
  /** Of the account that asks. */
  mailbox: Mailbox
  scopes: Set<string>
  /** The part of the path that is `:id`. */
  id: string
  query: URLSearchParams
  /** Parsed JSON; undefined when there was no body. */
  body: unknown
  bytes: Buffer
  headers: Record<string, string | string[] | undefined>
  /** The address that was asked, as far as the path. */
  url: URL
}

/** What is answered. */
export interface Reply {
  status: number
  body?: object | string
  headers?: Record<string, string>
}

/** A route that is understood. */
export interface Route {
  /** Any of these permissions is enough. */
  scopes: string[]
  /** Options of the query that are understood; others are refused by name. */
  options?: string[]
  /** Whether it answers or takes ids: then they have to be the immutable ones. */
  hasIds?: boolean
  answer: (parts: Parts, call: Call) => Reply
}
