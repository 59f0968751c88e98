import { join } from 'node:path'
import { decodeProtectedHeader, errors, exportJWK, generateKeyPair, importJWK, type JWK, jwtVerify } from 'jose'
import { keep, readKept } from './kept.ts'
import { Refused } from './refused.ts'
import type { Registration } from './registrations.ts'

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
/** Entra admits assertions that live longer; ours live a minute. */
const skewSeconds = 60

/** The confidential clients of this machine: the registrations that a service of ours is a client as. */
export const confidential = { sendingApi: 'sending-client', portal: 'portal-client' } as const
/** By the name of its registration, the key of each. */
export type ClientKeys = Record<keyof typeof confidential, JWK>

/**
 * The keys by which the confidential clients of this machine prove themselves, made at first start. They stand for the
 * managed identities of Azure, whose federated assertions our registrations trust there.
 */
export async function openClientKeys(folder?: string): Promise<ClientKeys> {
  const [sendingApi, portal] = [openKey(confidential.sendingApi, folder), openKey(confidential.portal, folder)]
  return { sendingApi: await sendingApi, portal: await portal }
}

async function openKey(kid: string, folder: string | undefined): Promise<JWK> {
  const file = folder && join(folder, `${kid}-key.json`)
  const known = readKept<JWK>(file)
  if (known) return known
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const jwk = { ...(await exportJWK(privateKey)), kid, alg: 'RS256' }
  keep(file, jwk)
  return jwk
}

/**
 * Checks the assertion of a confidential client (RFC 7523) for the token endpoint it was sent to.
 * @throws Refused 401 `invalid_client` with Entra's number for what is wrong
 */
export async function checkAssertion(
  client: Registration,
  form: Record<string, string>,
  key: JWK,
  endpoint: string,
  now: Date,
): Promise<void> {
  if (form.client_secret !== undefined) {
    throw invalid('AADSTS7000215: There are no client secrets here; prove the client by an assertion.')
  }
  const { client_assertion: assertion } = form
  if (assertion === undefined || form.client_assertion_type !== assertionType) {
    throw invalid("AADSTS7000218: The request body must contain 'client_assertion'.")
  }
  try {
    const publicKey = await importJWK({ kty: 'RSA', n: key.n ?? '', e: key.e ?? '' }, 'RS256')
    decodeProtectedHeader(assertion)
    await jwtVerify(assertion, publicKey, {
      ...{ algorithms: ['RS256'], issuer: client.id, subject: client.id, audience: endpoint },
      ...{ requiredClaims: ['exp', 'jti'], clockTolerance: skewSeconds, currentDate: now },
    })
  } catch (error) {
    if (!(error instanceof errors.JOSEError) && !(error instanceof TypeError)) throw error
    throw invalid(sentenceOf(error))
  }
}

function sentenceOf(error: Error): string {
  if (error instanceof errors.JWTExpired) return 'AADSTS700024: The assertion is not within its valid time range.'
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'aud') return 'AADSTS700023: The audience of the assertion is not this token endpoint.'
    return `AADSTS700021: The claim ${error.claim} of the assertion is not as it has to be.`
  }
  return 'AADSTS700027: The signature of the assertion is not by the key of the client.'
}

const invalid = (sentence: string) => new Refused(401, 'invalid_client', sentence)
