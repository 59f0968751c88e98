import { type Address, canonical } from '../licensing/address.ts'
import { CONSUMER_TENANT } from './account.ts'

/** The claims that evidence is read from, as Entra v2 issues them when our registration asks (F05). */
export interface EvidenceClaims {
  iss: string
  tid: string
  acct?: unknown
  idp?: unknown
  email?: unknown
  xms_edov?: unknown
  upn?: unknown
}

// Microsoft issues the flag in all four forms (optional-claims-reference).
const confirmed = new Set<unknown>([true, 1, '1', 'true'])

/** True for an account homed in the token's tenant: no guest, no outside member, no personal account (F04). */
export const isHomed = ({ iss, tid, acct, idp }: EvidenceClaims): boolean =>
  acct === 0 && (idp === undefined || idp === iss) && tid !== CONSUMER_TENANT

/**
 * The addresses that a token is evidence for: of a homed account its `upn`, and its `email` when Microsoft vouches for
 * the domain (`xms_edov`). Nothing else counts: evidence decides a first binding and is never read again.
 */
export function evidence(claims: EvidenceClaims): Address[] {
  if (!isHomed(claims)) return []
  const shown = [claims.upn, confirmed.has(claims.xms_edov) ? claims.email : undefined]
  const addresses = shown
    .filter((claim) => typeof claim === 'string')
    // A claim is an address and nothing around it: what only we find in it, Microsoft has not vouched for.
    .filter((claim) => !/[<>]/.test(claim))
    .map(canonical)
    .filter((address) => typeof address === 'string')
  return [...new Set(addresses)]
}
