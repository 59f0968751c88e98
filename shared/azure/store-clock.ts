/** An answer is dated in whole seconds. */
const DATE_MS = 1_000
/** What differs by more than this has been moved: the machines of a store are not of one mind to the second. */
const MOVED_MS = 4_000

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

  /** The instant at which something is asked, for `heard`. */
  asking(): number {
    return this.#monotonic()
  }

  /**
   * Takes in the date of an answer.
   * @param asked when it was asked for, by `asking`: an answer may be old before anybody looks at it
   */
  heard(date: string | undefined, asked: number): void {
    const at = Date.parse(date ?? '')
    if (Number.isNaN(at)) return
    const ahead = at - this.#monotonic()
    const most = at + DATE_MS - asked
    // A date is cut to its second, so it never says too much: the latest proof wins, unless the clock was set back.
    if (this.#ahead === undefined || ahead > this.#ahead || most < this.#ahead - MOVED_MS) this.#ahead = ahead
  }

  /** @throws Error before the first answer */
  now(): Date {
    if (this.#ahead === undefined) throw new Error('The store has not been heard yet')
    return new Date(this.#ahead + this.#monotonic())
  }
}
