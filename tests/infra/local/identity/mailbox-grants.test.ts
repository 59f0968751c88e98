import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeJwt, decodeProtectedHeader, generateKeyPair, importJWK, SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { cast, localClientIds, tenants } from '../../../../infra/local/identity/cast.ts'
import { consumerTenantId } from '../../../../infra/local/identity/person.ts'
import { type Identity, startIdentity } from '../../../../infra/local/identity/server.ts'

type Fields = Record<string, string>
const day = 24 * 3_600_000
/** When a test begins: for each another day, since revoked sessions stay revoked. */
let start = new Date('2027-03-01T12:00:00Z')
let clock = start
let identity: Identity
beforeAll(async () => {
  identity = await startIdentity({ now: () => clock })
})
afterAll(() => identity.close())
beforeEach(() => {
  start = new Date(Math.max(clock.getTime(), start.getTime()) + day)
  clock = start
  identity.tokenFaults.clear()
  for (const person of Object.values(cast)) identity.consents.withdraw(person)
  for (const { id, consent } of Object.values(tenants)) identity.consents.setPolicy({ tenantId: id, policy: consent })
})

const graph = 'https://graph.microsoft.com/'
const returnTo = 'http://localhost:4280/api/mailboxes/grants/return'
const verifier = randomBytes(32).toString('base64url')
const asked = (...permissions: string[]): Fields => ({
  client_id: localClientIds.sendingApi,
  response_type: 'code',
  redirect_uri: returnTo,
  scope: ['openid', 'profile', 'offline_access', ...permissions.map((one) => graph + one)].join(' '),
  state: 'state-1',
  nonce: 'nonce-1',
  max_age: '600',
  code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  code_challenge_method: 'S256',
})
const tenantOf = (person: string) => cast[person as keyof typeof cast].tenantId
const endpoint = (tenant: string, path: string) => `${identity.authority}/${tenant}/oauth2/v2.0/${path}`
const answer = (fields: Fields, form: Fields, tenant: string) =>
  fetch(`${endpoint(tenant, 'authorize')}?${new URLSearchParams(fields)}`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams(form),
  })
const sentBack = (response: Response) =>
  Object.fromEntries(new URL(response.headers.get('location') ?? 'none:').searchParams)
/** Picks somebody and consents, both in one go. */
const signIn = async (person: string, fields = asked('Mail.Send'), consent = 'accept') =>
  sentBack(await answer(fields, { person, consent }, tenantOf(person)))

async function assertion(change: Fields & { at?: never } = {}, tenant = tenants.contoso.id, key = identity.clientKey) {
  const seconds = Math.floor(clock.getTime() / 1000)
  return new SignJWT({
    ...{ iss: localClientIds.sendingApi, sub: localClientIds.sendingApi, jti: randomBytes(9).toString('base64url') },
    ...{ aud: endpoint(tenant, 'token'), iat: seconds, nbf: seconds, exp: seconds + 60 },
    ...change,
  })
    .setProtectedHeader({ alg: 'RS256' })
    .sign(await importJWK(key, 'RS256'))
}

async function post(fields: Fields, tenant: string = tenants.contoso.id, headers: Fields = {}) {
  const response = await fetch(endpoint(tenant, 'token'), {
    method: 'POST',
    headers,
    body: new URLSearchParams({
      client_id: localClientIds.sendingApi,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await assertion({}, tenant),
      ...fields,
    }),
  })
  return { status: response.status, json: (await response.json()) as Record<string, string> }
}
const redeem = (code: string, tenant?: string) =>
  post(
    { grant_type: 'authorization_code', code, redirect_uri: returnTo, code_verifier: verifier },
    tenant ?? tenants.contoso.id,
  )
const refresh = (refresh_token: string, tenant?: string, permission = 'Mail.Send', more: Fields = {}) =>
  post(
    {
      grant_type: 'refresh_token',
      refresh_token,
      scope: `openid profile offline_access ${graph}${permission}`,
      ...more,
    },
    tenant,
  )
