import { randomUUID } from 'node:crypto'
import type { QueueJournal } from './journal.ts'
import { ReadyList } from './ready-list.ts'
import {
  type Arrival,
  type DeadLetter,
  dueTime,
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
  /** Called whenever a sub-queue has something to receive. */
  onReady: (subQueue: SubQueue) => void = () => {}
  readonly #now: () => Date
  readonly #journal: QueueJournal
  readonly #messages = new Map<number, Stored>()
  readonly #locked = new Map<string, Stored>()
  readonly #ready = { main: new ReadyList(), deadLetter: new ReadyList() }
  #nextNumber: number
  #nextDue = Number.NEGATIVE_INFINITY

  constructor(name: string, limits: QueueLimits, journal: QueueJournal, now: () => Date) {
    this.name = name
    this.limits = limits
    this.#journal = journal
    this.#now = now
    this.#nextNumber = journal.lastNumber + 1
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

  /** Locks the first message of a sub-queue for a receiver; undefined when there is none. */
  take(subQueue: SubQueue): Stored | undefined {
    this.sweep()
    const message = this.#ready[subQueue].shift()
    if (!message) return undefined
    message.lock = { token: randomUUID(), until: this.#lockEnd() }
    this.#locked.set(message.lock.token, message)
    this.#changed(message)
    return message
  }

  /** Removes the message with this lock for good; false when the lock is lost. */
  complete(token: string): boolean {
    const message = this.#held(token)
    if (message) this.#drop(message)
    return message !== undefined
  }

  /** Gives the message with this lock back after a failed delivery; false when the lock is lost. */
  abandon(token: string): boolean {
    const message = this.#held(token)
    if (message) this.#giveBack(message)
    return message !== undefined
  }

  /** Sets the message with this lock aside; false when the lock is lost. */
  deadLetter(token: string, deadLetter: DeadLetter): boolean {
    const message = this.#held(token)
    if (message) this.#putBack(message, { deadLetter })
    return message !== undefined
  }

  /** Prolongs a lock; returns when it now ends, undefined when it is lost. */
  renew(token: string): number | undefined {
    const message = this.#held(token)
    if (!message?.lock) return undefined
    message.lock = { token, until: this.#lockEnd() }
    this.#changed(message)
    return message.lock.until
  }

  /** The messages of a sub-queue from a sequence number on, in order, whatever their state. */
  peek(subQueue: SubQueue, from: number, count: number): Stored[] {
    this.sweep()
    return [...this.#messages.values()]
      .filter((message) => subQueueOf(message) === subQueue && message.sequenceNumber >= from)
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
  remove(sequenceNumber: number): boolean {
    const message = this.#find(sequenceNumber)
    if (message) this.#drop(message)
    return message !== undefined
  }

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
    const now = this.#now().getTime()
    if (now < this.#nextDue) return
    this.#nextDue = Number.POSITIVE_INFINITY
    const due: Stored[] = []
    for (const message of this.#messages.values()) {
      if (dueTime(message) <= now) due.push(message)
      else this.#wakeFor(message)
    }
    for (const message of due.sort((a, b) => dueTime(a) - dueTime(b))) {
      if (message.lock) this.#giveBack(message)
      else if (message.scheduledFor !== null) this.#putBack(message, { scheduledFor: null, ...this.#atTheEnd() })
      else this.#drop(message)
    }
  }

  #adopt(message: Stored): void {
    this.#messages.set(message.key, message)
    if (message.lock) this.#locked.set(message.lock.token, message)
    else if (message.scheduledFor === null) this.#makeReady(message)
    this.#wakeFor(message)
  }

  #giveBack(message: Stored): void {
    const deliveryCount = message.deliveryCount + 1
    const spent = !message.deadLetter && deliveryCount >= this.limits.maxDeliveryCount
    const description = `The message was given back or its lock ran out ${deliveryCount} times.`
    this.#putBack(
      message,
      spent ? { deliveryCount, deadLetter: { reason: 'MaxDeliveryCountExceeded', description } } : { deliveryCount },
    )
  }

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
    this.#wakeFor(message)
  }

  #held(token: string): Stored | undefined {
    this.sweep()
    return this.#locked.get(token)
  }

  #find = (sequenceNumber: number): Stored | undefined =>
    [...this.#messages.values()].find((message) => message.sequenceNumber === sequenceNumber)
  #lockEnd = (): number => this.#now().getTime() + this.limits.lockSeconds * 1000
  #atTheEnd = () => ({ sequenceNumber: this.#nextNumber++, enqueuedAt: this.#now().getTime() })

  #wakeFor(message: Stored): void {
    this.#nextDue = Math.min(this.#nextDue, dueTime(message))
  }
}
