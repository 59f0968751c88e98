import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cast, localClientIds, tenants } from '../../../../infra/local/identity/cast.ts'
import type { TokenRequest } from '../../../../infra/local/identity/issue.ts'
import { consumerTenantId, type PersonInput } from '../../../../infra/local/identity/person.ts'
import { registrationsFile } from '../../../../infra/local/identity/registrations.ts'
import { type Identity, startIdentity } from '../../../../infra/local/identity/server.ts'

const noon = new Date('2027-03-01T12:00:00Z')
const seconds = (date: Date) => Math.floor(date.getTime() / 1000)
const forAddIn = { client: 'addIn', audience: 'licensingApi' } as const
const folder = mkdtempSync(join(tmpdir(), 'identity-'))

let identity: Identity
beforeAll(async () => {
  identity = await startIdentity({ now: () => noon })
})
afterAll(async () => {
  await identity.close()
  rmSync(folder, { recursive: true })
})

const claimsOf = async (request: TokenRequest, provider = identity) =>
  decodeJwt<Record<string, unknown>>((await provider.issue(request)).access_token)
const memberOf = (tenant: keyof typeof tenants, more: Partial<PersonInput> = {}): PersonInput => ({
  tenantId: tenants[tenant].id,
  objectId: '5d0c2f4e-1111-4222-8333-0123456789ab',
  upn: 'someone@contoso.example',
  mail: 'some.one@contoso.example',
  edov: true,
  ...more,
})

/** A stand-in that reads a copy of the registrations, changed by `change`. */
async function withRegistrations(change: (file: Registrations) => void): Promise<Identity> {
  const file = JSON.parse(readFileSync(registrationsFile, 'utf8')) as Registrations
  change(file)
  const path = join(folder, `${Math.random()}.json`)
  writeFileSync(path, JSON.stringify(file))
  return startIdentity({ now: () => noon, registrations: path, data: folder })
}
interface Registrations {
  applications: {
    licensingApi: {
      api: { requestedAccessTokenVersion: number | null }
      optionalClaims: { accessToken: { name: string; additionalProperties?: string[] }[] }
    }
  }
}

describe('the access token of a member', () => {
  test('is verified by the published key of its own issuer, for the API and for nobody else', async () => {
    const { access_token, expires_in } = await identity.issue({ person: 'olivia', ...forAddIn })
    const published = createRemoteJWKSet(new URL(`${identity.authority}/common/discovery/v2.0/keys`))
    const rules = { algorithms: ['RS256'], issuer: identity.issuerOf(tenants.contoso.id), currentDate: noon }
    const { payload, protectedHeader } = await jwtVerify(access_token, published, {
      ...rules,
      audience: localClientIds.licensingApi,
    })
    expect(protectedHeader).toEqual({ typ: 'JWT', alg: 'RS256', kid: expect.any(String) })
    expect(payload).toEqual({
      aud: localClientIds.licensingApi,
      iss: `http://localhost:${identity.port}/${tenants.contoso.id}/v2.0`,
      iat: seconds(noon) - 300,
      nbf: seconds(noon) - 300,
      exp: seconds(noon) + expires_in!,
      sub: expect.stringMatching(/^[\w-]{43}$/),
      scp: 'access_as_user',
      uti: expect.any(String),
      tid: tenants.contoso.id,
      oid: cast.olivia.objectId,
      name: 'Olivia Owner',
      preferred_username: 'olivia@contoso.example',
      azp: localClientIds.addIn,
      azpacr: '0',
      email: 'olivia@contoso.example',
      xms_edov: true,
      upn: 'olivia@contoso.example',
      acct: 0,
      auth_time: seconds(noon),
      idtyp: 'user',
      ver: '2.0',
    })
    const forPortal = { ...rules, audience: localClientIds.portal }
    await expect(jwtVerify(access_token, published, forPortal)).rejects.toMatchObject({ claim: 'aud' })
  })

  test('lives 60 to 90 minutes, or as long as asked', async () => {
    const lifetimes = await Promise.all(
      Array.from({ length: 20 }, async () => (await identity.issue({ person: 'amir', ...forAddIn })).expires_in!),
    )
    expect(Math.min(...lifetimes)).toBeGreaterThanOrEqual(3600)
    expect(Math.max(...lifetimes)).toBeLessThan(5400)
    expect(new Set(lifetimes).size).toBeGreaterThan(1)
    expect((await claimsOf({ person: 'amir', ...forAddIn, expiresIn: -1 })).exp).toBe(seconds(noon) - 1)
  })

  test('has the same subject each time for one application, and another for the next', async () => {
    const [first, second, elsewhere] = await Promise.all([
      claimsOf({ person: 'bea', ...forAddIn }),
      claimsOf({ person: 'bea', client: 'portal', audience: 'licensingApi' }),
      claimsOf({ person: 'bea', client: 'addIn', audience: 'sendingApi' }),
    ])
    expect(second.sub).toBe(first.sub)
    expect(elsewhere.sub).not.toBe(first.sub)
    expect(elsewhere.oid).toBe(first.oid)
  })

  test('carries no tid, oid, names or upn without the scope profile', async () => {
    const claims = await claimsOf({ person: 'bea', ...forAddIn, scopes: ['openid', 'access_as_user'] })
    for (const name of ['tid', 'oid', 'name', 'preferred_username', 'upn']) expect(claims).not.toHaveProperty(name)
    expect(claims.scp).toBe('access_as_user')
  })

  test.each([
    ['olivia', true],
    ['amir', 1],
    ['bea', '1'],
    ['carla', 'true'],
  ] as const)('says xms_edov of %s as %j', async (person, form) => {
    expect((await claimsOf({ person, ...forAddIn })).xms_edov).toBe(form)
  })
})

