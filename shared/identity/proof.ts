import { type CryptoKey, calculateJwkThumbprint, compactVerify, exportJWK, importJWK, type JWK, SignJWT } from 'jose'
import * as z from 'zod'
import type { Account } from './account.ts'

/** What a proof says. It is a statement for the add-in of this one account, never a credential (F27). */
export const ProofClaims = z.object({
  iss: z.string(),
  aud: z.literal('securemailmerge-add-in'),
  sub: z.string(),
  code: z.string(),
  footer: z.boolean(),
  subscription: z.string(),
  seat: z.string(),
  iat: z.number(),
  exp: z.number(),
})
export type ProofClaims = z.output<typeof ProofClaims>

/** The `typ` of a proof; accepted nowhere as a token. */
export const PROOF_TYPE = 'licence-proof+jwt'
const LIMIT_BYTES = 4 * 1024
const REMEMBERED = 10_000

/** How an account is named in a proof. */
export const subjectOf = ({ tenantId, objectId }: Account): string => `${tenantId}.${objectId}`

interface Keys {
  kid: string
  key: CryptoKey
  /** Public keys by key id: the own one and those published beside it. */
  readers: Map<string, CryptoKey>
  published: JWK[]
}

/** Signs licence proofs (ES256) and reads the ones we signed. The private key is a secret of licence-lookup alone. */
export class Proofs {
  readonly #origin: string
  readonly #private: JWK
  readonly #published: JWK[]
  readonly #checked = new Map<string, ProofClaims>()
  #ready: Promise<Keys> | undefined

  /** @param published further public keys that still or soon verify (the next and the previous one) */
  constructor(origin: string, privateKey: JWK, published: JWK[] = []) {
    this.#origin = origin
    this.#private = privateKey
    this.#published = published
  }

  async sign(claims: Omit<ProofClaims, 'iss' | 'aud'>): Promise<string> {
    const { kid, key } = await this.#keys()
    return new SignJWT({
      ...claims,
      iss: this.#origin,
      aud: 'securemailmerge-add-in',
    })
      .setProtectedHeader({ alg: 'ES256', kid, typ: PROOF_TYPE })
      .sign(key)
  }

  /** The claims of a proof that we signed for this account, expired or not; undefined for everything else. */
  async read(proof: string | null, account: Account): Promise<ProofClaims | undefined> {
    if (!proof || proof.length > LIMIT_BYTES) return undefined
    const claims = this.#checked.get(proof) ?? (await this.#check(proof))
    return claims?.sub === subjectOf(account) && claims.iss === this.#origin ? claims : undefined
  }

  async #check(proof: string): Promise<ProofClaims | undefined> {
    const { readers } = await this.#keys()
    try {
      const { payload } = await compactVerify(
        proof,
        ({ kid = '', typ }) => {
          const key = readers.get(kid)
          if (!key || typ !== PROOF_TYPE) throw new Error('not a proof of ours')
          return key
        },
        { algorithms: ['ES256'] },
      )
      const claims = ProofClaims.parse(JSON.parse(new TextDecoder().decode(payload)))
      // The keys of a process never change, so what was right once stays right.
      if (this.#checked.size >= REMEMBERED) this.#checked.clear()
      this.#checked.set(proof, claims)
      return claims
    } catch {
      // A proof is only a hint where to look: whatever is wrong with it, the look-up goes on without.
      return undefined
    }
  }

  /** The public keys, as a JWKS. */
  async jwks(): Promise<{ keys: JWK[] }> {
    return { keys: (await this.#keys()).published }
  }

  #keys(): Promise<Keys> {
    this.#ready ??= this.#load()
    return this.#ready
  }

  async #load(): Promise<Keys> {
    const published: JWK[] = []
    const readers = new Map<string, CryptoKey>()
    for (const { d: _secret, ...jwk } of [this.#private, ...this.#published]) {
      const key = (await importJWK(jwk, 'ES256')) as CryptoKey
      const kid = await calculateJwkThumbprint(await exportJWK(key))
      readers.set(kid, key)
      published.push({
        ...(await exportJWK(key)),
        kid,
        alg: 'ES256',
        use: 'sig',
      })
    }
    const key = (await importJWK(this.#private, 'ES256')) as CryptoKey
    return { kid: published[0]?.kid ?? '', key, readers, published }
  }
}
