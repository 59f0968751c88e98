import { Refusal } from '../refusal.ts'
import type { Row } from './row.ts'
import { type BadRow, LineReader, ROW_LIMITS, type RowFault } from './row-line.ts'

/** What a line of a list is. */
export type Line = Row | BadRow

/** Whether a line could not be read as a row. */
export const isBad = (line: Line): line is BadRow => 'code' in line

/** Bytes of one line; a row of Excel with every cell full is longer, and nobody's mail. */
export const MOST_LINE_BYTES = 256 * 1024

const NEWLINE = 10
const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Reads a list, JSON lines, piece by piece as it arrives. It holds one line at most, and the numbers of the rows it has
 * seen. Empty lines count as lines and are nothing else; there may be as many of them as rows.
 * @throws Refusal `body_too_large` by the first row that is one too many: who sends a list wants all of it
 */
export class RowReader {
  #reader = new LineReader()
  #line = 0
  #rows = 0
  #empty = 0
  #begun: Uint8Array[] = []
  #begunBytes = 0

  /** The lines that end in a piece. */
  take(piece: Uint8Array): Line[] {
    const lines: Line[] = []
    let from = 0
    for (let end = piece.indexOf(NEWLINE); end !== -1; end = piece.indexOf(NEWLINE, from)) {
      this.#begin(piece.subarray(from, end))
      from = end + 1
      lines.push(...this.end())
    }
    this.#begin(piece.subarray(from))
    return lines
  }

  /** The last line, which needs no end. */
  end(): Line[] {
    const [bytes, length] = [this.#begun, this.#begunBytes]
    this.#begun = []
    this.#begunBytes = 0
    this.#line++
    if (length > MOST_LINE_BYTES) return this.#next(this.#bad('too_long'))
    const text = textOf(bytes)
    if (text === undefined) return this.#next(this.#bad('not_utf8'))
    return text.trim() === '' ? this.#none() : this.#next(this.#reader.read(this.#line, text))
  }

  #none(): Line[] {
    this.#count(++this.#empty)
    return []
  }

  #next(line: Line): Line[] {
    this.#count(++this.#rows)
    return [line]
  }

  #count(lines: number): void {
    const { rows } = ROW_LIMITS
    if (lines <= rows) return
    throw new Refusal('body_too_large', `A list has at most ${rows.toLocaleString('en')} rows: send it in parts.`, {
      rows,
    })
  }

  #begin(bytes: Uint8Array): void {
    // A line without end is counted, not kept.
    this.#begunBytes += bytes.length
    if (this.#begunBytes > MOST_LINE_BYTES) this.#begun = []
    // A copy: whoever hands in pieces may use their memory again.
    else if (bytes.length > 0) this.#begun.push(bytes.slice())
  }

  #bad(code: RowFault): BadRow {
    return { line: this.#line, row: null, code, about: null, to: null }
  }
}

function textOf(pieces: Uint8Array[]): string | undefined {
  const [first = new Uint8Array()] = pieces
  try {
    return utf8.decode(pieces.length > 1 ? Buffer.concat(pieces) : first)
  } catch {
    return undefined
  }
}