/** Tokens of somebody, all the way. */
async function tokensOf(person: string, ...permissions: string[]) {
  const { code = '' } = await signIn(person, asked(...(permissions.length > 0 ? permissions : ['Mail.Send'])))
  const { status, json } = await redeem(code, tenantOf(person))
  expect(status).toBe(200)
  return json as { access_token: string; refresh_token: string; id_token: string; scope: string; expires_in: string }
}

describe('signing in for Graph', () => {
  test('a person consents, and the code becomes tokens for Graph, an ID token and a refresh token', async () => {
    const tokens = await tokensOf('olivia')
    expect(tokens.scope).toBe(`openid profile ${graph}Mail.Send`)
    expect(decodeJwt(tokens.access_token)).toMatchObject({
      aud: 'https://graph.microsoft.com',
      iss: `https://sts.windows.net/${tenants.contoso.id}/`,
      appid: localClientIds.sendingApi,
      appidacr: '2',
      tid: tenants.contoso.id,
      oid: cast.olivia.objectId,
      scp: 'Mail.Send',
      ver: '1.0',
    })
    const { exp = 0 } = decodeJwt(tokens.access_token)
    expect(exp - clock.getTime() / 1000).toBeGreaterThanOrEqual(3600)
    expect(exp - clock.getTime() / 1000).toBeLessThan(5400)
    expect(decodeJwt(tokens.id_token)).toMatchObject({
      aud: localClientIds.sendingApi,
      iss: identity.issuerOf(tenants.contoso.id),
      oid: cast.olivia.objectId,
      nonce: 'nonce-1',
      auth_time: clock.getTime() / 1000,
      ver: '2.0',
    })
    expect(() => decodeJwt(tokens.refresh_token)).toThrow()
  })

  test('works for a personal account, whose tenant is that of all of them', async () => {
    const tokens = await tokensOf('pat')
    expect(decodeJwt(tokens.access_token)).toMatchObject({ tid: consumerTenantId, oid: cast.pat.objectId })
    expect((await refresh(tokens.refresh_token, consumerTenantId)).status).toBe(200)
  })

  test('shows what is asked for before anybody consents, in the language of the reader', async () => {
    const shown = async (form: Fields, language: string) => {
      const query = new URLSearchParams(asked('Mail.Send', 'Mail.ReadWrite'))
      const response = await fetch(`${endpoint(tenants.contoso.id, 'authorize')}?${query}`, {
        ...{ method: 'POST', body: new URLSearchParams(form), headers: { 'accept-language': language } },
      })
      expect(response.headers.get('content-security-policy')).toContain("form-action 'self' http://localhost:4280")
      return response.text()
    }
    const english = await shown({ person: 'olivia' }, 'en')
    for (const words of ['Send mail as you', 'Read, write and delete your mail', 'Maintain access', 'Accept']) {
      expect(english).toContain(words)
    }
    expect(await shown({ person: 'olivia' }, 'fr')).toContain('Envoyer du courrier en ton nom')
    expect(identity.consents.granted(cast.olivia)).toEqual([])
  })

  test('asks once, unless the client wants to be asked again or asks for more', async () => {
    await signIn('olivia')
    const again = await answer(asked('Mail.Send'), { person: 'olivia' }, tenants.contoso.id)
    expect(sentBack(again).code).toBeTruthy()
    const prompted = await answer(
      { ...asked('Mail.Send'), prompt: 'consent' },
      { person: 'olivia' },
      tenants.contoso.id,
    )
    expect(prompted.status).toBe(200)
    const more = await answer(asked('Mail.Send', 'Mail.ReadWrite'), { person: 'olivia' }, tenants.contoso.id)
    expect(more.status).toBe(200)
    expect(await more.text()).not.toContain('Send mail as you')
  })

  test('Cancel on the page about consent is AADSTS65004', async () => {
    const back = await signIn('olivia', asked('Mail.Send'), 'refuse')
    expect(back).toMatchObject({ error: 'access_denied', state: 'state-1' })
    expect(back.error_description).toContain('AADSTS65004')
  })

  test('a token holds all that was consented to, not only what was asked for', async () => {
    await signIn('olivia', asked('Mail.Send', 'Mail.ReadWrite'))
    const tokens = await tokensOf('olivia')
    expect(decodeJwt(tokens.access_token).scp).toBe('Mail.Send Mail.ReadWrite')
    expect(tokens.scope).toContain(`${graph}Mail.ReadWrite`)
  })

  test('without offline_access there is no refresh token', async () => {
    const { code = '' } = await signIn('olivia', { ...asked('Mail.Send'), scope: `openid profile ${graph}Mail.Send` })
    expect((await redeem(code)).json).not.toHaveProperty('refresh_token')
  })

  test('only the confidential client can ask for it', async () => {
    const back = await signIn('olivia', {
      ...asked('Mail.Send'),
      client_id: localClientIds.addIn,
      redirect_uri: 'http://localhost:4281/',
    })
    expect(back.error).toBe('invalid_scope')
  })

  test('another permission of Graph is refused by name', async () => {
    const back = await signIn('olivia', asked('Directory.ReadWrite.All'))
    expect(back).toMatchObject({ error: 'invalid_scope' })
    expect(back.error_description).toContain('Directory.ReadWrite.All')
  })
})

