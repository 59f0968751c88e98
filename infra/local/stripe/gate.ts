import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { StripeError } from './stripe-error.ts'

const DAY_MS = 86_400_000

/** What stands before every call: key, version, rate, and the memory of calls that were made before. */
export class Gate {
  readonly #key: string
  readonly #version: string
  readonly #rateLimit: number
  readonly #now: () => Date
  readonly calls = new Map<string, number>()
  /** Calls that were too many for their second. */
  refused = 0
  readonly #answers = new Map<string, { asked: string; text: string; at: number }>()
  #second = 0
  #inSecond = 0

  constructor(key: string, version: string, rateLimit: number, now: () => Date) {
    this.#key = key
    this.#version = version
    this.#rateLimit = rateLimit
    this.#now = now
  }

  /** @throws StripeError 401, 400, 429 */
  admit(request: IncomingMessage, method: string, path: string): void {
    const name = `${method} ${path.replaceAll(/(?<=\/)(?:[a-z]+_)+[A-Za-z0-9]{14,}/g, ':id')}`
    this.calls.set(name, (this.calls.get(name) ?? 0) + 1)
    if (request.headers.authorization !== `Bearer ${this.#key}`)
      throw new StripeError(401, 'api_key_invalid', 'Invalid API Key provided')
    if (request.headers['stripe-version'] !== this.#version) {
      throw new StripeError(400, 'invalid_api_version', `The local Stripe speaks ${this.#version} only.`)
    }
    const second = Math.floor(this.#now().getTime() / 1000)
    if (second !== this.#second) this.#begin(second)
    this.#inSecond += 1
    if (this.#inSecond <= this.#rateLimit) return
    this.refused += 1
    throw new StripeError(429, 'rate_limit', 'Request rate limit exceeded.')
  }

  /** The same answer for the same key for a day. @throws StripeError when the key was used for another call */
  once(request: IncomingMessage, what: string, body: string, make: () => string): string {
    const key = request.headers['idempotency-key']
    if (typeof key !== 'string' || request.method === 'GET') return make()
    const now = this.#now().getTime()
    const asked = createHash('sha256').update(`${what}\n${body}`).digest('hex')
    const known = this.#answers.get(key)
    if (known && now - known.at < DAY_MS) {
      if (known.asked === asked) return known.text
      throw new StripeError(
        400,
        'idempotency_key_in_use',
        'Keys for idempotent requests can only be used with the same parameters they were first used with.',
        undefined,
        'idempotency_error',
      )
    }
    const text = make()
    this.#answers.set(key, { asked, text, at: now })
    return text
  }

  #begin(second: number): void {
    this.#second = second
    this.#inSecond = 0
  }
}
