import type { JWK } from 'jose'
import { adminConsentEndpoint } from './admin-consent.ts'
import { authorizeEndpoint, logoutEndpoint } from './authorize.ts'
import { issuerOf } from './claims.ts'
import { openClientKeys } from './client-key.ts'
import { openCodes } from './codes.ts'
import { Consents } from './consents.ts'
import { discoveryDocument, keySet, type TenantPath, tenantPath } from './discovery.ts'
import { type Faults, noFaults } from './faults.ts'
import { type Answer, type Asked, type Handle, json, listen, openToAll, serve, stop, withHeaders } from './frame.ts'
import { type Issue, tokenIssuer } from './issue.ts'
import { openKeys, type SigningKeys } from './keys.ts'
import { type Counts, localRoutes } from './local.ts'
import { RefreshTokens } from './refresh-tokens.ts'
import { unsupported } from './refused.ts'
import { readRegistrations } from './registrations.ts'
import { tokenEndpoint } from './token.ts'
import { TokenFaults } from './token-faults.ts'

/** How to start the stand-in. */
export interface IdentityOptions {
  /** Absent or 0: any free one. */
  port?: number
  /** Folder for the signing keys; absent: they live in memory. */
  data?: string
  now?: () => Date
  /** Base address in issuers and documents; absent: `http://localhost:<port>`. */
  publicUrl?: string
  /** Path of the registrations; tests pass a changed copy. */
  registrations?: string
}

/** A running stand-in. */
export interface Identity {
  port: number
  /** What `ENTRA_AUTHORITY` is set to; without a slash at the end. */
  authority: string
  issuerOf(tenantId: string): string
  issue: Issue
  keys: SigningKeys
  /** Of the key set endpoint. */
  faults: Faults
  /** Of the token endpoint. */
  tokenFaults: TokenFaults
  /** Who has consented to what, and whose sessions were revoked. */
  consents: Consents
  /** The private key by which the client of mailbox grants proves itself. */
  clientKey: JWK
  /** The private key by which the page's client proves itself. */
  portalKey: JWK
  /** How often each endpoint was asked so far. */
  counts(): Counts
  close(): Promise<void>
}

/** Starts an identity provider shaped like Microsoft Entra ID v2. @throws Error `EADDRINUSE` when the port is taken */
export async function startIdentity(options: IdentityOptions = {}): Promise<Identity> {
  const { now = () => new Date(), data } = options
  const registered = readRegistrations(options.registrations)
  const [keys, clientKeys] = await Promise.all([openKeys(data), openClientKeys(data)])
  const { server, port } = await listen(options.port ?? 0)
  const authority = options.publicUrl ?? `http://localhost:${port}`
  const [faults, tokenFaults, consents] = [noFaults(), new TokenFaults(now), new Consents(data)]
  const counts: Counts = { discovery: 0, keys: 0, authorize: 0, token: 0, logout: 0 }
  const issue = tokenIssuer(authority, registered, keys, now)
  const codes = openCodes(now)
  const refreshTokens = new RefreshTokens(data, now)
  const entra = entraRoutes(counts, keys, faults, authority, {
    authorize: authorizeEndpoint({ registered, codes, consents, tokenFaults, now }),
    token: tokenEndpoint({
      ...{ authority, registered, codes, refreshTokens, consents, clientKeys, issue, now },
      faults: tokenFaults,
    }),
    logout: logoutEndpoint(registered),
    adminConsent: adminConsentEndpoint(registered, consents),
  })
  const local = localRoutes({ issue, keys, faults, tokenFaults, consents, counts, now })
  serve(server, (asked) => (asked.url.pathname.startsWith('/_local/') ? local : entra)(asked))

  return {
    ...{
      port,
      authority,
      issue,
      keys,
      faults,
      tokenFaults,
      consents,
      clientKey: clientKeys.sendingApi,
      portalKey: clientKeys.portal,
    },
    issuerOf: (tenantId) => issuerOf(authority, tenantId),
    counts: () => ({ ...counts }),
    close: async () => {
      faults.close()
      tokenFaults.close()
      await stop(server)
    },
  }
}

interface Endpoints {
  authorize: ReturnType<typeof authorizeEndpoint>
  token: ReturnType<typeof tokenEndpoint>
  logout: ReturnType<typeof logoutEndpoint>
  adminConsent: ReturnType<typeof adminConsentEndpoint>
}

const entraRoutes = (counts: Counts, keys: SigningKeys, faults: Faults, authority: string, endpoints: Endpoints) =>
  tenantRoutes(counts, {
    'GET v2.0/.well-known/openid-configuration': {
      count: 'discovery',
      answer: (_, tenant) => json(200, discoveryDocument(authority, tenant), openToAll),
    },
    'GET discovery/v2.0/keys': {
      count: 'keys',
      answer: (_, tenant) => faults.answer(json(200, keySet(authority, tenant, keys), openToAll)),
    },
    'GET oauth2/v2.0/authorize': { count: 'authorize', answer: endpoints.authorize.show },
    'POST oauth2/v2.0/authorize': { count: 'authorize', answer: endpoints.authorize.pick },
    'POST oauth2/v2.0/token': {
      count: 'token',
      answer: (asked, tenant) => withHeaders(openToAll, () => endpoints.token(asked, tenant))(asked),
    },
    'OPTIONS oauth2/v2.0/token': { answer: preflight },
    'GET oauth2/v2.0/logout': { count: 'logout', answer: endpoints.logout },
    'GET v2.0/adminconsent': { answer: endpoints.adminConsent.show },
    'POST v2.0/adminconsent': { answer: endpoints.adminConsent.decide },
  })

interface TenantRoute {
  /** Absent: not counted. */
  count?: keyof Counts
  answer(asked: Asked, tenant: TenantPath): Answer | Promise<Answer>
}

/** Routes of the form `/{tenant}/…`. @throws Refused for every other, by name */
function tenantRoutes(counts: Counts, routes: Record<string, TenantRoute>): Handle {
  return (asked) => {
    const [segment = '', ...rest] = asked.url.pathname.slice(1).split('/')
    const route = routes[`${asked.method} ${rest.join('/')}`]
    if (!route) throw unsupported(`${asked.method} ${asked.url.pathname}`)
    const tenant = tenantPath(segment)
    if (route.count) counts[route.count] += 1
    return route.answer(asked, tenant)
  }
}

const preflight = (): Answer => ({
  status: 204,
  headers: { ...openToAll, 'access-control-allow-methods': 'POST', 'access-control-allow-headers': 'content-type' },
})
