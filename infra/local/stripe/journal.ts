import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Hidden, Thing } from './store.ts'

/** What is kept of one object: as the API shows it, and what it does not show. */
export interface Entry {
  id: string
  thing?: Thing | undefined
  hidden?: Hidden | undefined
}

/** A file of lines in a folder: each says what one object is from then on. The work of writing is that of what changed. */
export class Journal {
  readonly #path: string

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true })
    this.#path = join(folder, 'stripe.jsonl')
  }

  /** All that was written, the latest of each object, in the order in which they were made. */
  read(): Entry[] {
    const entries = new Map<string, Entry>()
    if (!existsSync(this.#path)) return []
    const bytes = readFileSync(this.#path)
    for (let from = 0; from < bytes.length; ) {
      const end = bytes.indexOf('\n', from)
      // A kill cut the last line off: nobody was told of what it says.
      if (end === -1) break
      const entry = JSON.parse(bytes.toString('utf8', from, end)) as Entry
      entries.set(entry.id, entry)
      from = end + 1
    }
    return [...entries.values()]
  }

  append(entries: Iterable<Entry>): void {
    for (const text of blocks(entries)) appendFileSync(this.#path, text, { mode: 0o600 })
  }

  /** Only these, from now on. */
  rewrite(entries: Iterable<Entry>): void {
    const aside = `${this.#path}.new`
    writeFileSync(aside, '', { mode: 0o600 })
    for (const text of blocks(entries)) appendFileSync(aside, text)
    renameSync(aside, this.#path)
  }
}

/** Lines in portions, so that neither one text holds everything nor each line is a write of its own. */
function* blocks(entries: Iterable<Entry>): Generator<string> {
  let text = ''
  for (const entry of entries) {
    text += `${JSON.stringify(entry)}\n`
    if (text.length < 4_000_000) continue
    yield text
    text = ''
  }
  if (text !== '') yield text
}