describe('what a tenant lets its people consent to', () => {
  test('nothing: Need admin approval, and AADSTS90094 on the way back', async () => {
    const page = await answer(asked('Mail.Send'), { person: 'kim' }, tenants.fabrikam.id)
    expect(page.status).toBe(200)
    const html = await page.text()
    expect(html).toContain('Need admin approval')
    expect(html).not.toContain('value="accept"')
    for (const consent of ['back', 'accept']) {
      const back = await signIn('kim', asked('Mail.Send'), consent)
      expect(back.error_description).toContain('AADSTS90094')
      expect(back).not.toHaveProperty('code')
    }
    expect(identity.consents.granted(cast.kim)).toEqual([])
  })

  test('everything but reading and writing', async () => {
    expect((await signIn('rita')).code).toBeTruthy()
    const back = await signIn('rita', asked('Mail.Send', 'Mail.ReadWrite'))
    expect(back.error_description).toContain('AADSTS90094')
  })

  test('what was consented to before stays good when the policy changes', async () => {
    await signIn('olivia')
    identity.consents.setPolicy({ tenantId: tenants.contoso.id, policy: 'blocked' })
    expect((await signIn('olivia')).code).toBeTruthy()
    const amir = await signIn('amir')
    expect(amir.error_description).toContain('AADSTS90094')
  })

  const consentAddress = (tenant: string, change: Fields = {}) =>
    `${identity.authority}/${tenant}/v2.0/adminconsent?${new URLSearchParams({
      client_id: localClientIds.sendingApi,
      scope: `${graph}Mail.Send ${graph}Mail.ReadWrite`,
      redirect_uri: 'http://localhost:4280/api/mailboxes/admin-consent/return',
      state: 's',
      ...change,
    })}`
  const decide = (form: Fields, tenant: string = tenants.fabrikam.id, change: Fields = {}) =>
    fetch(consentAddress(tenant, change), { method: 'POST', redirect: 'manual', body: new URLSearchParams(form) })

  test('an administrator consents for everybody', async () => {
    expect(await (await fetch(consentAddress(tenants.fabrikam.id))).text()).toContain('For everybody at Fabrikam')
    const back = sentBack(await decide({ person: 'kim', consent: 'accept' }))
    expect(back).toMatchObject({ admin_consent: 'True', tenant: tenants.fabrikam.id, state: 's' })
    const { code } = sentBack(await answer(asked('Mail.Send'), { person: 'kim' }, tenants.fabrikam.id))
    expect(code).toBeTruthy()
  })

  test('an administrator refuses, and nobody else can consent', async () => {
    const back = sentBack(await decide({ person: 'kim', consent: 'refuse' }))
    expect(back).toMatchObject({ admin_consent: 'True', error: 'consent_required', state: 's' })
    expect((await decide({ person: 'amir', consent: 'accept' }, tenants.contoso.id)).status).toBe(400)
    expect((await decide({ person: 'pat', consent: 'accept' }, consumerTenantId)).status).toBe(400)
    expect(identity.consents.granted(cast.kim)).toEqual([])
  })

  test.each([
    ['https://evil.example/', {}],
    ['http://localhost:4280/elsewhere', {}],
    ['http://localhost:4280/api/mailboxes/admin-consent/return', { client_id: localClientIds.portal }],
  ])('sends nobody to %s for a wrong client or address', async (redirect_uri, more: Fields) => {
    const response = await decide({ person: 'kim', consent: 'accept' }, tenants.fabrikam.id, { redirect_uri, ...more })
    expect(response.status).toBe(400)
    expect(response.headers.get('location')).toBeNull()
    expect(identity.consents.granted(cast.kim)).toEqual([])
  })
})

