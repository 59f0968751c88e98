import { type CryptoKey, importJWK } from 'jose'
import * as z from 'zod'
import { Refusal } from '../refusal.ts'

const minute = 60_000
/** A set this old is asked for again while it still serves: a withdrawn key is refused within that time. */
const FRESH_MS = 30 * minute
/** An unknown key id causes at most one fetch in this time, whoever sends how many (C25). */
const COOLDOWN_MS = minute / 2
/** How long known keys serve when the endpoint cannot be reached. */
const STALE_MS = 48 * 60 * minute
const LIMIT_BYTES = 512 * 1024
const TIMEOUT_MS = 5_000

// 2048 bits are 342 characters of base64url: nothing shorter may sign.
const Key = z.looseObject({
  kid: z.string(),
  kty: z.literal('RSA'),
  n: z.string().min(342),
  e: z.string(),
  issuer: z.string(),
})
const KeyDocument = z.object({ keys: z.array(z.unknown()) })

/** A published key: `issuer` may hold the `{tenantid}` placeholder. A key that was replaced is another object. */
export interface PublishedKey {
  kid: string
  issuer: string
  key: CryptoKey
}

interface Held {
  key: PublishedKey
  material: string
}

/**
 * The signing keys of the identity provider. The address is fixed at start; nothing of a token ever becomes one.
 * @param now clock of the service, ms precision
 */
export class KeySet {
  readonly #address: string
  readonly #now: () => Date
  #held = new Map<string, Held>()
  #fetchedAt = Number.NEGATIVE_INFINITY
  #askedAt = Number.NEGATIVE_INFINITY
  #asking: Promise<void> | undefined

  constructor(address: string, now: () => Date) {
    this.#address = address
    this.#now = now
  }

  /**
   * The key with this id, or undefined when the provider does not publish it.
   * @throws Refusal `unavailable` when no usable set is known: a token is then neither right nor wrong
   */
  async get(kid: string): Promise<PublishedKey | undefined> {
    const age = this.#now().getTime() - this.#fetchedAt
    if (age > STALE_MS) await this.#ask()
    else if (age > FRESH_MS) void this.#ask()
    if (!this.#held.has(kid)) await this.#ask()
    if (this.#now().getTime() - this.#fetchedAt > STALE_MS) {
      const sentence = 'Sign-in cannot be checked at the moment. Try again.'
      throw new Refusal('unavailable', sentence, { retryAfterSeconds: 30 }, { cause: new Error('keys are stale') })
    }
    return this.#held.get(kid)?.key
  }

  /** True while `key` is still what the provider publishes, as far as we know. Never waits. */
  holds(key: PublishedKey): boolean {
    if (this.#now().getTime() - this.#fetchedAt > FRESH_MS) void this.#ask()
    return this.#held.get(key.kid)?.key === key
  }

  #ask(): Promise<void> {
    if (this.#asking !== undefined) return this.#asking
    const now = this.#now().getTime()
    if (now - this.#askedAt < COOLDOWN_MS && now >= this.#askedAt) return Promise.resolve()
    this.#askedAt = now
    // An unreachable or broken endpoint leaves the old set as it is; get() judges its age.
    this.#asking = this.#fetch()
      .catch(() => undefined)
      .finally(() => {
        this.#asking = undefined
      })
    return this.#asking
  }

  async #fetch(): Promise<void> {
    const response = await fetch(this.#address, {
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    if (!response.ok) throw new Error(`key set answered ${response.status}`)
    const { keys } = KeyDocument.parse(JSON.parse(await limitedText(response)))
    const next = new Map<string, Held>()
    for (const candidate of keys) {
      const jwk = Key.safeParse(candidate)
      if (jwk.success) next.set(jwk.data.kid, await this.#keep(jwk.data))
    }
    if (next.size === 0) throw new Error('key set without a usable key')
    this.#held = next
    this.#fetchedAt = this.#now().getTime()
  }

  async #keep(jwk: z.output<typeof Key>): Promise<Held> {
    const material = `${jwk.n}.${jwk.e}.${jwk.issuer}`
    const known = this.#held.get(jwk.kid)
    if (known?.material === material) return known
    const key = (await importJWK({ kty: jwk.kty, n: jwk.n, e: jwk.e, alg: 'RS256' }, 'RS256')) as CryptoKey
    return { material, key: { kid: jwk.kid, issuer: jwk.issuer, key } }
  }
}

async function limitedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > LIMIT_BYTES) throw new Error('key set is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
