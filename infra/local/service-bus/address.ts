import type { SubQueue } from './stored.ts'

/** The address to which clients send their tokens. */
export const tokenAddress = '$cbs'

/** What a link is attached to, or the words for what it would need. */
export type Node =
  | { kind: 'messages' | 'management'; name: string; subQueue: SubQueue }
  | { kind: 'unsupported'; what: string }

/** Reads the address of a link: `queue` or `queue/$deadletterqueue`, each also with `/$management`. */
export function parseAddress(address: string): Node {
  if (address === '') return { kind: 'unsupported', what: 'A link without an address (a transaction, a dynamic node)' }
  const parts = address.toLowerCase().split('/')
  const kind = parts.at(-1) === '$management' ? 'management' : 'messages'
  if (kind === 'management') parts.pop()
  const [name = '', ...rest] = parts
  if (rest.length === 0) return { kind, name, subQueue: 'main' }
  if (rest.length === 1 && rest[0] === '$deadletterqueue') return { kind, name, subQueue: 'deadLetter' }
  return { kind: 'unsupported', what: `The address ${address} (a topic, a subscription, a transfer queue)` }
}
