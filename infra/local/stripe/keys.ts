import { randomBytes } from 'node:crypto'
import Stripe from 'stripe'
import * as z from 'zod'
import type { Store } from './store.ts'

/** A secret that events are signed with. The one before may live on for a while, as an account's owner says. */
interface Secret {
  secret: string
  /** ms; null for the newest. */
  until: number | null
}

const NOTE = 'keys'
const made = (kind: string) => `${kind}_${randomBytes(24).toString('hex')}`

/** The restricted keys that open the API and the secrets of its one webhook end point, kept with everything else. */
export class Keys {
  readonly #store: Store
  readonly #now: () => Date
  #keys: string[]
  #secrets: Secret[]

  constructor(store: Store, now: () => Date) {
    this.#store = store
    this.#now = now
    const kept = store.hiddenOf(NOTE) as { keys?: string[]; secrets?: Secret[] }
    this.#keys = kept.keys ?? [made('rk_test')]
    this.#secrets = kept.secrets ?? [{ secret: made('whsec'), until: null }]
    this.#keep()
  }

  /** The newest key. */
  get key(): string {
    return this.#keys.at(-1) as string
  }

  /** The newest secret. */
  get secret(): string {
    return this.#secrets.at(-1)?.secret as string
  }

  opens = (key: string): boolean => this.#keys.includes(key)

  /** One more key: both open. Answers it. */
  make(): string {
    this.#keys.push(made('rk_test'))
    this.#keep()
    return this.key
  }

  /** Deletes every key but the newest. */
  deleteOld(): void {
    this.#keys = [this.key]
    this.#keep()
  }

  /** A new secret; until the end of those before, events are signed with them too. Answers it. */
  roll(oldLivesMs: number): string {
    const until = this.#now().getTime() + oldLivesMs
    const ending = this.#secrets.map((one) => ({ ...one, until: Math.min(until, one.until ?? until) }))
    this.#secrets = [...ending, newSecret()]
    this.#keep()
    return this.secret
  }

  /** The header for these very bytes, as of now: a signature by each secret that lives, or by the one that is given. */
  signed(payload: string, secret?: string): string {
    const now = this.#now().getTime()
    const timestamp = Math.floor(now / 1000)
    const living = this.#secrets.filter(({ until }) => until === null || now < until).map((one) => one.secret)
    const headers = (secret === undefined ? living : [secret]).map((by) =>
      Stripe.webhooks.generateTestHeaderString({ payload, secret: by, timestamp }),
    )
    return [`t=${timestamp}`, ...headers.map((header) => header.slice(header.indexOf('v1=')))].join(',')
  }

  #keep(): void {
    this.#store.note(NOTE, { keys: this.#keys, secrets: this.#secrets })
  }
}

const newSecret = (): Secret => ({ secret: made('whsec'), until: null })

const Roll = z.strictObject({ oldLivesMs: z.int().min(0) })

/** What an account's owner does with keys, by its control routes. */
export const keyRoutes = {
  'POST keys/make': ({ keys }: { keys: Keys }) => ({ key: keys.make() }),
  'POST keys/delete-old': ({ keys }: { keys: Keys }) => {
    keys.deleteOld()
    return {}
  },
  'POST keys/roll-secret': ({ keys }: { keys: Keys }, body: unknown) => ({
    secret: keys.roll(Roll.parse(body).oldLivesMs),
  }),
}
