import { createHash, randomBytes } from 'node:crypto'
import type { JWK } from 'jose'
import * as z from 'zod'
import { type ClientKeys, checkAssertion } from './client-key.ts'
import type { Codes, Grant } from './codes.ts'
import type { Consents } from './consents.ts'
import type { TenantPath } from './discovery.ts'
import { type Answer, type Asked, json, parameters } from './frame.ts'
import type { Issue } from './issue.ts'
import type { RefreshTokens } from './refresh-tokens.ts'
import { refreshed, signedIn } from './refreshed.ts'
import { Refused, unsupported } from './refused.ts'
import type { Registered, Registration } from './registrations.ts'
import { graphValues, mayAskForGraph } from './scopes.ts'
import type { TokenFaults } from './token-faults.ts'

const notSupported = z.never('is not supported by the identity stand-in')
const Redemption = z
  .object({
    grant_type: z.literal('authorization_code'),
    client_id: z.string(),
    code: z.string(),
    redirect_uri: z.string(),
    code_verifier: z.string().regex(/^[\w.~-]{43,128}$/, 'must have 43 to 128 unreserved characters'),
    scope: z.string().optional(),
    client_assertion: z.string().optional(),
    client_assertion_type: z.string().optional(),
  })
  .catchall(notSupported)
const Renewal = z
  .object({
    grant_type: z.literal('refresh_token'),
    client_id: z.string(),
    refresh_token: z.string(),
    scope: z.string(),
    client_assertion: z.string(),
    client_assertion_type: z.string(),
  })
  .catchall(notSupported)

/** What the token endpoint works with. */
export interface TokenParts {
  authority: string
  registered: Registered
  codes: Codes
  refreshTokens: RefreshTokens
  consents: Consents
  faults: TokenFaults
  /** By which our confidential clients prove themselves. */
  clientKeys: ClientKeys
  issue: Issue
  now: () => Date
}

/** The token endpoint: a code with its PKCE verifier, or a refresh token, becomes tokens. */
export function tokenEndpoint(parts: TokenParts) {
  const { registered, codes } = parts
  return async (asked: Asked, tenant: TenantPath): Promise<Answer> => {
    const form = parameters(new URLSearchParams(await asked.text()))
    const client = registered.client(form.client_id ?? '')
    const isRefresh = form.grant_type === 'refresh_token' && client !== undefined && mayAskForGraph(client)
    if (form.grant_type !== 'authorization_code' && !isRefresh) {
      const sentence = `AADSTS70003: The identity stand-in does not support the grant ${form.grant_type}.`
      throw new Refused(400, 'unsupported_grant_type', sentence)
    }
    if (!client) throw new Refused(400, 'unauthorized_client', `AADSTS700016: There is no client ${form.client_id}.`)
    const key = keyOf(parts, client)
    if (key) await prove(parts, client, key, form, asked, tenant)
    else authenticate(client, form, asked.header('origin'))
    if (isRefresh) return refreshed(parts, client, tenant, Renewal.parse(form))
    const { code, code_verifier, redirect_uri } = Redemption.parse(form)
    const grant = codes.redeem(code)
    compare(grant, { tenant, clientId: client.id, redirectUri: redirect_uri, challenge: challengeOf(code_verifier) })
    if (graphValues(grant.scopes).length > 0) return signedIn(parts, client, grant)
    return json(200, await tokensFor(grant, client, parts.issue))
  }
}

const keyOf = ({ clientKeys }: TokenParts, { name }: Registration): JWK | undefined =>
  (clientKeys as Partial<Record<Registration['name'], JWK>>)[name]

async function prove(
  { authority, now }: TokenParts,
  client: Registration,
  key: JWK,
  form: Record<string, string>,
  asked: Asked,
  tenant: TenantPath,
): Promise<void> {
  if (asked.header('origin') !== '') {
    const sentence = 'AADSTS9002326: Cross-origin redemption is permitted only for single-page applications.'
    throw new Refused(400, 'invalid_request', sentence)
  }
  await checkAssertion(client, form, key, `${authority}/${tenant}/oauth2/v2.0/token`, now())
}

/** Of the clients without a key of their own only the public one can redeem. */
function authenticate(client: Registration, form: Record<string, string>, origin: string): void {
  const proof = ['client_secret', 'client_assertion'].find((name) => form[name] !== undefined)
  if (!client.spa) throw unsupported(`the authentication of a confidential client (${client.name})`)
  if (proof) throw unsupported(`${proof}: ${client.name} is a public client`)
  if (origin === '') {
    const sentence = 'AADSTS9002327: A code of a single-page application is redeemed by a browser, with an Origin.'
    throw new Refused(400, 'invalid_request', sentence)
  }
}

const challengeOf = (verifier: string) => createHash('sha256').update(verifier).digest('base64url')

function compare(grant: Grant, shown: Pick<Grant, 'tenant' | 'clientId' | 'redirectUri' | 'challenge'>): void {
  const refuse = (sentence: string) => new Refused(400, 'invalid_grant', sentence)
  if (grant.clientId !== shown.clientId) throw refuse('AADSTS700005: The code belongs to another application.')
  if (grant.redirectUri !== shown.redirectUri) throw refuse('AADSTS500112: The code went to another redirect address.')
  if (grant.tenant !== shown.tenant) throw refuse('AADSTS70000: The code was given at another tenant.')
  if (grant.challenge !== shown.challenge) throw refuse('AADSTS501481: The code_verifier does not fit the challenge.')
}

async function tokensFor({ person, scopes, nonce, signedInAt }: Grant, client: Registration, issue: Issue) {
  const { openid, resource } = scopes
  const granted = resource?.values.map((value) => `${resource.registration.identifierUris[0]}/${value}`) ?? []
  const { access_token, id_token, expires_in } = await issue({
    person,
    client: client.name,
    audience: resource?.registration.name ?? client.name,
    scopes: [...openid, ...(resource?.values ?? [])],
    authTime: Math.floor(signedInAt / 1000),
    ...(nonce === undefined ? {} : { nonce }),
  })
  return {
    token_type: 'Bearer',
    scope: [...openid, ...granted].join(' '),
    expires_in,
    ext_expires_in: expires_in,
    // Without a resource Entra's access token is for Graph, and opaque to everybody else.
    access_token: resource ? access_token : randomBytes(32).toString('base64url'),
    ...(id_token === undefined ? {} : { id_token }),
  }
}
