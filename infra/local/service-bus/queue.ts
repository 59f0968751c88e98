import { randomUUID } from 'node:crypto'
import { DueTimes } from './due-times.ts'
import type { QueueJournal } from './journal.ts'
import { ReadyList } from './ready-list.ts'
import { type Session, Sessions } from './sessions.ts'
import {
  type Arrival,
  type DeadLetter,
  failure,
  newMessage,
  type QueueLimits,
  type Stored,
  type SubQueue,
  subQueueOf,
} from './stored.ts'

/**
 * One queue with its dead-letter sub-queue: the broker's rules, without any protocol.
 *
 * Every change is in the journal before the method returns, so that what was answered survives a kill.
 */
export class Queue {
  readonly name: string
  readonly limits: QueueLimits
  /** Who holds which session; undefined for a queue without sessions. The dead-letter sub-queue never has any. */
  readonly sessions: Sessions | undefined
  /** Called whenever a sub-queue has something to receive. */
  onReady: (subQueue: SubQueue) => void = () => {}
  readonly #now: () => Date
  readonly #journal: QueueJournal
  readonly #messages = new Map<number, Stored>()
  readonly #locked = new Map<string, Stored>()
  readonly #ready = { main: new ReadyList(), deadLetter: new ReadyList() }
  readonly #dueTimes = new DueTimes()
  #nextNumber: number

  constructor(name: string, limits: QueueLimits, journal: QueueJournal, now: () => Date) {
    this.name = name
    this.limits = limits
    this.#journal = journal
    this.#now = now
    this.#nextNumber = journal.lastNumber + 1
    this.sessions = limits.sessions ? new Sessions(this, now) : undefined
    for (const message of journal.messages) this.#adopt(message)
  }

