import { errors, jwtVerify } from 'jose'
import * as z from 'zod'
import { hash } from '../hash.ts'
import type { Address } from '../licensing/address.ts'
import { Refusal } from '../refusal.ts'
import { Account } from './account.ts'
import { evidence, isHomed } from './evidence.ts'
import type { KeySet, PublishedKey } from './key-set.ts'
import { hasDuplicateMembers } from './strict-json.ts'

/** Who is calling, as a checked access token says. */
export interface Caller {
  account: Account
  /** Addresses the token is evidence for; empty for guests and personal accounts. */
  evidence: Address[]
  /** True for an account homed in its tenant. */
  homed: boolean
  /** The registration (`azp`) the token was issued to. */
  clientId: string
  /** When the person last signed in, if the token says so. */
  signedInAt: Date | null
}

interface TokenRules {
  authority: string
  audience: string
  keys: KeySet
  now: () => Date
}

const LIMIT_BYTES = 8 * 1024
const SKEW_SECONDS = 60
const CACHED = 20_000

const Header = z.object({
  alg: z.literal('RS256'),
  kid: z.string().min(1).max(200),
  typ: z.literal('JWT').optional(),
})
const fromElsewhere = ['jku', 'x5u', 'jwk', 'x5c', 'crit', 'b64']
const Claims = z.looseObject({
  iss: z.string(),
  tid: Account.shape.tenantId,
  oid: Account.shape.objectId,
  ver: z.literal('2.0'),
  exp: z.number(),
  azp: z.string(),
  scp: z.string().optional(),
  auth_time: z.number().optional(),
})

/**
 * Checks access tokens of Entra v2 (learn: access-tokens, claims-validation): signature by a key whose own issuer is
 * the token's, audience, times within 60 s, scope of a person. A checked token is remembered until it ends or its key
 * leaves the key set.
 */
export class Tokens {
  readonly #rules: TokenRules
  readonly #checked = new Map<string, { caller: Caller; endsAt: number; key: PublishedKey }>()

  constructor(rules: TokenRules) {
    this.#rules = rules
  }

  /** @throws Refusal `token_invalid` | `scope_missing` | `unavailable` */
  async check(token: string): Promise<Caller> {
    if (token.length > LIMIT_BYTES) throw invalid('too long')
    const id = hash(token)
    const known = this.#checked.get(id)
    if (known) {
      if (known.endsAt > this.#rules.now().getTime() && this.#rules.keys.holds(known.key)) return known.caller
      this.#checked.delete(id)
    }
    const fresh = await this.#verify(token)
    if (this.#checked.size >= CACHED) this.#checked.delete(this.#checked.keys().next().value ?? '')
    this.#checked.set(id, fresh)
    return fresh.caller
  }

  async #verify(token: string): Promise<{ caller: Caller; endsAt: number; key: PublishedKey }> {
    const parts = token.split('.')
    if (!parts.every(wellEncoded)) throw invalid('encoding')
    const [header = '', payload = ''] = parts.map(decoded)
    const key = await this.#rules.keys.get(kidOf(header))
    if (!key) throw invalid('unknown key')
    const claims = await this.#claims(token, key)
    if (hasDuplicateMembers(payload)) throw invalid('a member named twice')
    if (claims.iss !== `${this.#rules.authority}/${claims.tid}/v2.0`) throw invalid('issuer')
    if (key.issuer.replace('{tenantid}', claims.tid) !== claims.iss) throw invalid('key of another issuer')
    if (!claims.scp?.split(' ').includes('access_as_user')) {
      throw new Refusal('scope_missing', 'This token does not speak for a signed-in person.')
    }
    return {
      caller: callerOf(claims),
      endsAt: (claims.exp + SKEW_SECONDS) * 1000,
      key,
    }
  }

  async #claims(token: string, key: PublishedKey): Promise<z.output<typeof Claims>> {
    try {
      const { payload } = await jwtVerify(token, key.key, {
        algorithms: ['RS256'],
        audience: this.#rules.audience,
        clockTolerance: SKEW_SECONDS,
        currentDate: this.#rules.now(),
        requiredClaims: ['exp', 'iat', 'nbf', 'tid', 'oid'],
      })
      return Claims.parse(payload)
    } catch (error) {
      if (error instanceof errors.JOSEError) throw invalid(error.code)
      if (error instanceof z.ZodError) throw invalid(`claim ${error.issues[0]?.path.join('.')}`)
      throw error
    }
  }
}

const decoded = (part: string): string => Buffer.from(part, 'base64url').toString('utf8')
// One text per token: spare bits and padding would let one signature stand in many.
const wellEncoded = (part: string): boolean => Buffer.from(part, 'base64url').toString('base64url') === part

function kidOf(header: string): string {
  try {
    const parsed = JSON.parse(header) as Record<string, unknown>
    const { kid } = Header.parse(parsed)
    if (!fromElsewhere.some((member) => member in parsed) && !hasDuplicateMembers(header)) return kid
  } catch {}
  throw invalid('header')
}

function callerOf(claims: z.output<typeof Claims>): Caller {
  return {
    account: { tenantId: claims.tid, objectId: claims.oid },
    evidence: evidence(claims),
    homed: isHomed(claims),
    clientId: claims.azp,
    signedInAt: claims.auth_time === undefined ? null : new Date(claims.auth_time * 1000),
  }
}

// The reason goes to our log only: a caller who forges tokens learns nothing from it.
const invalid = (reason: string) =>
  new Refusal('token_invalid', 'Sign in again.', {}, { cause: new Error(`token: ${reason}`) })
