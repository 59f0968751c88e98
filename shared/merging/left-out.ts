import type { Campaign } from './campaign.ts'
import type { Content } from './content.ts'
import type { RowFault } from './row-line.ts'
import type { RowProblem } from './template/problem.ts'

/** A line of a list that is not sent. */
export interface LeftOut {
  /** Which one, counted from 1; null for a row that could be read, whose number is enough. */
  line: number | null
  row: number | null
  to: string | null
  why: RowFault | RowProblem['code']
  /** The member, column or field it is about. */
  about: string | null
}

type Listed = Pick<Campaign, 'campaignId' | 'list'>

/** Lines that stand together; no more are held while a list comes in. */
const TOGETHER = 2_500

const noteOf = (part: number): string => `left-out.${part}`

/** Stores the lines that are left out of a list, beside it, as they are met. */
export class LeftOutLines {
  readonly #content: Content
  readonly #listed: Listed
  #waiting: LeftOut[] = []
  #part = 0

  constructor(content: Content, listed: Listed) {
    this.#content = content
    this.#listed = listed
  }

  async add(line: LeftOut): Promise<void> {
    this.#waiting.push(line)
    if (this.#waiting.length === TOGETHER) await this.end()
  }

  /** No more come. */
  async end(): Promise<void> {
    if (this.#waiting.length > 0) await this.#content.putNote(this.#listed, noteOf(this.#part), this.#waiting)
    this.#part += 1
    this.#waiting = []
  }
}

/** So many of them, those behind the first `after`; none when the list is not there any more. */
export async function leftOutLines(content: Content, listed: Listed, after: number, most: number): Promise<LeftOut[]> {
  const first = Math.floor(after / TOGETHER)
  const last = Math.floor((after + most - 1) / TOGETHER)
  const parts = Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => noteOf(first + at))
  const notes = await Promise.all(parts.map((name) => content.note<LeftOut[]>(listed, name)))
  const from = after - first * TOGETHER
  return notes.flatMap((lines) => lines ?? []).slice(from, from + most)
}
