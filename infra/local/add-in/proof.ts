/** Why a proof is not believed. */
export type ProofFault =
  | 'unreadable'
  | 'wrong_algorithm'
  | 'wrong_type'
  | 'unknown_key'
  | 'wrong_signature'
  | 'wrong_issuer'
  | 'wrong_audience'
  | 'other_account'
  | 'expired'
  | 'superseded'

/** What a believed proof says. Times are seconds since 1970. */
export interface ProofClaims {
  iss: string
  aud: string
  sub: string
  code: string
  footer: boolean
  iat: number
  exp: number
}

/** For whom, by whom, with which keys and when a proof must be made out to be believed. */
export interface Expected {
  /** `tenant id.object id` of whoever is signed in now. */
  account: string
  issuer: string
  /** Public keys, as JWKs with `kid`. */
  keys: Record<string, unknown>[]
  /** Seconds since 1970; never earlier than any time seen before. */
  time: number
  /** Proofs made before this second were replaced by a later answer. */
  notBefore: number
}

/** Checks a licence proof (compact JWS, ES256) as an add-in must: see docs/api.md. Needs nothing but WebCrypto. */
export async function checkProof(proof: string, expected: Expected): Promise<ProofClaims | ProofFault> {
  const [head = '', body = '', signature = '', ...rest] = proof.split('.')
  const header = decoded(head)
  const claims = decoded(body) as ProofClaims | undefined
  if (!header || !claims || rest.length > 0) return 'unreadable'
  if (header.alg !== 'ES256' || header.crit !== undefined) return 'wrong_algorithm'
  if (header.typ !== 'licence-proof+jwt') return 'wrong_type'
  const key = expected.keys.find(({ kid, kty, crv }) => kid === header.kid && kty === 'EC' && crv === 'P-256')
  if (!key) return 'unknown_key'
  if (!(await isSignedBy(key, signature, `${head}.${body}`))) return 'wrong_signature'
  return faultOf(claims, expected) ?? claims
}

function faultOf({ iss, aud, sub, iat, exp }: ProofClaims, expected: Expected): ProofFault | undefined {
  if (iss !== expected.issuer) return 'wrong_issuer'
  if (aud !== 'securemailmerge-add-in') return 'wrong_audience'
  if (sub !== expected.account) return 'other_account'
  // JSON may hold a text that compares like a number; a time that is none has passed.
  if (!Number.isFinite(exp) || exp <= expected.time) return 'expired'
  return Number.isFinite(iat) && iat >= expected.notBefore ? undefined : 'superseded'
}

async function isSignedBy(key: Record<string, unknown>, signature: string, signed: string): Promise<boolean> {
  const curve = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const jwk = { kty: 'EC', crv: 'P-256', x: String(key.x), y: String(key.y) }
  try {
    const imported = await crypto.subtle.importKey('jwk', jwk, curve, false, ['verify'])
    return await crypto.subtle.verify(curve, imported, bytesOf(signature), new TextEncoder().encode(signed))
  } catch {
    return false
  }
}

/** The JSON object in a part of a JWS, unchecked; undefined when there is none. */
export function decoded(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytesOf(part)))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

const bytesOf = (base64url: string) =>
  Uint8Array.from(atob(base64url.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0))
