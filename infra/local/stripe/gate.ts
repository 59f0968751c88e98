import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Keys } from './keys.ts'
import type { Store } from './store.ts'
import { StripeError } from './stripe-error.ts'

/** What was answered. */
export interface Reply {
  status: number
  text: string
  /** Whether it was answered before to the same key. */
  isReplayed?: boolean
}

/** What is remembered of a call with a key. `at` in ms. */
interface Remembered extends Reply {
  asked: string
  at: number
}

const DAY_MS = 86_400_000
const NOTE = 'idempotent '
const LONGEST_KEY = 255
const localHost = /^(localhost|127\.0\.0\.1)(:\d+)?$/i

/** What stands before every call: host, key, version, rate, and the memory of calls that were made before. */
export class Gate {
  readonly #store: Store
  readonly #keys: Keys
  readonly #version: string
  readonly #rateLimit: number
  readonly #now: () => Date
  readonly calls = new Map<string, number>()
  /** Calls that were too many for their second. */
  refused = 0
  readonly #running = new Set<string>()
  #second = 0
  #inSecond = 0

  constructor(store: Store, keys: Keys, version: string, rateLimit: number, now: () => Date) {
    this.#store = store
    this.#keys = keys
    this.#version = version
    this.#rateLimit = rateLimit
    this.#now = now
  }

  /** @throws StripeError 401, 400, 421, 429 */
  admit({ headers }: IncomingMessage, method: string, path: string): void {
    const name = `${method} ${path.replaceAll(/(?<=\/)(?:[a-z]+_)+[A-Za-z0-9]{14,}/g, ':id')}`
    this.calls.set(name, (this.calls.get(name) ?? 0) + 1)
    // Against DNS rebinding: a foreign name that leads to this machine must not reach us.
    if (!localHost.test(headers.host ?? '')) throw new StripeError(421, 'Only localhost and 127.0.0.1 are answered.')
    const [, key = ''] = /^Bearer (\S+)$/.exec(headers.authorization ?? '') ?? []
    if (!this.#keys.opens(key)) throw new StripeError(401, 'Invalid API Key provided.')
    if (headers['stripe-version'] !== this.#version)
      throw new StripeError(400, `The local Stripe speaks version ${this.#version} only.`)
    // By the machine's clock, so that a fast one lets as many through in its second.
    const second = Math.floor(this.#now().getTime() / 1000)
    if (second !== this.#second) [this.#second, this.#inSecond] = [second, 0]
    this.#inSecond += 1
    if (this.#inSecond <= this.#rateLimit) return
    this.refused += 1
    throw new StripeError(429, 'Request rate limit exceeded.', { code: 'rate_limit' })
  }

  /**
   * Runs a call under its key until `run` is done. A second one under the same key is refused meanwhile.
   * @throws StripeError 409
   */
  async alone<T>(key: string | undefined, run: () => Promise<T>): Promise<T> {
    if (key === undefined) return run()
    if (this.#running.has(key)) {
      const message = `There is currently another in-progress request using this idempotency key: ${key}.`
      throw new StripeError(409, message, { type: 'idempotency_error', code: 'idempotency_key_in_use' })
    }
    this.#running.add(key)
    return run().finally(() => this.#running.delete(key))
  }

  /**
   * The same answer for the same key for a day. What was refused before anything was done is not remembered.
   * @throws StripeError when the key was used for another call
   */
  once(key: string | undefined, what: string, make: () => Reply): Reply {
    if (key === undefined) return make()
    if (key.length > LONGEST_KEY)
      throw new StripeError(400, `An idempotency key has at most ${LONGEST_KEY} characters.`)
    const now = this.#now().getTime()
    this.#forget(now)
    const asked = createHash('sha256').update(what).digest('hex')
    const known = this.#store.hiddenOf(NOTE + key) as Partial<Remembered>
    if (known.status !== undefined) {
      if (known.asked === asked) return { status: known.status, text: known.text as string, isReplayed: true }
      const message = `Keys for idempotent requests can only be used with the same parameters they were first used with.`
      throw new StripeError(400, message, { type: 'idempotency_error' })
    }
    const reply = make()
    this.#store.note(NOTE + key, { ...reply, asked, at: now })
    return reply
  }

  #forget(now: number): void {
    for (const id of this.#store.notesOf(NOTE)) {
      const { at } = this.#store.hiddenOf(id) as { at?: number }
      if (at !== undefined && now - at < DAY_MS) return
      this.#store.forget(id)
    }
  }
}
