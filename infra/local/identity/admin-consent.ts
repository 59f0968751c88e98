import * as z from 'zod'
import { type CastMember, castMember, tenantOf } from './cast.ts'
import { adminConsentPage } from './consent-page.ts'
import type { Consents } from './consents.ts'
import type { TenantPath } from './discovery.ts'
import { type Answer, type Asked, parameters } from './frame.ts'
import { readable } from './page.ts'
import { notRegistered, redirect } from './redirects.ts'
import { Refused } from './refused.ts'
import { isLocalRedirect, type Registered } from './registrations.ts'
import { grantScopes, graphValues, mayAskForGraph } from './scopes.ts'
import { languageOf } from './words.ts'

const Parameters = z
  .object({ client_id: z.string(), redirect_uri: z.string(), scope: z.string(), state: z.string().optional() })
  .catchall(z.never('is not supported by the identity stand-in'))

/** The endpoint where an administrator consents for a tenant: its page (GET), and the way back (POST). */
export function adminConsentEndpoint(registered: Registered, consents: Consents) {
  const show = (asked: Asked, tenant: TenantPath): Answer => {
    const { administrator, client, values, redirectUri } = sought(registered, asked, tenant)
    const language = languageOf(asked.header('accept-language'))
    const action = asked.url.pathname + asked.url.search
    return adminConsentPage({ language, client, values, action, redirectUri }, administrator)
  }
  const decide = async (asked: Asked, tenant: TenantPath): Promise<Answer> => {
    const form = parameters(new URLSearchParams(await asked.text()))
    const { administrator, values, scope, redirectUri, state } = sought(registered, asked, tenant)
    const isAccepted = form.consent === 'accept'
    if (isAccepted && form.person !== administrator.key) {
      throw new Refused(400, 'invalid_request', `AADSTS90093: ${form.person} is no administrator of ${tenant}.`)
    }
    if (isAccepted) consents.consentFor(administrator.tenantId, values)
    const answer: Record<string, string> = isAccepted
      ? { admin_consent: 'True', tenant: administrator.tenantId, scope }
      : { admin_consent: 'True', error: 'consent_required', error_description: 'AADSTS65004: The request was denied.' }
    return redirect(redirectUri, 'query', { ...answer, ...(state === undefined ? {} : { state }) })
  }
  return { show: readable(show), decide: readable(decide) }
}

interface Sought {
  administrator: CastMember
  client: string
  values: string[]
  scope: string
  redirectUri: string
  state: string | undefined
}

function sought(registered: Registered, asked: Asked, tenant: TenantPath): Sought {
  const { client_id, redirect_uri: redirectUri, scope, state } = Parameters.parse(parameters(asked.url.searchParams))
  const client = registered.client(client_id)
  if (!client || !mayAskForGraph(client)) {
    throw new Refused(400, 'unauthorized_client', `AADSTS700016: There is no application ${client_id}.`)
  }
  if (!isLocalRedirect(client.localRedirectUris, redirectUri)) throw notRegistered(redirectUri)
  const scopes = grantScopes(registered, client, scope)
  if ('error' in scopes) throw new Refused(400, scopes.error, scopes.sentence)
  const administrator = castMember(tenantOf(tenant)?.administrator ?? '')
  if (!administrator) throw new Refused(400, 'invalid_request', `AADSTS500021: ${tenant} has no administrator here.`)
  return { administrator, client: client.displayName, values: graphValues(scopes), scope, redirectUri, state }
}
