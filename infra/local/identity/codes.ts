import { randomBytes } from 'node:crypto'
import type { TenantPath } from './discovery.ts'
import { Refused } from './refused.ts'
import type { GrantedScopes } from './scopes.ts'

/** What a person agreed to, waiting to be fetched with a code. */
export interface Grant {
  tenant: TenantPath
  clientId: string
  redirectUri: string
  /** PKCE: base64url SHA-256 of the verifier. */
  challenge: string
  /** Key in the cast. */
  person: string
  scopes: GrantedScopes
  nonce: string | undefined
  /** When the person was picked, ms since 1970. */
  signedInAt: number
}

/** Authorisation codes: each lives ten minutes and works once. */
export interface Codes {
  give(grant: Grant): string
  /** @throws Refused 400 `invalid_grant` for an unknown, used or old code */
  redeem(code: string): Grant
}

const lifetimeMs = 10 * 60_000

/** Codes in memory: a restart makes people sign in again, which is all that is lost. */
export function openCodes(now: () => Date): Codes {
  const given = new Map<string, { grant: Grant; expiresAt: number; used: boolean }>()
  return {
    give(grant) {
      for (const [code, { expiresAt }] of given) if (expiresAt <= now().getTime()) given.delete(code)
      const code = randomBytes(32).toString('base64url')
      given.set(code, { grant, expiresAt: now().getTime() + lifetimeMs, used: false })
      return code
    },
    redeem(code) {
      const found = given.get(code)
      if (!found) throw new Refused(400, 'invalid_grant', 'AADSTS9002313: The code is none of ours.')
      if (found.used) throw new Refused(400, 'invalid_grant', 'AADSTS54005: The code was already redeemed.')
      if (found.expiresAt <= now().getTime())
        throw new Refused(400, 'invalid_grant', 'AADSTS70008: The code has expired.')
      found.used = true
      return found.grant
    },
  }
}
