import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'

/** The lines of a journal. A last line that a kill cut short was never acknowledged, and is left out. */
export function linesOf(path: string): unknown[] {
  const text = readFileSync(path, 'utf8')
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  return whole
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

/** A file of JSON lines that is only ever appended to. What `append` has returned from survives a kill -9. */
export class Journal {
  readonly path: string
  #file: number

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true })
    this.path = path
    this.#file = openSync(path, 'a')
  }

  append(line: string): void {
    appendFileSync(this.#file, `${line}\n`)
  }

  /** Puts these lines in the place of all that was written; a kill leaves the old ones or the new ones. */
  rewrite(lines: string[]): void {
    const aside = `${this.path}.new`
    writeFileSync(aside, lines.map((line) => `${line}\n`).join(''))
    renameSync(aside, this.path)
    closeSync(this.#file)
    this.#file = openSync(this.path, 'a')
  }

  close(): void {
    closeSync(this.#file)
  }

  /** Closes and deletes the file. */
  remove(): void {
    this.close()
    rmSync(this.path)
  }
}