describe('the confidential client', () => {
  const code = async () => (await signIn('olivia')).code ?? ''
  const with_ = async (client_assertion: string | undefined, more: Fields = {}) =>
    post({
      ...{ grant_type: 'authorization_code', code: await code(), redirect_uri: returnTo, code_verifier: verifier },
      ...(client_assertion === undefined ? {} : { client_assertion }),
      ...more,
    })

  test.each<[string, () => Promise<string>, string]>([
    ['no assertion at all', async () => '', 'AADSTS700027'],
    ['something that is none', async () => 'a.b.c', 'AADSTS700027'],
    ['one of another key', async () => otherKey(), 'AADSTS700027'],
    ['one for another endpoint', () => assertion({ aud: endpoint(tenants.fabrikam.id, 'token') }), 'AADSTS700023'],
    ['one of another client', () => assertion({ sub: localClientIds.portal }), 'AADSTS700021'],
    ['one of another issuer', () => assertion({ iss: localClientIds.portal }), 'AADSTS700021'],
    ['an old one', () => ago(), 'AADSTS700024'],
  ])('is refused with %s', async (_, make, words) => {
    const { status, json } = await with_(await make())
    expect(status).toBe(401)
    expect(json).toMatchObject({ error: 'invalid_client', error_description: expect.stringContaining(words) })
  })

  async function otherKey() {
    const { privateKey } = await generateKeyPair('RS256')
    return new SignJWT({ iss: localClientIds.sendingApi, sub: localClientIds.sendingApi })
      .setProtectedHeader({ alg: 'RS256' })
      .sign(privateKey)
  }
  async function ago() {
    clock = new Date(start.getTime() - 3_600_000)
    const old = await assertion()
    clock = start
    return old
  }

  test('without an assertion, with a secret or with an Origin', async () => {
    const missing = await with_(undefined, { client_assertion_type: 'other' })
    expect(missing.json.error_description).toContain('AADSTS7000218')
    const secret = await with_(undefined, { client_secret: 'x' })
    expect(secret.json.error_description).toContain('AADSTS7000215')
    const { json } = await post({ grant_type: 'refresh_token' }, tenants.contoso.id, {
      origin: 'http://localhost:4280',
    })
    expect(json.error_description).toContain('AADSTS9002326')
  })
})

