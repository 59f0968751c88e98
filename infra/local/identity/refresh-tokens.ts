import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { base64url, CompactEncrypt, compactDecrypt } from 'jose'
import { keep, readKept } from './kept.ts'
import { Refused } from './refused.ts'

/** What a refresh token stands for: a sign-in of somebody at a client. */
export interface SignIn {
  /** Key in the cast. */
  person: string
  clientId: string
  openid: string[]
  /** When the person signed in, ms since 1970. */
  signedInAt: number
}

interface Content extends SignIn {
  issuedAt: number
  /** No two tokens are equal. */
  id: string
}

const day = 24 * 3_600_000
/** A refresh token of a confidential client lives so long, each time anew. */
const lifetimeMs = 90 * day

/**
 * Refresh tokens as Entra's: opaque to everybody else, each good for 90 days from its own issue, and an older one stays
 * good when a newer one is given. They need no list: only who has the key of this folder can read them.
 */
export class RefreshTokens {
  readonly #key: Uint8Array
  readonly #now: () => Date

  constructor(folder: string | undefined, now: () => Date) {
    const file = folder && join(folder, 'refresh-token-key.json')
    const { key } = readKept<{ key: string }>(file) ?? { key: randomBytes(32).toString('base64url') }
    keep(file, { key })
    this.#key = base64url.decode(key)
    this.#now = now
  }

  issue(signIn: SignIn): Promise<string> {
    const content: Content = { ...signIn, issuedAt: this.#now().getTime(), id: randomBytes(9).toString('base64url') }
    return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(content)))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .encrypt(this.#key)
  }

  /** @throws Refused 400 `invalid_grant` for what is no token of ours, and for one that has ended */
  async open(token: string): Promise<SignIn> {
    const { issuedAt, ...signIn } = await this.#read(token)
    if (this.#now().getTime() - issuedAt < lifetimeMs) return signIn
    throw new Refused(400, 'invalid_grant', 'AADSTS700082: The refresh token has expired due to inactivity.')
  }

  async #read(token: string): Promise<Content> {
    try {
      const { plaintext } = await compactDecrypt(token, this.#key)
      return JSON.parse(new TextDecoder().decode(plaintext)) as Content
    } catch {
      throw new Refused(400, 'invalid_grant', 'AADSTS9002313: The refresh token is malformed, or none of ours.')
    }
  }
}
