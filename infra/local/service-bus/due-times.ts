import { dueTime, type Stored } from './stored.ts'

/** Remembers when something is next due among the messages of a queue, so that asking is cheap while nothing is. */
export class DueTimes {
  #next = Number.NEGATIVE_INFINITY

  /** Takes a message that came, or whose time changed, into account. */
  note(message: Stored): void {
    this.#next = Math.min(this.#next, dueTime(message))
  }

  /** Of all messages those that something is due with by now, first things first. */
  due(messages: Iterable<Stored>, now: number): Stored[] {
    if (now < this.#next) return []
    this.#next = Number.POSITIVE_INFINITY
    const due: Stored[] = []
    for (const message of messages) {
      if (dueTime(message) <= now) due.push(message)
      else this.note(message)
    }
    return due.sort((a, b) => dueTime(a) - dueTime(b))
  }
}