describe('refresh tokens', () => {
  test('give new tokens, and the older ones stay good', async () => {
    const first = await tokensOf('olivia')
    const second = (await refresh(first.refresh_token)).json
    expect(second.refresh_token).not.toBe(first.refresh_token)
    expect(decodeJwt(second.access_token!)).toMatchObject({ oid: cast.olivia.objectId, scp: 'Mail.Send' })
    expect(decodeJwt(second.id_token!)).toMatchObject({ aud: localClientIds.sendingApi, oid: cast.olivia.objectId })
    for (const token of [first.refresh_token, second.refresh_token!]) expect((await refresh(token)).status).toBe(200)
  })

  test('keep the instant of the sign-in', async () => {
    const { refresh_token } = await tokensOf('olivia')
    clock = new Date(start.getTime() + 5 * day)
    const { json } = await refresh(refresh_token)
    expect(decodeJwt(json.id_token!).auth_time).toBe(start.getTime() / 1000)
  })

  test('live 90 days from their own issue', async () => {
    const first = await tokensOf('olivia')
    clock = new Date(start.getTime() + 89 * day)
    const second = (await refresh(first.refresh_token)).json
    clock = new Date(start.getTime() + 90 * day)
    expect((await refresh(first.refresh_token)).json.error_description).toContain('AADSTS700082')
    expect((await refresh(second.refresh_token!)).status).toBe(200)
  })

  test('end when sessions are revoked; a later sign-in is not touched', async () => {
    const { refresh_token } = await tokensOf('olivia')
    const amir = await tokensOf('amir')
    identity.consents.revokeSessions(cast.olivia, clock)
    const { status, json } = await refresh(refresh_token)
    expect(status).toBe(400)
    expect(json).toMatchObject({ error: 'invalid_grant', error_codes: [50173], suberror: 'bad_token' })
    expect((await refresh(amir.refresh_token)).status).toBe(200)
    clock = new Date(start.getTime() + 1)
    expect((await refresh((await tokensOf('olivia')).refresh_token)).status).toBe(200)
  })

  test('are refused when a consent was withdrawn, or something else is asked for', async () => {
    const { refresh_token } = await tokensOf('olivia')
    const wider = await refresh(refresh_token, undefined, 'Mail.ReadWrite')
    expect(wider.json).toMatchObject({ error: 'invalid_grant', error_codes: [65001], suberror: 'consent_required' })
    identity.consents.withdraw(cast.olivia)
    expect((await refresh(refresh_token)).json.error_codes).toEqual([65001])
  })

  test('are refused elsewhere, changed or made up', async () => {
    const { refresh_token } = await tokensOf('olivia')
    expect((await refresh(refresh_token, tenants.fabrikam.id)).json.error).toBe('invalid_grant')
    for (const token of ['made-up', `${refresh_token}x`, refresh_token.slice(0, -4)]) {
      expect((await refresh(token)).json.error_description).toContain('AADSTS9002313')
    }
    expect((await refresh(refresh_token, undefined, 'Mail.Send', { resource: 'x' })).json.error).toBe('invalid_request')
  })
})

