import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const GRAPH = 'https://graph.microsoft.com/v1.0'

/** What the file says: an application as Microsoft Graph takes it, with names in braces. */
export interface Registrations {
  applications: Record<string, Application>
}
type Application = Record<string, unknown> & { displayName: string; api?: Record<string, unknown> }

/** What stands in the place of names in braces, beside the ids of the registrations themselves. */
export interface Places {
  publicOrigin: string
  addInHost: string
}

/** One request to Microsoft Graph; each may be repeated: what is there is changed, what is not is made. */
export interface Request {
  path: string
  body: Record<string, unknown>
}

/** The name by which a registration is found again, whoever renames it for people. */
export const uniqueName = (environment: string, name: string): string => `securemailmerge-${environment}-${name}`

/** The variable that a deployment wants the id of a registration in. */
export const clientIdOf = (name: string): string =>
  `${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}_CLIENT_ID`

/** Makes sure that there are registrations: their ids are needed before one can name another. */
export const firstRequests = ({ applications }: Registrations, environment: string): Record<string, Request> =>
  Object.fromEntries(
    Object.entries(applications).map(([name, { displayName, signInAudience, api }]) => [
      name,
      {
        path: `/applications(uniqueName='${uniqueName(environment, name)}')`,
        // Said at once: without it, personal accounts are refused.
        body: { displayName, signInAudience, api: { requestedAccessTokenVersion: api?.requestedAccessTokenVersion } },
      },
    ]),
  )

/**
 * Makes the registrations what the file says: first what others name, their scopes, then everything; and that each can
 * be consented to in our own tenant.
 * @param ids the application id of each registration
 * @throws Error when the file names something that is not known
 */
export function nextRequests(
  file: Registrations,
  environment: string,
  ids: Record<string, string>,
  places: Places,
): Request[] {
  const filled = JSON.parse(
    JSON.stringify(file.applications).replaceAll(/\{(\w+)\}/g, (_, name: string) => {
      const value = { ...places, ...ids }[name]
      if (value === undefined) throw new Error(`infra/registrations.json names {${name}}, which nothing is called.`)
      return value
    }),
  ) as Registrations['applications']
  const of = (name: string) => `/applications(uniqueName='${uniqueName(environment, name)}')`
  const withoutClients = ({ preAuthorizedApplications: _, ...api }: Record<string, unknown>) => api
  return [
    ...Object.entries(filled).flatMap(([name, { api, identifierUris }]) =>
      api
        ? [{ path: of(name), body: { api: withoutClients(api), ...(identifierUris ? { identifierUris } : {}) } }]
        : [],
    ),
    ...Object.entries(filled).map(([name, body]) => ({ path: of(name), body })),
    ...Object.values(ids).map((appId) => ({ path: `/servicePrincipals(appId='${appId}')`, body: { appId } })),
  ]
}

/** The registrations that a service is a client as, and the service. */
export const trusting = { sendingApi: 'merge-send-queue', portal: 'licence-portal' } as const

/** Lets the identity of a service in Azure vouch for a registration, instead of a secret. */
export const trustRequest = (
  environment: string,
  name: keyof typeof trusting,
  tenant: string,
  principal: string,
): Request => ({
  path: `/applications(uniqueName='${uniqueName(environment, name)}')/federatedIdentityCredentials(name='${trusting[name]}')`,
  body: {
    name: trusting[name],
    issuer: `https://login.microsoftonline.com/${tenant}/v2.0`,
    subject: principal,
    audiences: ['api://AzureADTokenExchange'],
  },
})

function az(args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync('az', args, { encoding: 'utf8', timeout: 120_000 })
  if (status !== 0) throw new Error(`az ${args.slice(0, 2).join(' ')} failed: ${error?.message ?? stderr.trim()}`)
  return stdout
}

function ask({ path, body }: Request): void {
  const headers = ['--headers', 'Prefer=create-if-missing', 'Content-Type=application/json']
  az(['rest', '--method', 'patch', '--url', GRAPH + path, ...headers, '--body', JSON.stringify(body)])
}

function idOf({ path }: Request): string {
  return az(['rest', '--url', `${GRAPH}${path}?$select=appId`, '--query', 'appId', '--output', 'tsv']).trim()
}

/** Registers everything, as whoever is signed in to the Azure CLI, and prints what the deployment wants to know. */
function register(
  environment: string,
  publicHost: string,
  addInHost: string,
  principals: Partial<Record<keyof typeof trusting, string | undefined>>,
): void {
  const file = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'registrations.json'), 'utf8')) as Registrations
  const first = firstRequests(file, environment)
  for (const request of Object.values(first)) ask(request)
  const ids = Object.fromEntries(Object.entries(first).map(([name, request]) => [name, idOf(request)]))
  const places = { publicOrigin: `https://${publicHost}`, addInHost }
  for (const request of nextRequests(file, environment, ids, places)) ask(request)
  const tenant = () => az(['account', 'show', '--query', 'tenantId', '--output', 'tsv']).trim()
  for (const [name, principal] of Object.entries(principals))
    if (principal) ask(trustRequest(environment, name as keyof typeof trusting, tenant(), principal))
  for (const [name, id] of Object.entries(ids)) {
    console.log(`${clientIdOf(name)}=${id}`)
  }
}

if (process.argv[1] === import.meta.filename) {
  const [environment, publicHost, addInHost, sendingApi, portal] = process.argv.slice(2)
  if (!environment || !publicHost || !addInHost) {
    console.error(
      'registrations.ts <environment> <public host> <host of the add-in> [<SENDING_PRINCIPAL_ID> <PORTAL_PRINCIPAL_ID>]',
    )
    process.exit(1)
  }
  register(environment, publicHost, addInHost, { sendingApi, portal })
}
