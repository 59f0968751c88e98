import rhea, { type AmqpError, type Connection, type Sender } from 'rhea'
import { Deliveries } from './deliveries.ts'
import type { Queue } from './queue.ts'
import type { Session, Sessions } from './sessions.ts'

/** The filter by which a receiver asks for a session: one that it names, or by null the next one. */
export const sessionFilter = 'com.microsoft:session-filter'

/** The parts of a rhea link that it keeps but does not declare. */
type Link = Sender & {
  state: { local_open: boolean; open_requests: number }
  local: { attach: { properties?: object } }
  session: { is_open(): boolean }
}
type Waiting = { link: Link; timer: NodeJS.Timeout }
type Holder = { link: Link; session: Session; deliveries: Deliveries }

/** How long a receiver waits for the next session when it does not say so itself. */
const patienceMs = 60_000

/** Hands the sessions of a queue out, each to one receiver, and the messages of a session to who holds it. */
export class SessionLinks {
  readonly #queue: Queue
  readonly #sessions: Sessions
  #waiting: Waiting[] = []
  #holders: Holder[] = []

  constructor(queue: Queue, sessions: Sessions) {
    this.#queue = queue
    this.#sessions = sessions
    sessions.onExpired = (session) => queueMicrotask(() => this.#expire(session))
  }

  /** Answers a receiver that has just attached: at once, or when there is a session for it. */
  open(sender: Sender, wanted: string | null): void {
    const link = sender as Link
    const session = this.#sessions.accept(wanted)
    if (session) this.#grant(link, session)
    else if (wanted === null) this.#wait(link)
    else link.close(heldByAnother(wanted))
  }

  /** Gives free sessions to those who wait, in their order, and messages to those who hold theirs. */
  pump(): void {
    while (this.#waiting.length > 0) {
      const session = this.#sessions.accept(null)
      if (!session) break
      const { link, timer } = this.#waiting.shift()!
      clearTimeout(timer)
      this.#grant(link, session)
    }
    for (const { deliveries } of this.#holders) deliveries.pump()
  }

  /** Prolongs the session that this link holds; returns when it now ends, undefined when it holds none of that id. */
  renew(connection: Connection, linkName: unknown, id: string): number | undefined {
    const holder = this.#holders.find(({ link, session }) => session.id === id && link.name === linkName)
    return holder?.link.connection === connection ? this.#sessions.renew(holder.session) : undefined
  }

  /** Ends what was held by links that are gone, and forgets those that waited. */
  releaseClosed(): void {
    for (const { link, timer } of this.#waiting.filter(({ link }) => !isThere(link))) {
      clearTimeout(timer)
      if (link.connection.is_open() && link.session.is_open()) turnAway(link)
    }
    this.#waiting = this.#waiting.filter(({ link }) => isThere(link))
    // Later: rhea tells of settlements that came before the end of their link only after this turn.
    queueMicrotask(() => {
      const gone = this.#holders.filter(({ link }) => !isThere(link))
      this.#holders = this.#holders.filter((holder) => !gone.includes(holder))
      for (const { session } of gone) this.#sessions.end(session)
      if (gone.length > 0) this.pump()
    })
  }

  #wait(link: Link): void {
    holdAnswer(link)
    const asked = (link.properties as Record<string, unknown> | undefined)?.['com.microsoft:timeout']
    // Real time: it is the client that counts, and a jump of the clock must not look to it like an outage.
    const timer = setTimeout(
      () => {
        this.#waiting = this.#waiting.filter((one) => one.link !== link)
        turnAway(link, noSession)
      },
      typeof asked === 'number' ? asked : patienceMs,
    )
    this.#waiting.push({ link, timer })
  }

  #grant(link: Link, session: Session): void {
    link.set_source({ address: link.source.address, filter: { [sessionFilter]: session.id } as never })
    link.local.attach.properties = { 'com.microsoft:locked-until-utc': ticks(session.until) }
    link.open()
    const take = () => (this.#sessions.holds(session) ? this.#queue.take('main', session) : undefined)
    const deliveries = new Deliveries(this.#queue, take, sessionLockLost)
    deliveries.serve(link)
    this.#holders.push({ link, session, deliveries })
  }

  #expire(session: Session): void {
    this.#holders.find((holder) => holder.session === session)?.link.close(sessionLockLost)
    this.#holders = this.#holders.filter((holder) => holder.session !== session)
    this.pump()
  }
}

const isThere = (link: Link): boolean => link.connection.is_open() && link.is_remote_open()

/** rhea answers an attach by itself at the end of this turn. This takes it back: `open` or `turnAway` will answer. */
function holdAnswer({ state }: Link): void {
  state.local_open = false
  state.open_requests -= 1
}

/** Ends a link that has not been answered yet: it has to be opened for that. */
function turnAway(link: Link, error?: AmqpError): void {
  link.open()
  link.close(error)
}

/** A time as the service writes it here: units of 100 ns since the year 1. They are too many for a number. */
function ticks(time: number): object {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(time) * 10_000n + 621_355_968_000_000_000n)
  return rhea.types.wrap_long(bytes)
}

/** The answer to everything that needs a session which has ended. */
export const sessionLockLost: AmqpError = {
  condition: 'com.microsoft:session-lock-lost',
  description: 'The session lock is lost: it ran out, or its link is closed. Accept the session once more.',
}
const heldByAnother = (id: string): AmqpError => ({
  condition: 'com.microsoft:session-cannot-be-locked',
  description: `The requested session '${id}' cannot be accepted. It may be locked by another receiver.`,
})
const noSession: AmqpError = {
  condition: 'com.microsoft:timeout',
  description: 'No session with a message became free within the allocated time.',
}
