import { decoded } from './proof.ts'

/** At whom, as which application, and for what one signs in. */
export interface SignInParts {
  /** Base address of the identity provider; no slash at the end. */
  authority: string
  /** `common`, or a tenant's id. */
  tenant: string
  clientId: string
  scope: string
  redirectUri: string
}

/** A sign-in under way: what must be remembered until the browser comes back. */
export interface Begun extends SignInParts {
  state: string
  nonce: string
  verifier: string
}

/** Who signed in, and with which access token. */
export interface Person {
  /** `tenant id.object id`. */
  account: string
  name: string
  address: string
  token: string
}

/** Begins a sign-in (authorisation code with PKCE): the address to send the browser to, and what to remember. */
export async function beginSignIn(parts: SignInParts): Promise<{ address: string; begun: Begun }> {
  const begun = { ...parts, state: random(), nonce: random(), verifier: random() }
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(begun.verifier))
  const query = new URLSearchParams({
    client_id: parts.clientId,
    response_type: 'code',
    redirect_uri: parts.redirectUri,
    scope: parts.scope,
    state: begun.state,
    nonce: begun.nonce,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: 'S256',
  })
  return { address: `${parts.authority}/${parts.tenant}/oauth2/v2.0/authorize?${query}`, begun }
}

/**
 * Ends a sign-in with what the identity provider put behind the redirect address.
 * @throws Error in a sentence when it was refused, is not the one that was begun, or the code is not taken
 */
export async function endSignIn(begun: Begun, back: URLSearchParams, fetch = globalThis.fetch): Promise<Person> {
  const { authority, tenant, clientId, scope, redirectUri, verifier } = begun
  const refused = back.get('error_description') ?? back.get('error')
  if (refused !== null) throw new Error(refused)
  if (back.get('state') !== begun.state) throw new Error('This is not the sign-in that was begun here.')
  const response = await fetch(`${authority}/${tenant}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: clientId,
      code: back.get('code') ?? '',
      redirect_uri: redirectUri,
      code_verifier: verifier,
      scope,
    }),
  })
  const answer = (await response.json()) as Record<string, string>
  if (!response.ok) throw new Error(answer.error_description ?? `The token endpoint answered ${response.status}.`)
  // The ID token came straight from the provider, so its signature need not be checked; what it is for must be.
  const claims = decoded(answer.id_token?.split('.')[1] ?? '') ?? {}
  if (claims.nonce !== begun.nonce || claims.aud !== clientId) throw new Error('The ID token is for another sign-in.')
  return {
    account: `${claims.tid}.${claims.oid}`,
    name: String(claims.name),
    address: String(claims.email ?? claims.preferred_username),
    token: String(answer.access_token),
  }
}

const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)))

const base64url = (bytes: Uint8Array) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')
