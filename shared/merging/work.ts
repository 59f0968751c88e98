import { Refusal } from '../refusal.ts'

/** What one list may cost: a hundred thousand ordinary rows take a tenth of it. */
const MOST_MS = 60_000
/** Others wait no longer than this, and one row. */
const SLICE_MS = 20

/** The work on one list, measured: it lets others have their turn, and has an end. */
export class Work {
  readonly #now: () => number
  #spentMs = 0
  #restedAt = 0

  /** @param now milliseconds on a clock that nobody sets */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Does a piece of it. */
  do<T>(piece: () => T): T {
    const begun = this.#now()
    try {
      return piece()
    } finally {
      this.#spentMs += this.#now() - begun
    }
  }

  /** Between two pieces. @throws Refusal `body_too_large` when all of it has come to too much */
  async rest(): Promise<void> {
    if (this.#spentMs > MOST_MS)
      throw new Refusal('body_too_large', 'The mails of this list take too long to make: send it in parts.', {
        workSeconds: MOST_MS / 1000,
      })
    if (this.#spentMs - this.#restedAt < SLICE_MS) return
    this.#restedAt = this.#spentMs
    await new Promise((resolve) => setImmediate(resolve))
  }
}
