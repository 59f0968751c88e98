import { setClockOffset } from '../../infra/local/clock.ts'

const STEP_MS = 5
/** Processes hear so often of it. */
const TELL_MS = 100

/** A clock that runs `rate` times as fast as ours, is moved at will, and is told to processes by files. */
export class FastClock {
  readonly rate: number
  readonly #longestMs: number
  readonly #files = new Map<string, number>()
  #at = Date.now()
  #seen = performance.now()
  #told = 0
  readonly #running: NodeJS.Timeout
  /** While it does not hurry, it goes as ours does. */
  hurries: () => boolean = () => true

  /** @param longestMs while this process stands still for longer, no time passes */
  constructor(rate: number, longestMs = Number.POSITIVE_INFINITY) {
    this.rate = rate
    this.#longestMs = longestMs
    this.#running = setInterval(() => this.#step(), STEP_MS)
  }

  now = (): Date => new Date(this.#at + this.#since())

  advance(ms: number): void {
    this.#at += ms
    this.#tell()
  }

  /** From now on this file tells the time, `skewMs` off. */
  tellIn(file: string, skewMs = 0): void {
    this.#files.set(file, skewMs)
    this.#tell()
  }

  stop(): void {
    clearInterval(this.#running)
  }

  #since(): number {
    const ms = Math.min(performance.now() - this.#seen, this.#longestMs)
    return this.hurries() ? ms * this.rate : ms
  }

  #step(): void {
    this.#at += this.#since()
    this.#seen = performance.now()
    if (this.#seen - this.#told >= TELL_MS) this.#tell()
  }

  #tell(): void {
    this.#told = performance.now()
    const offset = this.now().getTime() - Date.now()
    for (const [file, skewMs] of this.#files) setClockOffset(file, offset + skewMs)
  }
}
