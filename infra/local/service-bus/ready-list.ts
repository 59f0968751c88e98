import type { Stored } from './stored.ts'

/** The messages that may be received next, in order of their sequence numbers. */
export class ReadyList {
  readonly #messages: Stored[] = []

  /** Puts a message at its place; a message that was given back goes before all later ones. */
  add(message: Stored): void {
    this.#messages.splice(this.#placeOf(message), 0, message)
  }

  /** The first message that fits; it stays here. */
  find(fits: (message: Stored) => boolean): Stored | undefined {
    return this.#messages.find(fits)
  }

  /** Takes the first message out; of one session, if one is named. */
  shift(sessionId?: string): Stored | undefined {
    if (sessionId === undefined) return this.#messages.shift()
    const place = this.#messages.findIndex((message) => message.sessionId === sessionId)
    return place < 0 ? undefined : this.#messages.splice(place, 1)[0]
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
