/** HTTP invocations of one Function App that run at once: what Flex Consumption gives an instance of 2 GB. */
const AT_ONCE = 16

/**
 * Lets each Function App run so many requests at once and no more; the others wait in the order they came. On one
 * machine all of them share a process: without this a crowd at one service would hold up every other.
 */
export class Lanes {
  readonly #running = new Map<string, number>()
  readonly #waiting = new Map<string, (() => void)[]>()

  /** Runs `work` when its service has a place free. */
  async run<T>(service: string, work: () => Promise<T>): Promise<T> {
    const running = this.#running.get(service) ?? 0
    if (running < AT_ONCE) this.#running.set(service, running + 1)
    else await new Promise<void>((go) => this.#line(service).push(go))
    try {
      return await work()
    } finally {
      const next = this.#line(service).shift()
      // Whoever waits longest takes the place over; the count stays.
      if (next) next()
      else this.#running.set(service, (this.#running.get(service) ?? 1) - 1)
    }
  }

  #line(service: string): (() => void)[] {
    const line = this.#waiting.get(service) ?? []
    this.#waiting.set(service, line)
    return line
  }
}
