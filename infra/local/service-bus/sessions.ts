import type { Queue } from './queue.ts'

/** A session that somebody holds, and in ms since 1970 until when. */
export type Session = { readonly id: string; until: number }

/**
 * Who holds which session of a queue: the rules, without any protocol.
 *
 * A session is all messages with one id, present and future. It is held by one receiver at a time; nothing of it is
 * written down, because it ends with its holder's connection.
 */
export class Sessions {
  /** Called when the time of a session that was not renewed is over. */
  onExpired: (session: Session) => void = () => {}
  readonly #queue: Queue
  readonly #now: () => Date
  readonly #held = new Map<string, Session>()

  constructor(queue: Queue, now: () => Date) {
    this.#queue = queue
    this.#now = now
  }

  /**
   * Gives a receiver the session with this id, or by null the next one: that of the oldest message that can be received.
   * Undefined when it is held, or when there is none.
   */
  accept(wanted: string | null): Session | undefined {
    this.#queue.sweep()
    const free = (id: string | null) => id !== null && !this.#held.has(id)
    const id = wanted ?? this.#queue.readyIn(free)?.sessionId ?? null
    if (id === null || !free(id)) return undefined
    const session = { id, until: this.#end() }
    this.#held.set(id, session)
    return session
  }

  /** Whether this session has not ended. */
  holds(session: Session): boolean {
    this.#queue.sweep()
    return this.#held.get(session.id) === session
  }

  /** Prolongs a session; returns when it now ends, undefined when it has ended before. */
  renew(session: Session): number | undefined {
    if (!this.holds(session)) return undefined
    session.until = this.#end()
    this.#queue.prolong(session)
    return session.until
  }

  /** Ends a session; what its holder has not settled is given back as failed. */
  end(session: Session): void {
    if (this.#held.get(session.id) !== session) return
    this.#held.delete(session.id)
    this.#queue.giveBack(session)
  }

  /** Ends the sessions whose time is over. */
  sweep(): void {
    const now = this.#now().getTime()
    for (const session of [...this.#held.values()].filter(({ until }) => until <= now)) {
      this.end(session)
      this.onExpired(session)
    }
  }

  #end = (): number => this.#now().getTime() + this.#queue.limits.lockSeconds * 1000
}