describe('optional claims', () => {
  const asked = ['email', 'xms_edov', 'upn', 'acct', 'auth_time', 'idtyp']

  test.each(asked)('%s is there because registrations.json asks for it, and only then', async (name) => {
    const provider = await withRegistrations(({ applications: { licensingApi } }) => {
      const kept = licensingApi.optionalClaims.accessToken.filter((claim) => claim.name !== name)
      licensingApi.optionalClaims.accessToken = kept
    })
    const claims = await claimsOf({ person: 'olivia', ...forAddIn }, provider)
    await provider.close()
    const lost = name === 'email' ? ['email', 'xms_edov'] : [name]
    expect(asked.filter((one) => !(one in claims))).toEqual(lost)
  })

  test('idtyp of a person needs include_user_token; of an application it does not', async () => {
    const provider = await withRegistrations(({ applications: { licensingApi } }) => {
      licensingApi.optionalClaims.accessToken = [{ name: 'idtyp' }]
    })
    const person = await claimsOf({ person: 'olivia', ...forAddIn }, provider)
    const app = await claimsOf({ kind: 'app', tenantId: tenants.contoso.id, ...forAddIn }, provider)
    await provider.close()
    expect(person).not.toHaveProperty('idtyp')
    expect(app.idtyp).toBe('app')
  })

  test('a member without a mail attribute has neither email nor xms_edov', async () => {
    const { mail: _, ...silent } = memberOf('contoso')
    const claims = await claimsOf({ person: silent, ...forAddIn })
    expect(claims).not.toHaveProperty('email')
    expect(claims).not.toHaveProperty('xms_edov')
    expect(claims.upn).toBe('someone@contoso.example')
  })

  test('a guest is acct 1, signed in elsewhere, has email even unasked, and never upn', async () => {
    const guest = { person: 'kimGuest', ...forAddIn } as const
    const provider = await withRegistrations(({ applications: { licensingApi } }) => {
      licensingApi.optionalClaims.accessToken = []
    })
    const unasked = await claimsOf(guest, provider)
    await provider.close()
    expect(unasked).toMatchObject({ email: 'kim@fabrikam.example', tid: tenants.contoso.id })
    expect(unasked).not.toHaveProperty('acct')
    const claims = await claimsOf(guest)
    expect(claims).toMatchObject({ acct: 1, xms_edov: true, idp: `https://sts.windows.net/${tenants.fabrikam.id}/` })
    expect(claims).not.toHaveProperty('upn')
  })

  test('an outside member is acct 0; only idp tells', async () => {
    const claims = await claimsOf({ person: 'otto', ...forAddIn })
    expect(claims).toMatchObject({ acct: 0, idp: `https://sts.windows.net/${tenants.fabrikam.id}/` })
    expect(claims).not.toHaveProperty('upn')
  })

  test('a personal account has, of all we ask for, email alone', async () => {
    const claims = await claimsOf({ person: 'pat', ...forAddIn })
    expect(asked.filter((name) => name in claims)).toEqual(['email'])
    expect(claims).toMatchObject({ tid: consumerTenantId, iss: identity.issuerOf(consumerTenantId) })
    expect(claims).not.toHaveProperty('idp')
  })
})

