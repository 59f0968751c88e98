import { decodeProtectedHeader, errors, jwtVerify } from 'jose'
import * as z from 'zod'
import { Account } from '../identity/account.ts'
import type { KeySet } from '../identity/key-set.ts'
import { canonical } from '../licensing/address.ts'

const SKEW_SECONDS = 60
// Whatever else stands there is no reason to refuse a token.
const Told = z.string().max(500).optional().catch(undefined)
const Header = z.object({ alg: z.literal('RS256'), kid: z.string().min(1).max(200) })
const Claims = z.looseObject({
  iss: z.string(),
  tid: Account.shape.tenantId,
  oid: Account.shape.objectId,
  ver: z.literal('2.0'),
  auth_time: z.number().optional(),
  nonce: Told,
  name: Told,
  email: Told,
  preferred_username: Told,
})
/** What a checked ID token says. */
export type IdTokenClaims = z.output<typeof Claims>

/** Who has signed in, and when, as far as Microsoft says so. */
export interface Identity {
  account: Account
  signedInAt: Date | null
  /** Where they get mail, as far as Microsoft says so. It proves nothing. */
  address: string | null
}

/** What an ID token is checked by. */
export interface IdTokenRules {
  authority: string
  /** Our registration. */
  clientId: string
  keys: KeySet
  now: () => Date
}

/**
 * Checks an ID token by our own rules: signature by a key whose issuer is the token's, audience, times within 60 s. They
 * are the same for Microsoft and for a stand-in (F02).
 * @returns undefined for every other token
 * @throws Refusal `unavailable` when no key set is known
 */
export async function claimsOf(token: string, rules: IdTokenRules): Promise<IdTokenClaims | undefined> {
  try {
    const { kid } = Header.parse(decodeProtectedHeader(token))
    const key = await rules.keys.get(kid)
    if (!key) return undefined
    const { payload } = await jwtVerify(token, key.key, {
      ...{ algorithms: ['RS256'], audience: rules.clientId, clockTolerance: SKEW_SECONDS, currentDate: rules.now() },
      requiredClaims: ['exp', 'iat', 'tid', 'oid'],
    })
    const claims = Claims.parse(payload)
    const { iss, tid } = claims
    const isRight = iss === `${rules.authority}/${tid}/v2.0` && key.issuer.replace('{tenantid}', tid) === iss
    return isRight ? claims : undefined
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof z.ZodError || error instanceof TypeError) return undefined
    throw error
  }
}

/** Who has signed in, by the same rules. @throws Refusal `unavailable` when no key set is known */
export async function checkIdToken(token: string, rules: IdTokenRules): Promise<Identity | undefined> {
  const claims = await claimsOf(token, rules)
  return claims && identityOf(claims)
}

/** Who signed in, of checked claims. */
export const identityOf = ({ tid, oid, auth_time, email, preferred_username }: IdTokenClaims): Identity => ({
  account: { tenantId: tid, objectId: oid },
  signedInAt: auth_time === undefined ? null : new Date(auth_time * 1000),
  address: addressIn(email, preferred_username),
})

/** Mail arrives at `email`; what somebody signs in with mostly is an address of theirs as well. */
function addressIn(...claims: (string | undefined)[]): string | null {
  const addresses = claims.map((claim) => canonical(claim ?? ''))
  return addresses.find((address) => typeof address === 'string') ?? null
}
