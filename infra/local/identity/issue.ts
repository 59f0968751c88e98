import { randomInt } from 'node:crypto'
import { CompactSign } from 'jose'
import * as z from 'zod'
import { castMember } from './cast.ts'
import { accessClaims, appClaims, type Claims, idClaims, type Occasion } from './claims.ts'
import type { SigningKeys } from './keys.ts'
import { consumerTenantId, Guid, Person } from './person.ts'
import { Refused } from './refused.ts'
import { type Registered, RegistrationName, ResourceName } from './registrations.ts'

const changes = {
  /** Names of claims to leave out. */
  omit: z.array(z.string()).optional(),
  /** Claims to set to something else, or to add. */
  override: z.record(z.string(), z.unknown()).optional(),
  /** Id of the key to sign with, also a withdrawn one; absent: the newest published one. */
  key: z.string().optional(),
  /** Seconds until the end; absent: 60 to 90 minutes, at random, as Microsoft does. */
  expiresIn: z.number().int().optional(),
}
const client = RegistrationName

const UserRequest = z.strictObject({
  kind: z.literal('user').optional(),
  /** Somebody of the cast by key, or an account made up for the moment. */
  person: z.union([z.string(), Person]),
  client,
  audience: ResourceName,
  /** Default: everything a client asks for, `openid profile email access_as_user`; of Graph `Mail.Send`. */
  scopes: z.array(z.string()).optional(),
  /** When the person signed in, seconds since 1970; absent: now. */
  authTime: z.number().optional(),
  nonce: z.string().optional(),
  /** Shape of the access token; absent: as the resource's registration asks. */
  version: z.enum(['1.0', '2.0']).optional(),
  ...changes,
})
const AppRequest = z.strictObject({
  kind: z.literal('app'),
  tenantId: Guid,
  client,
  audience: RegistrationName,
  roles: z.array(z.string()).default(['access_as_application']),
  ...changes,
})
const ClaimsRequest = z.strictObject({
  /** Signed exactly as given; nothing is added. */
  claims: z.record(z.string(), z.unknown()),
  key: z.string().optional(),
})

/** A wish for tokens: of a person, of an application alone, or of exactly these claims. */
export type TokenRequest = z.input<typeof UserRequest> | z.input<typeof AppRequest> | z.input<typeof ClaimsRequest>

/** Signed tokens (compact JWS). `id_token` is there when a person's scopes hold `openid`. */
export interface Tokens {
  access_token: string
  id_token?: string
  /** Seconds until the access token ends; absent when its claims were given. */
  expires_in?: number
}

/** Issues tokens. @throws Refused 404 for an unknown person or key; ZodError for a request of another shape */
export type Issue = (request: TokenRequest) => Promise<Tokens>

const openidScopes = ['openid', 'profile', 'email']
const usualLifetime = () => randomInt(60 * 60, 90 * 60)

/** The mint behind every way to a token. */
export function tokenIssuer(authority: string, registered: Registered, keys: SigningKeys, now: () => Date): Issue {
  const sign = async (claims: Claims, tenantId: string, kid: string | undefined): Promise<string> => {
    const key = await keys.signing(tenantId === consumerTenantId ? 'consumers' : 'organisations', kid)
    const legacy = claims.ver === '1.0' ? { x5t: key.kid } : {}
    return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
      .setProtectedHeader({ typ: 'JWT', alg: 'RS256', kid: key.kid, ...legacy })
      .sign(key.privateKey)
  }
  const occasionOf = (authTime: number | undefined, expiresIn: number | undefined): Occasion => ({
    authority,
    now: now(),
    authTime: authTime ?? Math.floor(now().getTime() / 1000),
    expiresIn: expiresIn ?? usualLifetime(),
  })

  const forPerson = async (request: z.output<typeof UserRequest>): Promise<Tokens> => {
    const occasion = occasionOf(request.authTime, request.expiresIn)
    const person = personOf(request.person)
    const client = registered.byName[request.client]
    const registration = registered.resources[request.audience]
    const usual = registration.name === 'microsoftGraph' ? 'Mail.Send' : 'access_as_user'
    const scopes = request.scopes ?? [...openidScopes, usual]
    const openid = scopes.filter((scope) => openidScopes.includes(scope))
    const values = scopes.filter((scope) => !openidScopes.includes(scope))
    const asked = registration.api.requestedAccessTokenVersion === 2 ? '2.0' : '1.0'
    const version = request.version ?? asked
    const access = accessClaims(occasion, person, client, { registration, values }, openid, version)
    const id = openid.includes('openid') ? idClaims(occasion, person, client, openid, request.nonce) : undefined
    return {
      access_token: await sign(changed(access, request), person.tenantId, request.key),
      ...(id ? { id_token: await sign(changed(id, request), person.tenantId, request.key) } : {}),
      expires_in: occasion.expiresIn,
    }
  }
  const forApp = async (request: z.output<typeof AppRequest>): Promise<Tokens> => {
    const occasion = occasionOf(undefined, request.expiresIn)
    const { [request.client]: client, [request.audience]: resource } = registered.byName
    const claims = appClaims(occasion, request.tenantId, client, resource, request.roles)
    const token = await sign(changed(claims, request), request.tenantId, request.key)
    return { access_token: token, expires_in: occasion.expiresIn }
  }

  return async (request) => {
    if ('claims' in request) {
      const { claims, key } = ClaimsRequest.parse(request)
      return { access_token: await sign(claims, String(claims.tid), key) }
    }
    return request.kind === 'app' ? forApp(AppRequest.parse(request)) : forPerson(UserRequest.parse(request))
  }
}

function personOf(person: string | Person): Person {
  if (typeof person !== 'string') return person
  const found = castMember(person)
  if (!found) throw new Refused(404, 'not_found', `Nobody of the cast is called ${person}.`)
  return found
}

function changed(
  claims: Claims,
  { omit = [], override = {} }: { omit?: string[] | undefined; override?: Claims | undefined },
) {
  const kept = Object.entries(claims).filter(([name]) => !omit.includes(name))
  return { ...Object.fromEntries(kept), ...override }
}
