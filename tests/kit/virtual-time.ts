interface Sleeper {
  at: number
  order: number
  go: () => void
}

const isSooner = (a: Sleeper, b: Sleeper): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)

/** Time that passes as fast as it can: whoever sleeps is woken in turn, when nobody has anything to do any more. */
export class VirtualTime {
  #now: number
  #sleeping: Sleeper[] = []
  #order = 0

  constructor(start: number) {
    this.#now = start
  }

  get ms(): number {
    return this.#now
  }

  now = (): Date => new Date(this.#now)

  sleep = (ms: number): Promise<void> =>
    new Promise((go) => {
      this.#order += 1
      this.#sleeping.push({ at: this.#now + Math.max(0, ms), order: this.#order, go })
    })

  /** Lets time pass until then, or until nobody sleeps. */
  async run(until: number): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve))
      let next: Sleeper | undefined
      for (const one of this.#sleeping) if (!next || isSooner(one, next)) next = one
      if (!next || next.at > until) return
      this.#sleeping.splice(this.#sleeping.indexOf(next), 1)
      this.#now = Math.max(this.#now, next.at)
      next.go()
    }
  }
}
