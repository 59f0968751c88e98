import { readFileSync } from 'node:fs'
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, type JWK, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cast } from '../../infra/local/identity/cast.ts'
import { consumerTenantId } from '../../infra/local/identity/person.ts'
import { registrationsFile } from '../../infra/local/identity/registrations.ts'
import { type Identity, startIdentity } from '../../infra/local/identity/server.ts'

/**
 * What a resource server relies on, asked of the stand-in or, unchanged, of a real tenant: set FIDELITY_ENTRA_TOKEN
 * (an access token of a member for our Licensing API, fetched with the scopes openid profile email), FIDELITY_ENTRA_TENANT
 * (its tenant id), and name that tenant in FIDELITY_ENTRA_TEST_TENANTS (comma-separated). It only reads.
 */
interface Target {
  name: string
  authority: string
  tenantId: string
  /** An access token of a member for the Licensing API. */
  token: string
}

const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** The real tenant that the settings name, none, or a refusal before anything is asked (F49). */
function realTarget(env: Record<string, string | undefined>): Target | undefined {
  const {
    FIDELITY_ENTRA_TOKEN: token,
    FIDELITY_ENTRA_TENANT: tenantId,
    FIDELITY_ENTRA_TEST_TENANTS: allowed = '',
  } = env
  if (token === undefined && tenantId === undefined) return undefined
  if (token === undefined || tenantId === undefined) {
    throw new Error('FIDELITY_ENTRA_TOKEN and FIDELITY_ENTRA_TENANT belong together: set both or none')
  }
  if (!guid.test(tenantId)) throw new Error('FIDELITY_ENTRA_TENANT is not a tenant id')
  if (!allowed.split(',').some((one) => one.trim() === tenantId)) {
    throw new Error('FIDELITY_ENTRA_TENANT is not named in FIDELITY_ENTRA_TEST_TENANTS')
  }
  if (decodeJwt(token).tid !== tenantId) throw new Error('FIDELITY_ENTRA_TOKEN is not of FIDELITY_ENTRA_TENANT')
  return { name: `tenant ${tenantId}`, authority: 'https://login.microsoftonline.com', tenantId, token }
}

let standIn: Identity
let target: Target
let standInClaims: Record<string, unknown>
beforeAll(async () => {
  const real = realTarget(process.env)
  standIn = await startIdentity()
  const { access_token } = await standIn.issue({ person: 'olivia', client: 'addIn', audience: 'licensingApi' })
  standInClaims = decodeJwt(access_token)
  const { tenantId } = cast.olivia
  target = real ?? { name: 'the stand-in', authority: standIn.authority, tenantId, token: access_token }
  console.log(`identity: ran against ${target.name} (${target.authority})`)
})
afterAll(() => standIn?.close())

const read = async <T>(path: string) => (await (await fetch(`${target.authority}/${path}`)).json()) as T
type Key = JWK & { issuer: string }

describe('what a resource server relies on', () => {
  test.each(['common', 'the tenant'])('the discovery document of %s', async (name) => {
    const tenant = name === 'common' ? name : target.tenantId
    const document = await read<Record<string, string>>(`${tenant}/v2.0/.well-known/openid-configuration`)
    expect(document).toMatchObject({
      issuer: `${target.authority}/${name === 'common' ? '{tenantid}' : target.tenantId}/v2.0`,
      jwks_uri: `${target.authority}/${tenant}/discovery/v2.0/keys`,
      authorization_endpoint: `${target.authority}/${tenant}/oauth2/v2.0/authorize`,
      token_endpoint: `${target.authority}/${tenant}/oauth2/v2.0/token`,
      end_session_endpoint: `${target.authority}/${tenant}/oauth2/v2.0/logout`,
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['RS256'],
      request_uri_parameter_supported: false,
      response_types_supported: expect.arrayContaining(['code']),
      response_modes_supported: expect.arrayContaining(['query', 'fragment']),
      scopes_supported: expect.arrayContaining(['openid', 'profile', 'email']),
    })
  })

  test('the key set: RSA keys that name themselves and their issuer, personal accounts apart', async () => {
    const { keys } = await read<{ keys: Key[] }>('common/discovery/v2.0/keys')
    const issuers = new Set(keys.map(({ issuer }) => issuer))
    for (const key of keys) {
      expect(key).toMatchObject({ kty: 'RSA', use: 'sig', kid: expect.stringMatching(/^.+$/), e: 'AQAB' })
      expect(Buffer.from(key.n ?? '', 'base64url').length).toBeGreaterThanOrEqual(256)
      expect(key.x5t).toBe(key.kid)
    }
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(keys.length)
    expect(issuers).toContain(`${target.authority}/{tenantid}/v2.0`)
    expect(issuers).toContain(`${target.authority}/${consumerTenantId}/v2.0`)
  })

  test('the header: RS256, a published key, and nothing that points elsewhere', async () => {
    const header = decodeProtectedHeader(target.token)
    expect(header).toMatchObject({ alg: 'RS256', typ: 'JWT', kid: expect.any(String) })
    for (const name of ['jku', 'x5u', 'jwk', 'x5c', 'crit']) expect(header).not.toHaveProperty(name)
    const { keys } = await read<{ keys: Key[] }>('common/discovery/v2.0/keys')
    const key = keys.find(({ kid }) => kid === header.kid)
    expect(key?.issuer.replace('{tenantid}', target.tenantId)).toBe(`${target.authority}/${target.tenantId}/v2.0`)
  })

  test('the signature, the issuer and the times are right by the published keys', async () => {
    const published = createRemoteJWKSet(new URL(`${target.authority}/common/discovery/v2.0/keys`))
    const { payload } = await jwtVerify(target.token, published, {
      algorithms: ['RS256'],
      issuer: `${target.authority}/${target.tenantId}/v2.0`,
      clockTolerance: 60,
      requiredClaims: ['exp', 'iat', 'nbf', 'aud', 'tid', 'oid', 'scp', 'azp', 'ver'],
    })
    expect(payload.nbf).toBe(payload.iat)
    expect(payload.exp! - payload.iat!).toBeGreaterThanOrEqual(60 * 60)
  })
})

