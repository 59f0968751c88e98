import type { SubQueue } from './stored.ts'

/** What a link is attached to, or why it cannot be: the words of the refusal. */
export type Node =
  | { kind: 'cbs' }
  | { kind: 'queue' | 'management'; queue: string; subQueue: SubQueue }
  | { kind: 'unsupported'; what: string }

/** Reads the address of a link: `$cbs`, `queue`, `queue/$deadletterqueue`, each of the latter with `/$management`. */
export function parseAddress(address: string | undefined): Node {
  if (!address) return { kind: 'unsupported', what: 'A link without an address (a transaction, a dynamic node)' }
  const parts = address.toLowerCase().split('/')
  if (address === '$cbs') return { kind: 'cbs' }
  const kind = parts.at(-1) === '$management' ? 'management' : 'queue'
  if (kind === 'management') parts.pop()
  const [queue = '', ...rest] = parts
  if (rest.length === 0) return { kind, queue, subQueue: 'main' }
  if (rest.length === 1 && rest[0] === '$deadletterqueue') return { kind, queue, subQueue: 'deadLetter' }
  return { kind: 'unsupported', what: `The address ${address} (a topic, a subscription, a transfer queue)` }
}
