import { GraphError } from './graph-error.ts'
import type { Delivery } from './store.ts'

/** What Microsoft documents for one mailbox, over all apps (product reference 4.1, 4.3). Tests may set it lower. */
export const documented = {
  /** Requests at a time. */
  concurrent: 4,
  /** Requests in ten minutes. */
  requests: 10_000,
  /** Bytes of PATCH, POST and PUT in five minutes. */
  bytes: 150 * 1024 * 1024,
  /** Mails in a minute. More are accepted, and go out later. */
  mails: 30,
  /** Addressed recipients in 24 hours. */
  recipients: 10_000,
  /** Recipients of one mail. */
  recipientsOfOne: 500,
}

/** A mail that was accepted although its mailbox had sent enough in that minute. */
export interface TooFast {
  mailbox: string
  stamp: string | null
  /** ms */
  at: number
  /** Mails of the minute that ended with it. */
  inMinute: number
}

const minute = 60_000
const day = 24 * 60 * minute
// The day limit has been reported with each of these: who reads the status and not the code is caught.
const statuses = [400, 403, 429]

/** The documented limits, on the machine's clock, counted for the mailbox of the account that asks. */
export class Limits {
  readonly most: typeof documented = { ...documented }
  readonly tooFast: TooFast[] = []
  readonly #now: () => Date
  readonly #inFlight = new Map<string, number>()
  readonly #peak = new Map<string, number>()
  readonly #requests = new Windows(10 * minute, 1_000)
  readonly #bytes = new Windows(5 * minute, 1_000)
  readonly #mails = new Windows(minute, 0)
  readonly #recipients = new Windows(day, 1_000)
  #refusals = 0

  constructor(now: () => Date, delivered: readonly Delivery[]) {
    this.#now = now
    for (const delivery of delivered) this.#count(delivery)
  }

  /** The most requests of a mailbox that were answered at one time so far. */
  peakOf = (mailbox: string): number => this.#peak.get(mailbox) ?? 0

  /** Lets a request in; to be ended by what it returns. @throws GraphError 429 */
  enter(mailbox: string): () => void {
    const running = (this.#inFlight.get(mailbox) ?? 0) + 1
    if (running > this.most.concurrent) throw throttled('MailboxConcurrency', null)
    const at = this.#now().getTime()
    const wait = this.#requests.waitFor(mailbox, this.most.requests, at)
    if (wait > 0) throw throttled('MailboxRequestCount', wait)
    this.#requests.add(mailbox, 1, at)
    this.#inFlight.set(mailbox, running)
    this.#peak.set(mailbox, Math.max(running, this.peakOf(mailbox)))
    return () => this.#inFlight.set(mailbox, (this.#inFlight.get(mailbox) ?? 1) - 1)
  }

  /** Counts the body of a request. @throws GraphError 429 */
  upload(mailbox: string, bytes: number): void {
    const at = this.#now().getTime()
    const wait = this.#bytes.waitFor(mailbox, this.most.bytes - bytes + 1, at)
    if (wait > 0) throw throttled('MailboxUploadBytes', wait)
    this.#bytes.add(mailbox, bytes, at)
  }

  /** @throws GraphError when a mail with so many recipients is too much for the day */
  checkDay(mailbox: string, recipients: number): void {
    if (this.#recipients.sum(mailbox, this.#now().getTime()) + recipients <= this.most.recipients) return
    const status = statuses[this.#refusals % statuses.length] as number
    this.#refusals += 1
    throw new GraphError(status, 'ErrorExceededMessageLimit', 'The mailbox has sent to too many recipients for now.')
  }

  /** Counts a mail that is accepted. */
  accept(delivery: Delivery): void {
    this.#count(delivery)
    const { mailbox, stamp, at } = delivery
    const inMinute = this.#mails.sum(mailbox, at)
    if (inMinute > this.most.mails) this.tooFast.push({ mailbox, stamp, at, inMinute })
  }

  /** Counts recipients of the person's own mail, which no app has sent. */
  ownMail(mailbox: string, recipients: number): void {
    this.#recipients.add(mailbox, recipients, this.#now().getTime())
  }

  #count({ mailbox, to, cc, bcc, at }: Delivery): void {
    this.#mails.add(mailbox, 1, at)
    this.#recipients.add(mailbox, to.length + cc.length + bcc.length, at)
  }
}

function throttled(limit: string, waitMs: number | null): GraphError {
  const headers: Record<string, string> = waitMs === null ? {} : { 'Retry-After': String(Math.ceil(waitMs / 1000)) }
  return new GraphError(429, 'ApplicationThrottled', `Application is over its ${limit} limit.`, headers)
}

/** Amounts of a sliding window, for each mailbox. */
class Windows {
  readonly #lengthMs: number
  readonly #grainMs: number
  readonly #of = new Map<string, { entries: { at: number; amount: number }[]; sum: number }>()

  /** @param grainMs amounts this close together are one, of the time of the last */
  constructor(lengthMs: number, grainMs: number) {
    this.#lengthMs = lengthMs
    this.#grainMs = grainMs
  }

  add(mailbox: string, amount: number, at: number): void {
    const window = this.#within(mailbox, at)
    const last = window.entries.at(-1)
    if (last && at - last.at < this.#grainMs) Object.assign(last, { at, amount: last.amount + amount })
    else window.entries.push({ at, amount })
    window.sum += amount
  }

  sum = (mailbox: string, at: number): number => this.#within(mailbox, at).sum

  /** How long until less than `most` is left; 0 when it is so now. */
  waitFor(mailbox: string, most: number, at: number): number {
    const { entries, sum } = this.#within(mailbox, at)
    let left = sum
    for (const entry of entries) {
      if (left < most) return 0
      left -= entry.amount
      if (left < most) return entry.at + this.#lengthMs - at
    }
    return left < most ? 0 : this.#lengthMs
  }

  #within(mailbox: string, at: number) {
    const window = this.#of.get(mailbox) ?? { entries: [], sum: 0 }
    this.#of.set(mailbox, window)
    const { entries } = window
    // What lies ahead is of a clock that was set back since: it has not been yet.
    while ((entries.at(-1)?.at ?? 0) > at) window.sum -= entries.pop()?.amount ?? 0
    const first = entries.findIndex((entry) => entry.at > at - this.#lengthMs)
    const over = entries.splice(0, first === -1 ? entries.length : first)
    for (const { amount } of over) window.sum -= amount
    return window
  }
}
