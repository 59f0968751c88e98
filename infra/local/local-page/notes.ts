/** What was done on the page, and how it ended. */
export interface Note {
  at: string
  text: string
  /** An answer in full, as JSON. */
  detail?: string
}

const shown = 5

/** The newest few things that were done; all who look at the page see the same ones. */
export class Notes {
  #notes: Note[] = []

  add(note: Note): void {
    this.#notes = [note, ...this.#notes].slice(0, shown)
  }

  list = (): Note[] => this.#notes
}

/** A sentence with its gaps filled: `{name}` by `gaps.name`, `{count|mail|mails}` by a number and what it counts. */
export const filled = (sentence: string, gaps: Record<string, unknown>): string =>
  sentence.replace(/\{(\w+)(?:\|([^|{}]+)\|([^|{}]+))?\}/g, (gap, name: string, one?: string, many?: string) => {
    const value = gaps[name] ?? gap
    return one === undefined ? String(value) : `${value} ${Number(value) === 1 ? one : many}`
  })
