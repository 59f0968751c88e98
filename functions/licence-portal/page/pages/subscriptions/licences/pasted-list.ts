import {
  type Address,
  type AddressFault,
  canonical,
  withoutName,
} from '@securemailmerge/shared/licensing/canonical-address'

/** What comes of one entry of a pasted list: it is new, has a licence already, stands there twice, or is no address. */
export type Verdict = 'new' | 'has_one' | 'twice' | AddressFault

/** One entry of a pasted list. */
export interface Checked {
  /** As it was pasted. */
  text: string
  /** Null when it is none. */
  address: Address | null
  verdict: Verdict
}

// "Dupont, Anne" <anne@…>: a name may hold commas, an address may not. The bounds keep a long line without any quick.
const entry = /(?:"[^"]{0,200}"|[^"<>@;\t]){0,200}<[^<>]{0,400}>|(?:"[^"]{0,400}"|[^,;\t])+/g

/** The entries of a pasted list: lines, commas, semicolons, cells of a spreadsheet, `Name <address>`. */
export function entriesOf(text: string): string[] {
  let entries = text.split(/[\r\n]+/)
  // An odd quote makes two readings of a line; what stays on the list has to be read as it was, so it is read to the end.
  for (;;) {
    const read = entries.flatMap(entriesOfLine)
    if (read.length === entries.length && read.every((one, at) => one === entries[at])) return read
    entries = read
  }
}

function entriesOfLine(line: string): string[] {
  const found = Array.from(line.matchAll(entry), ([match]) => bare(match)).filter((one) => one !== '')
  const entries = found.flatMap(apart)
  // Beside the address a row of a spreadsheet holds a name, a department, …
  const isRow = line.includes('\t') && entries.some((one) => one.includes('@'))
  return isRow ? entries.filter((one) => one.includes('@')) : entries
}

const bare = (match: string) =>
  match
    .replace(/^[\s,;]+/, '')
    .trim()
    .replace(/^"([^"]*)"$/, '$1')
    .trim()

/** Addresses with nothing but blanks between them. */
function apart(text: string): string[] {
  const words = text.split(/\s+/)
  return words.length > 1 && words.every((word) => word.includes('@') && !word.includes('<')) ? words : [text]
}

/** What would come of each entry. `has` says who has a licence already, as far as that is known here. */
export function checked(text: string, has: (address: Address) => boolean): Checked[] {
  const seen = new Set<Address>()
  return entriesOf(text).map((one) => {
    const address = canonical(one)
    if (typeof address !== 'string') return { text: one, address: null, verdict: address.fault }
    const isTwice = seen.has(address)
    seen.add(address)
    return { text: one, address, verdict: isTwice ? 'twice' : has(address) ? 'has_one' : 'new' }
  })
}

/** What is sent of a checked list. */
export interface Plan {
  /** Each address once, without a name. Of the new ones only so many as are free. */
  send: string[]
  /** New ones, of which each wants a free licence. */
  wanted: number
  /** New ones for which there is none. */
  missing: number
}

/** What can be sent of a list while so many licences are free. */
export function planOf(list: readonly Checked[], free: number): Plan {
  const wanted = list.filter(({ verdict }) => verdict === 'new')
  const fit = new Set(wanted.slice(0, free))
  const send = list.filter((one) => one.verdict === 'has_one' || fit.has(one)).map(({ text }) => withoutName(text))
  return { send, wanted: wanted.length, missing: wanted.length - fit.size }
}

/** The list without what has been sent: nothing else of it is lost. */
export function without(text: string, sent: ReadonlySet<string>): string {
  const isLeft = (one: string) => {
    const address = canonical(one)
    return typeof address !== 'string' || !sent.has(address)
  }
  return entriesOf(text).filter(isLeft).join('\n')
}
