import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { localClientIds } from './cast.ts'

/** The file that says which registrations exist: the same one the set-up script reads. */
export const registrationsFile = fileURLToPath(new URL('../../registrations.json', import.meta.url))

const OptionalClaims = z.array(z.object({ name: z.string(), additionalProperties: z.array(z.string()).default([]) }))
const Application = z.object({
  displayName: z.string(),
  identifierUris: z.array(z.string()).default([]),
  api: z.object({
    requestedAccessTokenVersion: z.literal([1, 2]).nullable().default(null),
    oauth2PermissionScopes: z.array(z.object({ id: z.string(), value: z.string() })).default([]),
    preAuthorizedApplications: z
      .array(z.object({ appId: z.string(), delegatedPermissionIds: z.array(z.string()) }))
      .default([]),
  }),
  spa: z.object({ redirectUris: z.array(z.string()) }).optional(),
  optionalClaims: z
    .object({ accessToken: OptionalClaims.default([]), idToken: OptionalClaims.default([]) })
    .prefault({}),
})
const names = ['licensingApi', 'sendingApi', 'addIn', 'portal'] as const
const Registrations = z.object({
  applications: z.record(z.enum(names), Application),
  localRedirectUris: z.partialRecord(z.enum(names), z.array(z.string())),
})

/** How this project calls its registrations. */
export const RegistrationName = z.enum(names)
export type RegistrationName = z.output<typeof RegistrationName>
/** One app registration: an excerpt of Microsoft Graph's `application`, placeholders filled in. */
export type Registration = z.output<typeof Application> & {
  name: RegistrationName
  /** The application id, a GUID: `client_id` of a client, `aud` of a resource. */
  id: string
  /** Redirect addresses on this machine; they match on any port. */
  localRedirectUris: string[]
}

/** All registrations, and what is looked up in them. */
export interface Registered {
  byName: Record<RegistrationName, Registration>
  /** The registration with this application id, or undefined. */
  client(id: string): Registration | undefined
}

/**
 * Reads the registrations and fills in the application ids of one machine.
 * @param file a path; tests pass a changed copy
 * @throws Error when the file is not what the set-up script could use either
 */
export function readRegistrations(file: string = registrationsFile): Registered {
  const text = readFileSync(file, 'utf8').replace(
    /\{(licensingApi|sendingApi|addIn|portal)\}/g,
    (_, name: RegistrationName) => localClientIds[name],
  )
  const parsed = Registrations.parse(JSON.parse(text))
  const registration = (name: RegistrationName): Registration => ({
    ...parsed.applications[name],
    name,
    id: localClientIds[name],
    localRedirectUris: parsed.localRedirectUris[name] ?? [],
  })
  const byName = {
    licensingApi: registration('licensingApi'),
    sendingApi: registration('sendingApi'),
    addIn: registration('addIn'),
    portal: registration('portal'),
  }
  return { byName, client: (id) => Object.values(byName).find((known) => known.id === id) }
}

/** True for a registered `http://localhost/…` on any port, written canonically and with nothing added. */
export function isLocalRedirect(registered: string[], uri: string): boolean {
  const url = URL.parse(uri)
  if (url?.href !== uri || url.protocol !== 'http:' || url.hostname !== 'localhost') return false
  const plain = url.username === '' && url.password === '' && url.search === '' && url.hash === ''
  return plain && registered.some((known) => new URL(known).pathname === url.pathname)
}

/** The scopes a client asked for: those of OpenID Connect, and those of at most one resource. */
export interface GrantedScopes {
  openid: string[]
  resource?: { registration: Registration; values: string[] }
}

const openidScopes = ['openid', 'profile', 'email']

/** What is wrong with asked scopes, as Entra names it. */
export interface ScopeFault {
  error: 'invalid_scope' | 'consent_required'
  sentence: string
}

/** The scopes behind a `scope` parameter, or why this client does not get them. */
export function grantScopes(registered: Registered, client: Registration, asked: string): GrantedScopes | ScopeFault {
  const granted: GrantedScopes = { openid: [] }
  for (const scope of asked.split(' ').filter(Boolean)) {
    if (openidScopes.includes(scope)) granted.openid.push(scope)
    else {
      const fault = addResourceScope(granted, registered, client, scope)
      if (fault) return fault
    }
  }
  if (granted.openid.length > 0 || granted.resource) return granted
  return { error: 'invalid_scope', sentence: 'AADSTS900144: The parameter scope is missing.' }
}

function addResourceScope(granted: GrantedScopes, { byName }: Registered, client: Registration, scope: string) {
  const invalid = (sentence: string): ScopeFault => ({ error: 'invalid_scope', sentence })
  if (scope === 'offline_access') return invalid('This stand-in does not support offline_access (refresh tokens).')
  const slash = scope.lastIndexOf('/')
  const [resourceUri, value] = [scope.slice(0, slash), scope.slice(slash + 1)]
  const registration = Object.values(byName).find((known) => known.identifierUris.includes(resourceUri))
  const permission = registration?.api.oauth2PermissionScopes.find((known) => known.value === value)
  if (!registration || !permission) {
    return invalid(`This stand-in does not support the scope ${scope}: it is none of registrations.json.`)
  }
  if (granted.resource && granted.resource.registration !== registration) {
    return invalid('AADSTS28000: The scopes belong to more than one resource.')
  }
  const allowed = registration.api.preAuthorizedApplications.find(({ appId }) => appId === client.id)
  if (!allowed?.delegatedPermissionIds.includes(permission.id)) {
    const sentence = `AADSTS65001: ${client.name} is not pre-authorised for ${scope}; consent is not supported here.`
    return { error: 'consent_required', sentence } satisfies ScopeFault
  }
  granted.resource ??= { registration, values: [] }
  granted.resource.values.push(value)
  return undefined
}