/** Who reads it, and what it looks like in every provider. A claim not named here is read by nobody of ours. */
const readByUs: Record<string, unknown> = {
  aud: expect.stringMatching(guid),
  tid: expect.stringMatching(guid),
  oid: expect.stringMatching(guid),
  azp: expect.stringMatching(guid),
  azpacr: expect.stringMatching(/^[0-2]$/),
  ver: '2.0',
  scp: expect.stringMatching(/(^| )access_as_user( |$)/),
  sub: expect.any(String),
  name: expect.any(String),
  preferred_username: expect.any(String),
  acct: 0,
  email: expect.stringMatching(/^[^@\s]+@[^@\s]+$/),
  upn: expect.stringMatching(/^[^@\s]+@[^@\s]+$/),
  xms_edov: expect.toSatisfy((value) => [true, false, 1, 0, '1', '0', 'true', 'false'].includes(value as never)),
  auth_time: expect.any(Number),
  idtyp: 'user',
}

describe('the claims of a member (F05)', () => {
  test('are there in the form that we read', () => {
    expect(decodeJwt(target.token)).toMatchObject(readByUs)
  })

  test('hold each optional claim that registrations.json asks for', () => {
    const { applications } = JSON.parse(readFileSync(registrationsFile, 'utf8')) as {
      applications: { licensingApi: { optionalClaims: { accessToken: { name: string }[] } } }
    }
    const asked = applications.licensingApi.optionalClaims.accessToken.map(({ name }) => name)
    const claims = decodeJwt(target.token)
    expect(asked.filter((name) => !(name in claims))).toEqual([])
    expect(asked.filter((name) => !(name in readByUs))).toEqual([])
  })

  test('are those of the stand-in, which promises no claim that the real one lacks', () => {
    const real = Object.keys(decodeJwt(target.token))
    const promised = Object.keys(standInClaims)
    const more = real.filter((name) => !promised.includes(name))
    if (more.length > 0) console.log(`identity: ${target.name} also sends ${more.join(', ')}, which nobody reads`)
    expect(promised.filter((name) => !real.includes(name))).toEqual([])
    expect(promised.filter((name) => !(name in readByUs)).sort()).toEqual(['exp', 'iat', 'iss', 'nbf', 'uti'])
  })

  test('show the account as homed in its tenant', () => {
    const claims = decodeJwt(target.token)
    expect([undefined, claims.iss]).toContain(claims.idp)
  })
})

describe('the suite stops before it asks a tenant that is not for tests (F49)', () => {
  const tenantId = '11111111-2222-4333-8444-555555555555'
  const token = `e30.${Buffer.from(JSON.stringify({ tid: tenantId })).toString('base64url')}.x`
  const real = { FIDELITY_ENTRA_TOKEN: token, FIDELITY_ENTRA_TENANT: tenantId }

  test.each([
    ['no list', real, 'not named'],
    ['another list', { ...real, FIDELITY_ENTRA_TEST_TENANTS: consumerTenantId }, 'not named'],
    ['an empty list', { ...real, FIDELITY_ENTRA_TEST_TENANTS: '' }, 'not named'],
    ['a part of an id', { ...real, FIDELITY_ENTRA_TEST_TENANTS: tenantId.slice(0, 8) }, 'not named'],
    ['a token alone', { FIDELITY_ENTRA_TOKEN: token }, 'both or none'],
    ['a tenant alone', { FIDELITY_ENTRA_TENANT: tenantId, FIDELITY_ENTRA_TEST_TENANTS: tenantId }, 'both or none'],
    ['no GUID', { ...real, FIDELITY_ENTRA_TENANT: 'common', FIDELITY_ENTRA_TEST_TENANTS: 'common' }, 'not a tenant id'],
    [
      'a token of another tenant',
      { ...real, FIDELITY_ENTRA_TENANT: consumerTenantId, FIDELITY_ENTRA_TEST_TENANTS: consumerTenantId },
      'is not of',
    ],
  ])('%s', (_, env, words) => {
    expect(() => realTarget(env)).toThrow(words)
  })

  test('and asks a tenant that is', () => {
    const named = realTarget({ ...real, FIDELITY_ENTRA_TEST_TENANTS: `${consumerTenantId}, ${tenantId}` })
    expect(named).toMatchObject({ tenantId, authority: 'https://login.microsoftonline.com' })
  })
})
