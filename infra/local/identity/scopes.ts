import { graph } from './microsoft-graph.ts'
import type { Registered, Registration, Resource } from './registrations.ts'

/** The scopes a client asked for: those of OpenID Connect, and those of at most one resource. */
export interface GrantedScopes {
  openid: string[]
  /** Whether a refresh token was asked for. */
  offline: boolean
  resource?: { registration: Resource; values: string[] }
}

const openidScopes = ['openid', 'profile', 'email']

/** What is wrong with asked scopes, as Entra names it. */
export interface ScopeFault {
  error: 'invalid_scope' | 'consent_required'
  sentence: string
}

/** Whether a client may ask people for Graph, and so may hold refresh tokens: its registration names Graph. */
export const mayAskForGraph = ({ requiredResourceAccess }: Registration): boolean =>
  requiredResourceAccess.some(({ resourceAppId }) => resourceAppId === graph.id)

/** The values of Graph's permissions among granted scopes; people consent to these. */
export const graphValues = ({ resource }: GrantedScopes): string[] =>
  resource?.registration.name === 'microsoftGraph' ? resource.values : []

/** The scopes behind a `scope` parameter, or why this client does not get them. */
export function grantScopes(registered: Registered, client: Registration, asked: string): GrantedScopes | ScopeFault {
  const granted: GrantedScopes = { openid: [], offline: false }
  for (const scope of asked.split(' ').filter(Boolean)) {
    if (openidScopes.includes(scope)) granted.openid.push(scope)
    else if (scope === 'offline_access' && mayAskForGraph(client)) granted.offline = true
    else {
      const fault = addResourceScope(granted, registered, client, scope)
      if (fault) return fault
    }
  }
  if (granted.openid.length > 0 || granted.resource) return granted
  return { error: 'invalid_scope', sentence: 'AADSTS900144: The parameter scope is missing.' }
}

function addResourceScope(granted: GrantedScopes, registered: Registered, client: Registration, scope: string) {
  const invalid = (sentence: string): ScopeFault => ({ error: 'invalid_scope', sentence })
  if (scope === 'offline_access') return invalid('This stand-in does not support offline_access (refresh tokens).')
  const slash = scope.lastIndexOf('/')
  const [resourceUri, value] = [scope.slice(0, slash), scope.slice(slash + 1)]
  const { microsoftGraph: standing, ...ours } = registered.resources
  const reachable = mayAskForGraph(client) ? [standing, ...Object.values(ours)] : Object.values(ours)
  const registration = reachable.find((known) => known.identifierUris.includes(resourceUri))
  const permission = registration?.api.oauth2PermissionScopes.find((known) => known.value === value)
  if (!registration || !permission) {
    return invalid(`This stand-in does not support the scope ${scope}: it is none of registrations.json.`)
  }
  if (granted.resource && granted.resource.registration !== registration) {
    return invalid('AADSTS28000: The scopes belong to more than one resource.')
  }
  const allowed = registration.api.preAuthorizedApplications.find(({ appId }) => appId === client.id)
  // To permissions of Graph people consent on a page; between our own registrations everything is pre-authorised.
  if (registration.name !== 'microsoftGraph' && !allowed?.delegatedPermissionIds.includes(permission.id)) {
    const sentence = `AADSTS65001: ${client.name} is not pre-authorised for ${scope}; consent is not supported here.`
    return { error: 'consent_required', sentence } satisfies ScopeFault
  }
  granted.resource ??= { registration, values: [] }
  granted.resource.values.push(value)
  return undefined
}
