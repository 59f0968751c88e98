import { issuerOf } from './claims.ts'
import type { KeyUse, SigningKeys } from './keys.ts'
import { consumerTenantId, Guid } from './person.ts'
import { Refused } from './refused.ts'

/** The first part of a path: one tenant, or a whole class of them. */
export type TenantPath = string

/**
 * Checks the tenant part of a path. Any GUID is a tenant here, so that tests can make up companies.
 * @throws Refused 400 for a domain name and for everything else
 */
export function tenantPath(segment: string): TenantPath {
  if (['common', 'organizations', 'consumers'].includes(segment)) return segment
  const tenantId = Guid.safeParse(segment)
  if (tenantId.success) return tenantId.data
  const hint = 'the identity stand-in knows common, organizations, consumers and GUIDs'
  throw new Refused(400, 'invalid_tenant', `AADSTS90002: There is no tenant ${segment}: ${hint}.`)
}

const isConsumers = (tenant: TenantPath) => tenant === 'consumers' || tenant === consumerTenantId
const isMany = (tenant: TenantPath) => tenant === 'common' || tenant === 'organizations'

/** The issuer that a discovery document or a key of this tenant names: a template where there are many. */
const issuer = (authority: string, tenant: TenantPath) =>
  issuerOf(authority, isMany(tenant) ? '{tenantid}' : isConsumers(tenant) ? consumerTenantId : tenant)

/** `/.well-known/openid-configuration`: only what this stand-in can do. */
export function discoveryDocument(authority: string, tenant: TenantPath) {
  const base = `${authority}/${tenant}`
  return {
    issuer: issuer(authority, tenant),
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    token_endpoint: `${base}/oauth2/v2.0/token`,
    end_session_endpoint: `${base}/oauth2/v2.0/logout`,
    jwks_uri: `${base}/discovery/v2.0/keys`,
    response_types_supported: ['code'],
    response_modes_supported: ['query', 'fragment'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    request_uri_parameter_supported: false,
  }
}

/** The key set. Each key names its own issuer; a key for personal accounts is bound to their tenant. */
export function keySet(authority: string, tenant: TenantPath, keys: SigningKeys) {
  const shown = (use: KeyUse) =>
    use === 'consumers' ? tenant === 'common' || isConsumers(tenant) : !isConsumers(tenant)
  return {
    keys: keys
      .published()
      .filter(({ use }) => shown(use))
      .map(({ kid, use, n, e }) => ({
        kty: 'RSA',
        use: 'sig',
        kid,
        x5t: kid,
        n,
        e,
        issuer: issuer(authority, use === 'consumers' ? 'consumers' : tenant),
      })),
  }
}
