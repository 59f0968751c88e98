import { setTimeout as delay } from 'node:timers/promises'
import type { ServiceBusError, ServiceBusSessionReceiver } from '@azure/service-bus'
import { deliver, reporter } from './delivery.ts'
import type { QueueFunction } from './hosted.ts'
import type { Pump, PumpParts } from './queues.ts'

const restMs = 1000
/** How the client says that there was no session to accept: the second word is for an answer that came in two pieces. */
const noneCame = ['ServiceTimeout', 'SessionCannotBeLocked']

/**
 * Receives from a queue with sessions: so many sessions at once, one message of each at a time. A session that is empty
 * for a while is left, and the next one accepted.
 */
export class SessionPump implements Pump {
  readonly #target: QueueFunction
  readonly #parts: PumpParts
  readonly #report: ReturnType<typeof reporter>
  readonly #stopping = new AbortController()
  readonly #served = new Set<Promise<void>>()

  constructor(target: QueueFunction, parts: PumpParts) {
    this.#target = target
    this.#parts = parts
    this.#report = reporter(target)
    for (let place = 0; place < parts.settings.maxConcurrentSessions; place++) void this.#keepServing()
  }

  async drain(): Promise<void> {
    this.#stopping.abort()
    // Whoever still waits for a session takes no message of it.
    await Promise.all(this.#served)
  }

  async #keepServing(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const session = await this.#next()
      if (!session) continue
      const served = this.#serve(session)
      this.#served.add(served)
      await served
      this.#served.delete(served)
    }
  }

  /** The next session; undefined when none had a message in time, or after a rest when the Service Bus is away. */
  async #next(): Promise<ServiceBusSessionReceiver | undefined> {
    const options = { maxAutoLockRenewalDurationInMs: 0, skipParsingBodyAsJson: true }
    try {
      return await this.#parts.client.acceptNextSession(this.#target.queue, options)
    } catch (error) {
      if (noneCame.includes((error as ServiceBusError).code) || this.#stopping.signal.aborted) return undefined
      this.#report('acceptNextSession', error as Error)
      await delay(restMs, undefined, { signal: this.#stopping.signal }).catch(() => {})
      return undefined
    }
  }

  /** Handles the messages of a session until there are no more, the session is lost, or the host ends. Never rejects. */
  async #serve(session: ServiceBusSessionReceiver): Promise<void> {
    const { settings, invocations } = this.#parts
    const waiting = { maxWaitTimeInMs: settings.sessionIdleSeconds * 1000, abortSignal: this.#stopping.signal }
    const stopRenewing = this.#renew(session)
    try {
      for (;;) {
        const [message] = await session.receiveMessages(1, waiting)
        // A link that the client gave up while the message came has let the session go: the message comes again.
        if (!message || session.isClosed) return
        await deliver(this.#target, message, session, invocations)
      }
    } catch (error) {
      // A session that is lost while it is empty is no loss.
      if ((error as ServiceBusError).code !== 'SessionLockLost') this.#report('receive', error as Error)
    } finally {
      stopRenewing()
      await session.close().catch(() => {})
    }
  }

  /**
   * Renews a session for as long as settings allow, and gives what ends that. The client would do it by real time, and so
   * not at all while the machine's clock is ahead.
   */
  #renew(session: ServiceBusSessionReceiver): () => void {
    const { settings, now } = this.#parts
    const lockMs = session.sessionLockedUntilUtc.getTime() - now().getTime()
    // What cannot be renewed is lost, and found so by whoever receives from it.
    const renewing = setInterval(() => void session.renewSessionLock().catch(() => {}), Math.max(lockMs / 3, 100))
    const end = setTimeout(() => clearInterval(renewing), settings.maxLockRenewalSeconds * 1000)
    return () => [renewing, end].forEach(clearTimeout)
  }
}
