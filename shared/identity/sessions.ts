import type { Items } from '../azure/items.ts'
import { type Account, accountHash } from './account.ts'
import { isLiving, newSession, type Session, type SignedIn, sessionId } from './session.ts'

/** Sessions that are looked for at a time when an account signs out everywhere. */
const AT_ONCE = 100

/** What all but licence-portal may do with sessions. */
export type SessionReader = Pick<Sessions, 'read'>

/**
 * Container `sessions`, one partition per session. licence-portal alone may write it; the others read. What a cookie holds
 * is stored nowhere: a row can be found by it, and it cannot be found by the row (F16).
 */
export class Sessions {
  readonly #items: Items

  constructor(items: Items) {
    this.#items = items
  }

  /** The session that a cookie opens, or undefined when there is none, or none any more: one point read. */
  async read(secret: string, now: Date): Promise<Session | undefined> {
    const id = sessionId(secret)
    const found = await this.#items.read<Session>(id, id)
    return found && isLiving(found, now) ? found : undefined
  }

  /** Begins a session; answers what the cookie has to hold: 256 random bits. */
  async begin(who: SignedIn, now: Date): Promise<string> {
    const secret = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url')
    const session = newSession(who, secret, now)
    const isStored = await this.#items.batch(session.id, [{ create: session }])
    if (!isStored) throw new Error('a session exists that was just made up')
    return secret
  }

  /** Ends a session; one that has ended is no fault. */
  async end(secret: string): Promise<void> {
    const id = sessionId(secret)
    await this.#items.deleteAll(id, [id])
  }

  /** Ends every session of an account, on whatever device; answers how many. What fails on the way is begun again. */
  async endAll(account: Account): Promise<number> {
    const of = accountHash(account)
    const query = { sql: 'SELECT s.id FROM s WHERE s.accountHash = @of', parameters: { of } }
    let ended = 0
    for (;;) {
      const found = await this.#items.across<Pick<Session, 'id'>>(query, AT_ONCE)
      for (const { id } of found) await this.#items.deleteAll(id, [id])
      ended += found.length
      if (found.length < AT_ONCE) return ended
    }
  }
}
