import { createHash, randomBytes } from 'node:crypto'
import * as z from 'zod'
import type { Codes, Grant } from './codes.ts'
import type { TenantPath } from './discovery.ts'
import { type Answer, type Asked, json, parameters } from './frame.ts'
import type { Issue } from './issue.ts'
import { Refused, unsupported } from './refused.ts'
import type { Registered, Registration } from './registrations.ts'

const Redemption = z
  .object({
    grant_type: z.literal('authorization_code'),
    client_id: z.string(),
    code: z.string(),
    redirect_uri: z.string(),
    code_verifier: z.string().regex(/^[\w.~-]{43,128}$/, 'must have 43 to 128 unreserved characters'),
    scope: z.string().optional(),
  })
  .catchall(z.never('is not supported by the identity stand-in'))

/** The token endpoint: an authorisation code with its PKCE verifier becomes an access token and an ID token. */
export function tokenEndpoint(registered: Registered, codes: Codes, issue: Issue) {
  return async (asked: Asked, tenant: TenantPath): Promise<Answer> => {
    const form = parameters(new URLSearchParams(await asked.text()))
    if (form.grant_type !== 'authorization_code') {
      const sentence = `AADSTS70003: The identity stand-in does not support the grant ${form.grant_type}.`
      throw new Refused(400, 'unsupported_grant_type', sentence)
    }
    const client = registered.client(form.client_id ?? '')
    if (!client) throw new Refused(400, 'unauthorized_client', `AADSTS700016: There is no client ${form.client_id}.`)
    authenticate(client, form, asked.header('origin'))
    const { code, code_verifier, redirect_uri } = Redemption.parse(form)
    const grant = codes.redeem(code)
    compare(grant, { tenant, clientId: client.id, redirectUri: redirect_uri, challenge: challengeOf(code_verifier) })
    return json(200, await tokensFor(grant, client, issue))
  }
}

/** Only the public client can redeem: see the README for what is missing for the other. */
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

async function tokensFor({ person, scopes, nonce, authTime }: Grant, client: Registration, issue: Issue) {
  const { openid, resource } = scopes
  const granted = resource?.values.map((value) => `${resource.registration.identifierUris[0]}/${value}`) ?? []
  const { access_token, id_token, expires_in } = await issue({
    person,
    client: client.name,
    audience: resource?.registration.name ?? client.name,
    scopes: [...openid, ...(resource?.values ?? [])],
    authTime,
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
