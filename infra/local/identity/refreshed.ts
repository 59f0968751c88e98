import { castMember } from './cast.ts'
import type { Grant } from './codes.ts'
import type { TenantPath } from './discovery.ts'
import { type Answer, json } from './frame.ts'
import { consumerTenantId, type Person } from './person.ts'
import type { SignIn } from './refresh-tokens.ts'
import { Refused } from './refused.ts'
import type { Registration } from './registrations.ts'
import { grantScopes, graphValues } from './scopes.ts'
import type { TokenParts } from './token.ts'
import { entraError } from './token-faults.ts'

/** A code for permissions of Graph becomes tokens, a refresh token among them when `offline_access` was asked for. */
export async function signedIn(parts: TokenParts, client: Registration, grant: Grant): Promise<Answer> {
  const { person, scopes, nonce, signedInAt } = grant
  const failing = await parts.faults.take('authorization_code', person)
  if (failing && 'answer' in failing) return failing.answer
  const signIn = { person: failing?.as ?? person, clientId: client.id, openid: scopes.openid, signedInAt }
  return tokens(parts, client, { signIn, isOffline: scopes.offline, nonce })
}

/** A refresh token becomes new tokens; the old one stays good, as Entra's does. */
export async function refreshed(
  parts: TokenParts,
  client: Registration,
  tenant: TenantPath,
  form: { refresh_token: string; scope: string },
): Promise<Answer> {
  const signIn = await parts.refreshTokens.open(form.refresh_token)
  const person = castMember(signIn.person)
  if (!person || signIn.clientId !== client.id || !signsInAt(person, tenant)) {
    throw new Refused(400, 'invalid_grant', 'AADSTS700005: The refresh token belongs to another application or tenant.')
  }
  const failing = await parts.faults.take('refresh_token', signIn.person)
  if (failing && 'answer' in failing) return failing.answer
  const refusal = refusalOf(parts, client, signIn, person, form.scope)
  if (refusal) return refusal
  return tokens(parts, client, { signIn: { ...signIn, person: failing?.as ?? signIn.person }, isOffline: true })
}

function refusalOf(
  { registered, consents, now }: TokenParts,
  client: Registration,
  signIn: SignIn,
  person: Person,
  scope: string,
): Answer | undefined {
  const scopes = grantScopes(registered, client, scope)
  if ('error' in scopes) throw new Refused(400, scopes.error, scopes.sentence)
  if (consents.isRevoked(person, signIn.signedInAt)) {
    const sentence = 'The provided grant has expired due to it being revoked, a fresh auth token is needed.'
    return entraError(now(), { error: 'invalid_grant', code: 50173, sentence, suberror: 'bad_token' })
  }
  if (consents.missing(person, graphValues(scopes)).length > 0) {
    const sentence = `The user or administrator has not consented to use the application with ID '${client.id}'.`
    return entraError(now(), { error: 'invalid_grant', code: 65001, sentence, suberror: 'consent_required' })
  }
  return undefined
}

const signsInAt = ({ tenantId }: Person, tenant: TenantPath) =>
  tenant === 'common' || tenant === tenantId || (tenant === 'consumers' && tenantId === consumerTenantId)

async function tokens(
  { issue, consents, refreshTokens }: TokenParts,
  client: Registration,
  { signIn, isOffline, nonce }: { signIn: SignIn; isOffline: boolean; nonce?: string | undefined },
): Promise<Answer> {
  const person = castMember(signIn.person)
  if (!person) throw new Refused(404, 'not_found', `Nobody of the cast is called ${signIn.person}.`)
  // As Entra's: a token holds all that was ever consented to for its resource, not only what was asked for this time.
  const values = consents.granted(person)
  const { access_token, id_token, expires_in } = await issue({
    person: signIn.person,
    client: client.name,
    audience: 'microsoftGraph',
    scopes: [...signIn.openid, ...values],
    authTime: Math.floor(signIn.signedInAt / 1000),
    ...(nonce === undefined ? {} : { nonce }),
  })
  return json(200, {
    token_type: 'Bearer',
    scope: [...signIn.openid, ...values.map((value) => `https://graph.microsoft.com/${value}`)].join(' '),
    expires_in,
    ext_expires_in: expires_in,
    access_token,
    ...(isOffline ? { refresh_token: await refreshTokens.issue(signIn) } : {}),
    ...(id_token === undefined ? {} : { id_token }),
  })
}
