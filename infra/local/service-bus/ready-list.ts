import type { Stored } from './stored.ts'

/** The messages that may be received next, in order of their sequence numbers. */
export class ReadyList {
  readonly #messages: Stored[] = []

  /** Puts a message at its place; a message that was given back goes before all later ones. */
  add(message: Stored): void {
    this.#messages.splice(this.#placeOf(message), 0, message)
  }

  /** Takes the first message out. */
  shift(): Stored | undefined {
    return this.#messages.shift()
  }

  /** Takes one message out, wherever it is; does nothing when it is not here. */
  remove(message: Stored): void {
    const place = this.#placeOf(message)
    if (this.#messages[place] === message) this.#messages.splice(place, 1)
  }

  #placeOf({ sequenceNumber }: Stored): number {
    let [low, high] = [0, this.#messages.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#messages[middle]!.sequenceNumber < sequenceNumber) low = middle + 1
      else high = middle
    }
    return low
  }
}
