import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, type JWK, jwtVerify } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { tenants } from '../../../../infra/local/identity/cast.ts'
import { consumerTenantId } from '../../../../infra/local/identity/person.ts'
import { type Identity, startIdentity } from '../../../../infra/local/identity/server.ts'

const forAddIn = { client: 'addIn', audience: 'licensingApi' } as const
let identity: Identity
const fresh = async () => {
  identity = await startIdentity()
}
const close = () => identity.close()

type Published = JWK & { issuer: string }
const keysAt = (tenant: string) => fetch(`${identity.authority}/${tenant}/discovery/v2.0/keys`)
const published = async (tenant = 'common') => ((await (await keysAt(tenant)).json()) as { keys: Published[] }).keys
const local = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  fetch(`${identity.authority}/_local/${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
const tokenOf = async (person: string, key?: string) =>
  (await identity.issue({ person, ...forAddIn, ...(key === undefined ? {} : { key }) })).access_token
const kidOf = (token: string) => decodeProtectedHeader(token).kid!
const verifies = async (token: string) => {
  const set = createLocalJWKSet({ keys: await published() } as JSONWebKeySet)
  return jwtVerify(token, set).then(
    () => true,
    (error: { code: string }) => error.code,
  )
}

describe('discovery', () => {
  beforeAll(fresh)
  afterAll(close)

  test.each([
    ['common', '{tenantid}'],
    ['organizations', '{tenantid}'],
    ['consumers', consumerTenantId],
    [tenants.contoso.id, tenants.contoso.id],
  ])('of %s names the issuer of %s and its own endpoints', async (tenant, issuer) => {
    const base = `${identity.authority}/${tenant}`
    const document = await (await fetch(`${base}/v2.0/.well-known/openid-configuration`)).json()
    expect(document).toMatchObject({
      issuer: `${identity.authority}/${issuer}/v2.0`,
      jwks_uri: `${base}/discovery/v2.0/keys`,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      token_endpoint: `${base}/oauth2/v2.0/token`,
      end_session_endpoint: `${base}/oauth2/v2.0/logout`,
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['RS256'],
    })
  })

  test('keys are public halves that name their issuer; personal accounts have a key of their own', async () => {
    const keys = await published()
    for (const key of keys) {
      expect(key).toEqual({
        kty: 'RSA',
        use: 'sig',
        kid: expect.any(String),
        x5t: key.kid,
        n: expect.any(String),
        e: 'AQAB',
        issuer: expect.any(String),
      })
    }
    const of = (tenant: string) => `${identity.authority}/${tenant}/v2.0`
    expect(keys.map(({ issuer }) => issuer)).toEqual([of('{tenantid}'), of('{tenantid}'), of(consumerTenantId)])
    expect((await published('consumers')).map(({ issuer }) => issuer)).toEqual([of(consumerTenantId)])
    const contoso = await published(tenants.contoso.id)
    expect(contoso.map(({ issuer }) => issuer)).toEqual([of(tenants.contoso.id), of(tenants.contoso.id)])

    const issuers = new Map(keys.map(({ kid, issuer }) => [kid, issuer]))
    expect(issuers.get(kidOf(await tokenOf('pat')))).toBe(of(consumerTenantId))
    expect(issuers.get(kidOf(await tokenOf('kimGuest')))).toBe(of('{tenantid}'))
  })

  test('a tenant by domain name and paths of v1 are refused by name', async () => {
    const byName = await fetch(`${identity.authority}/contoso.example/v2.0/.well-known/openid-configuration`)
    expect(byName.status).toBe(400)
    expect(await byName.json()).toMatchObject({ error_description: expect.stringContaining('contoso.example') })
    const v1 = await fetch(`${identity.authority}/common/oauth2/authorize`)
    expect(v1.status).toBe(501)
    expect(await v1.json()).toMatchObject({
      error_description: expect.stringContaining('GET /common/oauth2/authorize'),
    })
  })
})

describe('keys', () => {
  beforeEach(fresh)
  afterEach(close)

  test('a new key signs at once and the old ones still verify', async () => {
    const before = await tokenOf('olivia')
    const { kid } = (await (await local('POST', 'keys/rotate')).json()) as { kid: string }
    const after = await tokenOf('olivia')
    expect(kidOf(after)).toBe(kid)
    expect(kidOf(before)).not.toBe(kid)
    expect([await verifies(before), await verifies(after)]).toEqual([true, true])
    expect(kidOf(await tokenOf('pat'))).not.toBe(kid)
  })

  test('a withdrawn key verifies nothing more, even a token signed with it later', async () => {
    const before = await tokenOf('olivia')
    const kid = kidOf(before)
    expect((await local('POST', 'keys/withdraw', { kid })).status).toBe(200)
    expect(await verifies(before)).toBe('ERR_JWKS_NO_MATCHING_KEY')
    expect(await verifies(await tokenOf('olivia', kid))).toBe('ERR_JWKS_NO_MATCHING_KEY')
    expect(await verifies(await tokenOf('olivia'))).toBe(true)
  })

  test('a replaced key keeps its id and refuses what the old material signed', async () => {
    const before = await tokenOf('olivia')
    const kid = kidOf(before)
    await local('POST', 'keys/replace', { kid })
    expect((await published()).map((key) => key.kid)).toContain(kid)
    expect(await verifies(before)).toBe('ERR_JWS_SIGNATURE_VERIFICATION_FAILED')
    expect(await verifies(await tokenOf('olivia', kid))).toBe(true)
  })

  test('the last key of a kind stays, and an unknown one is named', async () => {
    const kid = kidOf(await tokenOf('pat'))
    const last = await local('POST', 'keys/withdraw', { kid })
    expect(last.status).toBe(409)
    await local('POST', 'keys/rotate', { use: 'consumers' })
    expect((await local('POST', 'keys/withdraw', { kid })).status).toBe(200)
    expect((await local('POST', 'keys/replace', { kid: 'k9' })).status).toBe(404)
  })
})

describe('faults', () => {
  beforeAll(fresh)
  afterEach(() => identity.faults.clear())
  afterAll(close)

  test.each([
    ['down', undefined],
    ['empty', 200],
    ['html', 200],
    ['huge', 200],
    ['status', 503],
  ])('the key set can be %s for so many requests, each of them counted', async (what, status) => {
    const before = identity.counts()
    const good = await (await keysAt('common')).text()
    await local('POST', 'faults', { what, times: 2 })
    for (const _ of [1, 2]) {
      const answer = await keysAt('common').catch(() => undefined)
      expect(answer?.status).toBe(status)
      expect(await answer?.text()).not.toBe(good)
    }
    expect(await (await keysAt('common')).text()).toBe(good)
    expect(await (await local('GET', 'count')).json()).toEqual({ ...before, keys: before.keys + 4 })
  })

  test('a fault without an end stays until it is cleared', async () => {
    identity.faults.set({ what: 'status', status: 500 })
    for (const _ of [1, 2, 3]) expect((await keysAt('common')).status).toBe(500)
    await local('DELETE', 'faults')
    expect((await keysAt('common')).status).toBe(200)
  })

  test('a slow key set answers nobody who waits a moment only, and does not hold up the end', async () => {
    await local('POST', 'faults', { what: 'slow' })
    const impatient = fetch(`${identity.authority}/common/discovery/v2.0/keys`, { signal: AbortSignal.timeout(100) })
    await expect(impatient).rejects.toThrow('timeout')
  })
})

describe('/_local/', () => {
  beforeAll(fresh)
  afterAll(close)

  test('lists the cast, and gives tokens to each as listed', async () => {
    const people = (await (await local('GET', 'people')).json()) as { key: string; about: { fr: string } }[]
    expect(people.map(({ key }) => key)).toContain('kimGuest')
    for (const person of people) {
      expect(person.about.fr).not.toBe('')
      const tokens = (await (await local('POST', 'token', { person, ...forAddIn })).json()) as { access_token: string }
      expect(await verifies(tokens.access_token)).toBe(true)
    }
  })

  test('gives tokens to a company made up on the spot', async () => {
    const tenantId = '11111111-2222-4333-8444-555555555555'
    const tokens = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const objectId = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`
        const person = { tenantId, objectId, upn: `p${index}@big.example`, mail: `p${index}@big.example` }
        return (await local('POST', 'token', { person, ...forAddIn })).json() as Promise<{ access_token: string }>
      }),
    )
    const verdicts = await Promise.all(tokens.map(({ access_token }) => verifies(access_token)))
    expect(verdicts.every((verdict) => verdict === true)).toBe(true)
  })

  test.each([
    ['a misspelt member', { person: 'olivia', ...forAddIn, expires: 1 }, 'expires'],
    ['an audience that is none', { person: 'olivia', client: 'addIn', audience: 'graph' }, 'audience'],
    ['nobody', { ...forAddIn }, 'person'],
    ['no JSON object', [], 'object'],
  ])('refuses %s by name', async (_, body, words) => {
    const response = await local('POST', 'token', body)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error_description: expect.stringContaining(words) })
  })

  test('is open to pages of this machine on any port, and to no other page', async () => {
    const page = await local('GET', 'people', undefined, { origin: 'http://localhost:4280' })
    expect(page.headers.get('access-control-allow-origin')).toBe('http://localhost:4280')
    const preflight = await local('OPTIONS', 'token', undefined, { origin: 'http://localhost:4281' })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-headers')).toBe('content-type')
    for (const origin of ['https://evil.example', 'null', 'http://localhost.evil.example', 'http://localhost:x@evil']) {
      const foreign = await local('POST', 'token', { person: 'olivia', ...forAddIn }, { origin })
      expect(foreign.status).toBe(403)
      expect(foreign.headers.get('access-control-allow-origin')).toBeNull()
    }
  })

  test('names a route that it does not have', async () => {
    const response = await local('POST', 'people')
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ error_description: expect.stringContaining('POST /_local/people') })
  })
})

test('keys are kept in the data folder, readable by their owner alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'identity-'))
  const data = join(folder, 'data')
  identity = await startIdentity({ data })
  const token = await tokenOf('olivia')
  await identity.keys.rotate()
  const keys = await published()
  await identity.close()
  expect(statSync(join(data, 'signing-keys.json')).mode & 0o077).toBe(0)

  identity = await startIdentity({ data })
  expect((await published()).map(({ kid, n }) => ({ kid, n }))).toEqual(keys.map(({ kid, n }) => ({ kid, n })))
  expect(await verifies(token)).toBe(true)
  await identity.close()
  rmSync(folder, { recursive: true })
})
