import type { AmqpError, Sender } from 'rhea'
import { Deliveries, unsupported } from './deliveries.ts'
import type { Queue } from './queue.ts'
import { SessionLinks, sessionFilter } from './session-links.ts'
import type { SubQueue } from './stored.ts'

/** Hands the messages of one queue out: to its receivers in turn or, when it has sessions, session by session. */
export class Outlet {
  /** Undefined for a queue without sessions. */
  readonly sessions: SessionLinks | undefined
  readonly #plain: Record<SubQueue, Deliveries>

  constructor(queue: Queue) {
    this.sessions = queue.sessions && new SessionLinks(queue, queue.sessions)
    this.#plain = {
      main: new Deliveries(queue, () => queue.take('main')),
      deadLetter: new Deliveries(queue, () => queue.take('deadLetter')),
    }
    // Later, so that a queue in the middle of a change is never asked for its next message.
    queue.onReady = (subQueue) => queueMicrotask(() => (this.#sessionsOf(subQueue) ?? this.#plain[subQueue]).pump())
  }

  /** Begins to serve a receiver that has just attached; closes it when it may not receive like that from here. */
  serve(subQueue: SubQueue, link: Sender, filter: object = {}): void {
    const { [sessionFilter]: wanted, ...others } = filter as Record<string, string | null | undefined>
    const sessions = this.#sessionsOf(subQueue)
    if (Object.keys(others).length > 0) link.close(unsupported('A filter other than that of sessions'))
    else if (sessionFilter in filter !== (sessions !== undefined)) link.close(sessions ? needsSession : hasNoSessions)
    else if (sessions) sessions.open(link, wanted ?? null)
    else this.#plain[subQueue].serve(link)
  }

  /** The dead letters of a queue with sessions are received like those of any other. */
  #sessionsOf = (subQueue: SubQueue): SessionLinks | undefined => (subQueue === 'main' ? this.sessions : undefined)
}

const needsSession: AmqpError = {
  condition: 'amqp:not-allowed',
  description: 'It is not possible for an entity that requires sessions to create a non-sessionful message receiver.',
}
const hasNoSessions: AmqpError = {
  condition: 'amqp:not-allowed',
  description: 'A sessionful message receiver cannot be created on an entity that does not require sessions.',
}
