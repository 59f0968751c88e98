import { compactVerify, createRemoteJWKSet } from 'jose'
import type { Account } from './account.ts'
import { PROOF_TYPE, ProofClaims, subjectOf } from './proof.ts'

const LIMIT_BYTES = 4 * 1024
/** A proof is of today (H4). An add-in asks for a new one after a day, and its campaign may come some time after that. */
const FRESH_MS = 26 * 3_600_000

/** Reads licence proofs by the keys that licence-lookup publishes: a service that may not read licences believes these (H4). */
export class ProofReader {
  readonly #origin: string
  readonly #keys: ReturnType<typeof createRemoteJWKSet>

  /** @param origin the public address, which signs and publishes */
  constructor(origin: string) {
    this.#origin = origin
    this.#keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', origin), { timeoutDuration: 5_000 })
  }

  /**
   * Until when this account is licensed as far as a proof shows; null when it shows nothing. It is no credential: the
   * worst that can come of a wrong one is a mail without footer.
   */
  async licensedUntil(proof: string | null, account: Account, now: Date): Promise<Date | null> {
    if (!proof || proof.length > LIMIT_BYTES) return null
    try {
      const { payload } = await compactVerify(
        proof,
        (header, token) => {
          if (header.typ !== PROOF_TYPE) throw new Error('not a proof')
          return this.#keys(header, token)
        },
        { algorithms: ['ES256'] },
      )
      const claims = ProofClaims.parse(JSON.parse(new TextDecoder().decode(payload)))
      const isOurs = claims.iss === this.#origin && claims.sub === subjectOf(account) && !claims.footer
      const until = new Date(claims.exp * 1000)
      const isFresh = claims.iat * 1000 > now.getTime() - FRESH_MS
      return isOurs && isFresh && until > now ? until : null
    } catch {
      // Whatever is wrong with it, or with the look-up: its sender gets a footer, and nothing is blocked.
      return null
    }
  }
}
