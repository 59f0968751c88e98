import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A file of lines: each says what one thing is from then on, or, without a value, that it is no more. */
export class Journal {
  readonly #path: string
  #unsaved = ''

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true })
    this.#path = join(folder, 'graph.jsonl')
  }

  /** What was written last of each thing, by `kind id`, in the order in which they were first written. */
  read(): Map<string, unknown> {
    const things = new Map<string, unknown>()
    if (!existsSync(this.#path)) return things
    const bytes = readFileSync(this.#path)
    for (let from = 0; from < bytes.length; ) {
      const end = bytes.indexOf('\n', from)
      // A kill cut the last line off: nobody was told of what it says.
      if (end === -1) break
      const [key, value] = JSON.parse(bytes.toString('utf8', from, end)) as [string, unknown]
      if (value === null) things.delete(key)
      else things.set(key, value)
      from = end + 1
    }
    return things
  }

  /** Notes what a thing is; null: it is no more. */
  note(key: string, value: object | null): void {
    this.#unsaved += `${JSON.stringify([key, value])}\n`
  }

  /** Writes what was noted since. */
  save(): void {
    if (this.#unsaved !== '') appendFileSync(this.#path, this.#unsaved, { mode: 0o600 })
    this.#unsaved = ''
  }

  /** Only these, from now on. */
  rewrite(things: Map<string, unknown>): void {
    const aside = `${this.#path}.new`
    writeFileSync(aside, '', { mode: 0o600 })
    for (const entry of things) appendFileSync(aside, `${JSON.stringify(entry)}\n`)
    renameSync(aside, this.#path)
  }
}