  /** Takes a message in; returns its sequence number. It is scheduled if its time is still to come. */
  accept(arrival: Arrival): number {
    const message = newMessage(arrival, this.#nextNumber++, this.#now().getTime(), this.limits)
    this.#journal.add(message)
    this.#adopt(message)
    return message.sequenceNumber
  }

  /** A sequence number that no message will ever have: what a sender is told about a message that a fault loses. */
  forgottenNumber = (): number => this.#nextNumber++

  /** Locks the first message of a sub-queue, or of a session that is held, for a receiver; undefined if there is none. */
  take(subQueue: SubQueue, session?: Session): Stored | undefined {
    this.sweep()
    const message = this.#ready[subQueue].shift(session?.id)
    if (!message) return undefined
    message.lock = { token: randomUUID(), until: session?.until ?? this.#lockEnd() }
    this.#locked.set(message.lock.token, message)
    this.#changed(message)
    return message
  }

  /** Removes the message with this lock for good; false when the lock is lost. */
  complete = (token: string): boolean => done(this.#held(token), (message) => this.#drop(message))

  /** Gives the message with this lock back after a failed delivery; false when the lock is lost. */
  abandon = (token: string): boolean => done(this.#held(token), (message) => this.#fail(message))

  /** Sets the message with this lock aside; false when the lock is lost. */
  deadLetter = (token: string, deadLetter: DeadLetter): boolean =>
    done(this.#held(token), (message) => this.#putBack(message, { deadLetter }))

  /** Prolongs a lock; returns when it now ends, undefined when it is lost. */
  renew(token: string): number | undefined {
    const message = this.#held(token)
    if (!message?.lock) return undefined
    message.lock = { token, until: this.#lockEnd() }
    this.#changed(message)
    return message.lock.until
  }

  /** The first message, of those that can be received now, whose session fits. */
  readyIn = (fits: (sessionId: string | null) => boolean): Stored | undefined =>
    this.#ready.main.find(({ sessionId }) => fits(sessionId))

  /** Lets the locks of a session's messages end with the session. */
  prolong(session: Session): void {
    for (const message of this.#lockedIn(session)) {
      message.lock = { ...message.lock!, until: session.until }
      this.#changed(message)
    }
  }

  /** Gives back all of a session that is not settled, as failed deliveries. */
  giveBack = (session: Session): void => this.#lockedIn(session).forEach((message) => void this.#fail(message))

  /** The messages of a sub-queue, or of a session, from a sequence number on, in order, whatever their state. */
  peek(subQueue: SubQueue, from: number, count: number, sessionId?: string): Stored[] {
    this.sweep()
    return [...this.#messages.values()]
      .filter((message) => subQueueOf(message) === subQueue && message.sequenceNumber >= from)
      .filter((message) => sessionId === undefined || message.sessionId === sessionId)
      .sort((a, b) => a.sequenceNumber - b.sequenceNumber)
      .slice(0, count)
  }

  /** Takes scheduled messages back, all or none; false when one of them is not, or no longer, scheduled. */
  cancel(sequenceNumbers: number[]): boolean {
    this.sweep()
    const found = sequenceNumbers.map((number) => this.#find(number)).filter((one) => one && one.scheduledFor !== null)
    if (found.length < sequenceNumbers.length) return false
    for (const message of found) this.#drop(message as Stored)
    return true
  }

  /** Removes any message by hand, locked or not; false when there is none with this sequence number. */
  remove = (sequenceNumber: number): boolean => done(this.#find(sequenceNumber), (message) => this.#drop(message))

  /** Puts all dead letters that nobody holds at the end of the queue, as if just sent; returns how many. */
  resendDeadLetters(): number {
    const all = this.peek('deadLetter', 0, Number.POSITIVE_INFINITY).filter((message) => !message.lock)
    for (const message of all) {
      this.#ready.deadLetter.remove(message)
      this.#putBack(message, { deadLetter: null, deliveryCount: 0, ...this.#atTheEnd() })
    }
    return all.length
  }

  /** Does what is due by now: scheduled messages become active, locks and lives end. Cheap when nothing is. */
  sweep(): void {
    this.sessions?.sweep()
    for (const message of this.#dueTimes.due(this.#messages.values(), this.#now().getTime())) {
      if (message.lock) this.#fail(message)
      else if (message.scheduledFor !== null) this.#putBack(message, { scheduledFor: null, ...this.#atTheEnd() })
      else this.#drop(message)
    }
  }

  #adopt(message: Stored): void {
    this.#messages.set(message.key, message)
    // Nobody holds a session through a restart: connections are lost, and sessions end with them.
    if (message.lock && this.#inSession(message)) message.lock.until = 0
    if (message.lock) this.#locked.set(message.lock.token, message)
    else if (message.scheduledFor === null) this.#makeReady(message)
    this.#dueTimes.note(message)
  }

  #fail = (message: Stored): void => this.#putBack(message, failure(message, this.limits))

  #putBack(message: Stored, change: Partial<Stored>): void {
    if (message.lock) this.#locked.delete(message.lock.token)
    Object.assign(message, change, { lock: null })
    this.#changed(message)
    this.#makeReady(message)
  }

  #makeReady(message: Stored): void {
    this.#ready[subQueueOf(message)].add(message)
    this.onReady(subQueueOf(message))
  }

  #drop(message: Stored): void {
    this.#messages.delete(message.key)
    if (message.lock) this.#locked.delete(message.lock.token)
    else this.#ready[subQueueOf(message)].remove(message)
    this.#journal.drop(message.key)
  }

  #changed(message: Stored): void {
    this.#journal.change(message)
    this.#dueTimes.note(message)
  }

  #held(token: string): Stored | undefined {
    this.sweep()
    return this.#locked.get(token)
  }

  #inSession = (message: Stored): boolean => this.sessions !== undefined && subQueueOf(message) === 'main'
  #lockedIn = ({ id }: Session): Stored[] =>
    [...this.#locked.values()].filter((message) => this.#inSession(message) && message.sessionId === id)
  #find = (sequenceNumber: number): Stored | undefined =>
    [...this.#messages.values()].find((message) => message.sequenceNumber === sequenceNumber)
  #lockEnd = (): number => this.#now().getTime() + this.limits.lockSeconds * 1000
  #atTheEnd = () => ({ sequenceNumber: this.#nextNumber++, enqueuedAt: this.#now().getTime() })
}

/** Does something with a message, if there is one; says whether there is. */
function done(message: Stored | undefined, act: (message: Stored) => void): boolean {
  if (message) act(message)
  return message !== undefined
}
