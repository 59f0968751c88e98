import { setClockOffset } from '../../infra/local/clock.ts'

const STEP_MS = 5
/** A process that stood still makes no time pass: what others did in it was not slow, nobody could see it. */
const LONGEST_STEP_MS = 25

/** A clock that runs `rate` times as fast as ours, is moved at will, and is told to processes by files. */
export class FastClock {
  readonly rate: number
  readonly #files = new Map<string, number>()
  #at = Date.now()
  #seen = performance.now()
  #told = 0
  readonly #running: NodeJS.Timeout
  /** While it does not hurry, it goes as ours does. */
  hurries: () => boolean = () => true

  constructor(rate: number) {
    this.rate = rate
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
    const ms = Math.min(performance.now() - this.#seen, LONGEST_STEP_MS)
    return this.hurries() ? ms * this.rate : ms
  }

  #step(): void {
    this.#at += this.#since()
    this.#seen = performance.now()
    if (this.#seen - this.#told >= 4 * STEP_MS) this.#tell()
  }

  #tell(): void {
    this.#told = performance.now()
    const offset = this.now().getTime() - Date.now()
    for (const [file, skewMs] of this.#files) setClockOffset(file, offset + skewMs)
  }
}