describe('tokens on request', () => {
  test('of an application carry roles and no scope', async () => {
    const claims = await claimsOf({ kind: 'app', tenantId: tenants.contoso.id, ...forAddIn, roles: ['Licences.Read'] })
    expect(claims).toMatchObject({ roles: ['Licences.Read'], idtyp: 'app', tid: tenants.contoso.id, ver: '2.0' })
    expect(claims.oid).toBe(claims.sub)
    expect(claims).not.toHaveProperty('scp')
    expect(claims).not.toHaveProperty('name')
  })

  test('have the shape of v1 when asked, or when the registration does not ask for v2', async () => {
    const { access_token } = await identity.issue({ person: 'olivia', ...forAddIn, version: '1.0' })
    const claims = decodeJwt(access_token)
    expect(claims).toMatchObject({
      aud: `api://${localClientIds.licensingApi}`,
      iss: `https://sts.windows.net/${tenants.contoso.id}/`,
      appid: localClientIds.addIn,
      appidacr: '0',
      unique_name: 'olivia@contoso.example',
      ver: '1.0',
    })
    expect(claims).not.toHaveProperty('azp')
    expect(decodeProtectedHeader(access_token)).toHaveProperty('x5t')

    const provider = await withRegistrations(({ applications: { licensingApi } }) => {
      licensingApi.api.requestedAccessTokenVersion = null
    })
    const careless = await claimsOf({ person: 'olivia', ...forAddIn }, provider)
    await provider.close()
    expect(careless.ver).toBe('1.0')
  })

  test('leave out, change and add what a test wants', async () => {
    const claims = await claimsOf({
      person: 'olivia',
      ...forAddIn,
      authTime: seconds(noon) - 3600,
      omit: ['email'],
      override: { azp: localClientIds.portal, roles: ['operator'] },
    })
    expect(claims).toMatchObject({ azp: localClientIds.portal, roles: ['operator'], auth_time: seconds(noon) - 3600 })
    expect(claims).not.toHaveProperty('email')
  })

  test('of given claims are signed as they are', async () => {
    const { access_token, ...rest } = await identity.issue({ claims: { tid: consumerTenantId, exp: 7 } })
    expect(decodeJwt(access_token)).toEqual({ tid: consumerTenantId, exp: 7 })
    expect(rest).toEqual({})
  })

  test('come for people made up on the spot and for the cast as it is listed', async () => {
    const made = await claimsOf({ person: memberOf('fabrikam', { name: 'Some One' }), ...forAddIn })
    expect(made).toMatchObject({ tid: tenants.fabrikam.id, name: 'Some One', upn: 'someone@contoso.example', acct: 0 })
    expect(await claimsOf({ person: cast.lee, ...forAddIn })).toMatchObject({
      upn: 'k.lee@contoso.example',
      email: 'kim.lee@contoso.example',
    })
  })

  test('are refused by name for nobody we know and for a key that is not there', async () => {
    await expect(identity.issue({ person: 'nobody', ...forAddIn })).rejects.toThrow(
      'Nobody of the cast is called nobody',
    )
    await expect(identity.issue({ person: 'olivia', ...forAddIn, key: 'k9' })).rejects.toThrow('There is no key k9')
  })
})

describe('the ID token', () => {
  test('is for the client, with what its registration asks for', async () => {
    const { id_token } = await identity.issue({
      person: 'amir',
      client: 'portal',
      audience: 'licensingApi',
      nonce: 'n1',
    })
    expect(decodeJwt(id_token!)).toMatchObject({
      aud: localClientIds.portal,
      iss: identity.issuerOf(tenants.contoso.id),
      nonce: 'n1',
      oid: cast.amir.objectId,
      email: 'amir@contoso.example',
      xms_edov: 1,
      acct: 0,
      auth_time: seconds(noon),
    })
  })

  test('comes only with openid; the add-in, which asks for nothing, gets email by scope and no more', async () => {
    const { id_token } = await identity.issue({ person: 'amir', ...forAddIn })
    const claims = decodeJwt(id_token!)
    expect(claims.email).toBe('amir@contoso.example')
    for (const name of ['xms_edov', 'upn', 'acct', 'auth_time', 'scp']) expect(claims).not.toHaveProperty(name)
    expect(await identity.issue({ person: 'amir', ...forAddIn, scopes: ['access_as_user'] })).not.toHaveProperty(
      'id_token',
    )
  })
})

test('the cast has one address with two accounts, and every account once', () => {
  expect(cast.kimOld.mail).toBe(cast.kimNew.mail)
  const accounts = Object.values(cast).map(({ tenantId, objectId }) => `${tenantId}.${objectId}`)
  expect(new Set(accounts).size).toBe(accounts.length)
})