describe('faults of the token endpoint', () => {
  const claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'

  test.each([
    ['invalid_grant', 'invalid_grant', [50173], 'bad_token'],
    ['interaction_required', 'interaction_required', [50076], 'basic_action'],
    ['policy', 'invalid_grant', [53003], 'message_only'],
    ['consent_required', 'invalid_grant', [65001], 'consent_required'],
  ] as const)('%s, as often as asked, for whom and for which grant', async (what, error, error_codes, suberror) => {
    const olivia = await tokensOf('olivia')
    const amir = await tokensOf('amir')
    identity.tokenFaults.add({ what, person: 'olivia', grant: 'refresh_token', times: 1, claims })
    expect((await refresh(amir.refresh_token)).status).toBe(200)
    expect((await tokensOf('olivia')).scope).toContain('Mail.Send')
    expect((await refresh(olivia.refresh_token)).json).toMatchObject({
      ...{ error, error_codes, suberror, claims },
      ...{ error_description: expect.stringMatching(/^AADSTS/), trace_id: expect.any(String) },
    })
    expect((await refresh(olivia.refresh_token)).status).toBe(200)
  })

  test('another account, an outage, and a host that is down', async () => {
    const { refresh_token } = await tokensOf('olivia')
    identity.tokenFaults.add({ what: 'another_account', times: 1 })
    const other = (await refresh(refresh_token)).json
    expect(decodeJwt(other.id_token!).oid).toBe(cast.amir.objectId)
    expect(decodeJwt(other.access_token!).oid).toBe(cast.amir.objectId)
    identity.tokenFaults.add({ what: 'status', status: 503, times: 1 })
    expect((await refresh(refresh_token)).status).toBe(503)
    identity.tokenFaults.add({ what: 'down', times: 1 })
    await expect(refresh(refresh_token)).rejects.toThrow('fetch failed')
  })

  test('a claims challenge is content with a sign-in that brings it along', async () => {
    const { refresh_token } = await tokensOf('olivia')
    identity.tokenFaults.add({ what: 'interaction_required', person: 'olivia', claims })
    expect((await refresh(refresh_token)).status).toBe(400)
    await signIn('olivia')
    expect((await refresh(refresh_token)).status).toBe(400)
    await signIn('olivia', { ...asked('Mail.Send'), claims })
    expect((await refresh(refresh_token)).status).toBe(200)
  })

  test('can be set over HTTP, as can policies, consents and sessions', async () => {
    const local = (method: string, path: string, body?: unknown) =>
      fetch(`${identity.authority}/_local/${path}`, { method, ...(body ? { body: JSON.stringify(body) } : {}) })
    const { refresh_token } = await tokensOf('olivia')
    expect((await local('POST', 'token-faults', { what: 'policy' })).status).toBe(200)
    expect((await refresh(refresh_token)).status).toBe(400)
    expect((await local('DELETE', 'token-faults')).status).toBe(200)
    expect((await refresh(refresh_token)).status).toBe(200)
    expect((await local('POST', 'consents/withdraw', { person: 'olivia' })).status).toBe(200)
    expect((await refresh(refresh_token)).json.error_codes).toEqual([65001])
    await signIn('olivia')
    expect((await local('POST', 'sessions/revoke', { person: 'olivia' })).status).toBe(200)
    expect((await refresh(refresh_token)).json.error_codes).toEqual([50173])
    const policy = { tenantId: tenants.fred.id, policy: 'blocked' }
    expect((await local('POST', 'consents/policy', policy)).status).toBe(200)
    const back = await signIn('fred')
    expect(back.error_description).toContain('AADSTS90094')
    expect((await local('POST', 'sessions/revoke', { person: 'nobody' })).status).toBe(404)
    expect((await local('POST', 'token-faults', { what: 'other' })).status).toBe(400)
  })
})

describe('tokens for Graph without a page', () => {
  test('are issued by the mint', async () => {
    const { access_token, id_token } = await identity.issue({
      ...{
        person: 'bea',
        client: 'sendingApi',
        audience: 'microsoftGraph',
        scopes: ['openid', 'Mail.Send', 'Mail.Read'],
      },
    })
    expect(decodeJwt(access_token)).toMatchObject({ aud: 'https://graph.microsoft.com', scp: 'Mail.Send Mail.Read' })
    expect(decodeProtectedHeader(access_token)).toHaveProperty('x5t')
    expect(id_token).toBeDefined()
  })
})

test('client key, refresh tokens, consents and revocations outlive a restart; files are for their owner alone', async () => {
  const data = mkdtempSync(join(tmpdir(), 'identity-'))
  const shared = identity
  try {
    identity = await startIdentity({ now: () => clock, data })
    const { clientKey } = identity
    const olivia = await tokensOf('olivia')
    const amir = await tokensOf('amir')
    identity.consents.revokeSessions(cast.amir, clock)
    await identity.close()
    identity = await startIdentity({ now: () => clock, data })
    expect(identity.clientKey).toEqual(clientKey)
    expect((await refresh(olivia.refresh_token)).status).toBe(200)
    expect((await refresh(amir.refresh_token)).json.error_codes).toEqual([50173])
    for (const file of ['sending-client-key.json', 'refresh-token-key.json', 'consents.json']) {
      expect(statSync(join(data, file)).mode & 0o077).toBe(0)
    }
    expect(readFileSync(join(data, 'consents.json'), 'utf8')).not.toContain(olivia.refresh_token)
  } finally {
    await identity.close()
    identity = shared
    rmSync(data, { recursive: true })
  }
})
