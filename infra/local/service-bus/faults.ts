/** What can be made to go wrong with the next sends to a queue. */
export const faultKinds = ['lose', 'double', 'delay', 'refuse', 'drop_connection'] as const

/** One of `faultKinds`. */
export type FaultKind = (typeof faultKinds)[number]

/** A fault that strikes the next `times` sends to `queue`; `delayMs` is for `delay`. */
export type Fault = { queue: string; do: FaultKind; times: number; delayMs: number }

/** The faults that are still to come, in the order in which they were asked for. */
export class Faults {
  #waiting: Fault[] = []

  /** Adds a fault behind those that wait. */
  add(fault: Fault): void {
    this.#waiting.push({ ...fault })
  }

  /** Forgets all faults that have not struck yet. */
  clear(): void {
    this.#waiting = []
  }

  /** The faults still to come, with how often each will strike yet. */
  list(): Fault[] {
    return this.#waiting.map((fault) => ({ ...fault }))
  }

  /** The fault that strikes this send to `queue`, counted off; undefined when all goes well. */
  strike(queue: string): Fault | undefined {
    const fault = this.#waiting.find((one) => one.queue === queue)
    if (fault) fault.times -= 1
    this.#waiting = this.#waiting.filter((one) => one.times > 0)
    return fault
  }
}
