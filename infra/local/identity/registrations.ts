import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { localClientIds } from './cast.ts'
import { graph } from './microsoft-graph.ts'

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
  requiredResourceAccess: z.array(z.object({ resourceAppId: z.string() })).default([]),
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
/** What tokens are for: our registrations, and Microsoft Graph. */
export const ResourceName = z.enum([...names, 'microsoftGraph'])
export type ResourceName = z.output<typeof ResourceName>
/** One app registration: an excerpt of Microsoft Graph's `application`, placeholders filled in. */
export type Resource = z.output<typeof Application> & {
  name: ResourceName
  /** The application id, a GUID: `client_id` of a client, `aud` of a resource. */
  id: string
}
/** A registration of ours, which can be a client. */
export type Registration = Resource & {
  name: RegistrationName
  /** Redirect addresses on this machine; they match on any port. */
  localRedirectUris: string[]
}

/** All registrations, and what is looked up in them. */
export interface Registered {
  byName: Record<RegistrationName, Registration>
  /** Our registrations and Microsoft Graph. */
  resources: Record<ResourceName, Resource>
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
  const client = (id: string) => Object.values(byName).find((known) => known.id === id)
  return { byName, resources: { ...byName, microsoftGraph: { ...graph, ...Application.parse(graph) } }, client }
}

/** True for a registered `http://localhost/…` on any port, written canonically and with nothing added. */
export function isLocalRedirect(registered: string[], uri: string): boolean {
  const url = URL.parse(uri)
  if (url?.href !== uri || url.protocol !== 'http:' || url.hostname !== 'localhost') return false
  const plain = url.username === '' && url.password === '' && url.search === '' && url.hash === ''
  return plain && registered.some((known) => new URL(known).pathname === url.pathname)
}
