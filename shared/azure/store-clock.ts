/** An answer is dated in whole seconds; what differs by more than this has been moved. */
const MOVED_MS = 5_000

/**
 * The clock of a store, learnt from the dates of its answers: what several hosts agree on, whatever their own clocks say
 * (E2). Between answers it goes on by the monotonic clock of this host. It lags by the resolution of a date and the way
 * of an answer, at first by a second at most.
 */
export class StoreClock {
  readonly #monotonic: () => number
  /** Store's time less our monotonic time: the greatest that answers have proved. */
  #ahead: number | undefined

  constructor(monotonic: () => number = () => performance.now()) {
    this.#monotonic = monotonic
  }

  /** Takes in the date of an answer that has just come. */
  heard(date: string | undefined): void {
    const at = Date.parse(date ?? '')
    if (Number.isNaN(at)) return
    const ahead = at - this.#monotonic()
    // A date is cut to its second, so it never says too much: the latest proof wins, unless the clock was set back.
    if (this.#ahead === undefined || ahead > this.#ahead || ahead < this.#ahead - MOVED_MS) this.#ahead = ahead
  }

  /** @throws Error before the first answer */
  now(): Date {
    if (this.#ahead === undefined) throw new Error('The store has not been heard yet')
    return new Date(this.#ahead + this.#monotonic())
  }
}
