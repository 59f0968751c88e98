import { createHash, randomBytes } from 'node:crypto'
import { consumerTenantId, type Person } from './person.ts'
import type { Registration, Resource } from './registrations.ts'

/** A token's payload. */
export type Claims = Record<string, unknown>

/** What every token of one moment has in common. */
export interface Occasion {
  /** Base address of the provider, without a slash at the end. */
  authority: string
  now: Date
  /** When the person signed in, in seconds since 1970. */
  authTime: number
  /** Seconds until the token ends. */
  expiresIn: number
}

// Microsoft dates its tokens five minutes back, for receivers whose clock is behind.
const backdatedSeconds = 300
// Of the optional claims we ask for, the only one that Microsoft's table also promises for personal accounts.
const promisedToPersonalAccounts = ['email']

/** The v2 issuer of a tenant. */
export const issuerOf = (authority: string, tenantId: string): string => `${authority}/${tenantId}/v2.0`

/** The access token of a person for a resource: the standing claims, and what the resource's registration asks for. */
export function accessClaims(
  occasion: Occasion,
  person: Person,
  client: Registration,
  resource: { registration: Resource; values: string[] },
  openid: string[],
  version: '1.0' | '2.0',
): Claims {
  const { registration, values } = resource
  const shared = { ...times(occasion), sub: pairwise(person, registration.id), scp: values.join(' '), uti: unique() }
  const optional = optionalClaims(occasion, person, registration.optionalClaims.accessToken, openid)
  if (version === '2.0') {
    return {
      aud: registration.id,
      iss: issuerOf(occasion.authority, person.tenantId),
      ...shared,
      ...profile(person, openid),
      ...clientClaims(client),
      ...optional,
      ver: '2.0',
    }
  }
  return {
    aud: registration.identifierUris[0],
    iss: `https://sts.windows.net/${person.tenantId}/`,
    ...shared,
    ...v1Profile(person),
    appid: client.id,
    appidacr: clientClaims(client).azpacr,
    ...optional,
    ver: '1.0',
  }
}

/** The ID token of a person for a client. */
export function idClaims(
  occasion: Occasion,
  person: Person,
  client: Registration,
  openid: string[],
  nonce: string | undefined,
): Claims {
  return {
    aud: client.id,
    iss: issuerOf(occasion.authority, person.tenantId),
    ...times(occasion),
    sub: pairwise(person, client.id),
    uti: unique(),
    ...(nonce === undefined ? {} : { nonce }),
    ...(openid.includes('email') && person.mail !== undefined ? { email: person.mail } : {}),
    ...profile(person, openid),
    ...optionalClaims(occasion, person, client.optionalClaims.idToken, openid),
    ver: '2.0',
  }
}

/** An app-only token: an application that speaks for nobody. */
export function appClaims(
  occasion: Occasion,
  tenantId: string,
  client: Registration,
  resource: Registration,
  roles: string[],
): Claims {
  const principal = guidFrom(tenantId, client.id)
  const asked = resource.optionalClaims.accessToken.some(({ name }) => name === 'idtyp')
  return {
    aud: resource.id,
    iss: issuerOf(occasion.authority, tenantId),
    ...times(occasion),
    azp: client.id,
    azpacr: '2',
    oid: principal,
    sub: principal,
    tid: tenantId,
    roles,
    uti: unique(),
    ...(asked ? { idtyp: 'app' } : {}),
    ver: '2.0',
  }
}

function times({ now, expiresIn }: Occasion): Claims {
  const seconds = Math.floor(now.getTime() / 1000)
  const since = seconds - backdatedSeconds
  return { iat: since, nbf: since, exp: seconds + expiresIn }
}

function profile(person: Person, openid: string[]): Claims {
  if (!openid.includes('profile')) return {}
  return {
    tid: person.tenantId,
    oid: person.objectId,
    name: person.name ?? person.upn,
    preferred_username: person.upn,
  }
}

const v1Profile = (person: Person): Claims => ({
  tid: person.tenantId,
  oid: person.objectId,
  name: person.name ?? person.upn,
  unique_name: person.upn,
  upn: person.upn,
})

// 0 = a public client, 2 = one that proves itself by certificate or federation; secrets (1) we have none.
const clientClaims = (client: Registration) => ({ azp: client.id, azpacr: client.spa ? '0' : '2' })

function optionalClaims(
  { authTime }: Occasion,
  person: Person,
  asked: Registration['optionalClaims']['accessToken'],
  openid: string[],
): Claims {
  const { kind, mail, edov } = person
  const personal = kind === 'personal' || person.tenantId === consumerTenantId
  const wanted = asked.filter(({ name }) => !personal || promisedToPersonalAccounts.includes(name))
  const asks = (name: string) => wanted.some((claim) => claim.name === name)
  const email = mail !== undefined && (asks('email') || kind === 'guest')
  const userType = wanted.find(({ name }) => name === 'idtyp')?.additionalProperties.includes('include_user_token')
  return {
    ...(person.idp === undefined ? {} : { idp: person.idp }),
    ...(email ? { email: mail } : {}),
    ...(email && asks('xms_edov') && edov !== undefined ? { xms_edov: edov } : {}),
    ...(asks('upn') && kind === 'member' && openid.includes('profile') ? { upn: person.upn } : {}),
    ...(asks('acct') ? { acct: kind === 'guest' ? 1 : 0 } : {}),
    ...(asks('auth_time') ? { auth_time: authTime } : {}),
    ...(userType ? { idtyp: 'user' } : {}),
  }
}

const digest = (...parts: string[]) => createHash('sha256').update(parts.join('|')).digest()
const unique = () => randomBytes(16).toString('base64url')

/** The same person has another `sub` in each application, and always the same in one. */
const pairwise = (person: Person, applicationId: string) =>
  digest(person.tenantId, person.objectId, applicationId).toString('base64url')

function guidFrom(...parts: string[]): string {
  const hex = digest(...parts).toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}
