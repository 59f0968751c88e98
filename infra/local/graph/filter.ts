import { GraphError } from './graph-error.ts'
import type { Message } from './message.ts'
import { byMessageId, byProperty } from './store.ts'

/** What a `$filter` asks for: a value to look up in the index, and whether only drafts, or none. */
export interface Filter {
  /** As the store's index knows it; undefined: everything. */
  key: string | undefined
  isDraft: boolean | undefined
}

const text = "'((?:[^']|'')*)'"
const clauses: [RegExp, (found: string[]) => Partial<Filter>][] = [
  [new RegExp(`^internetMessageId eq ${text}`), ([, id = '']) => ({ key: byMessageId(plain(id)) })],
  [/^isDraft eq (true|false)/, ([, is]) => ({ isDraft: is === 'true' })],
  [
    new RegExp(`^singleValueExtendedProperties/any\\((\\w+): ?\\1/id eq ${text} and \\1/value eq ${text}\\)`, 'i'),
    ([, , id = '', value = '']) => ({ key: byProperty(plain(id), plain(value)) }),
  ],
]

/** Reads the few forms that our code uses, joined by `and`. @throws GraphError that quotes what is not understood */
export function readFilter(given: string): Filter {
  const filter: Filter = { key: undefined, isDraft: undefined }
  let rest = given
  for (;;) {
    const [found, meaning] = clauseAt(rest)
    const { key, isDraft } = meaning(found)
    if (key !== undefined && filter.key !== undefined) refuse(rest)
    filter.key ??= key
    filter.isDraft ??= isDraft
    rest = rest.slice(found[0]?.length)
    if (rest === '') return filter
    if (!rest.startsWith(' and ')) refuse(rest)
    rest = rest.slice(' and '.length)
  }
}

/** Whether a message that the index gave is one of those. */
export const fits = ({ isDraft }: Filter, message: Message): boolean =>
  isDraft === undefined || message.isDraft === isDraft

const clauseAt = (rest: string): [string[], (found: string[]) => Partial<Filter>] => {
  for (const [form, meaning] of clauses) {
    const found = form.exec(rest)
    if (found) return [found, meaning]
  }
  return refuse(rest)
}

const plain = (quoted: string): string => quoted.replaceAll("''", "'")

function refuse(rest: string): never {
  const sentence = `The local Graph does not understand the filter from here: ${rest}`
  throw new GraphError(400, 'ErrorInvalidUrlQueryFilter', sentence)
}
