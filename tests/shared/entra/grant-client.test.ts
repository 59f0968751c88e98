import { byKey, byManagedIdentity } from '@securemailmerge/shared/entra/client-proof'
import { type Given, GrantClient } from '@securemailmerge/shared/entra/grant-client'
import { KeySet } from '@securemailmerge/shared/identity/key-set'
import { decodeJwt } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { cast, localClientIds } from '../../../infra/local/identity/cast.ts'
import { type Identity, startIdentity } from '../../../infra/local/identity/server.ts'
import { signInAt } from '../../kit/sign-in.ts'

const returnTo = {
  signIn: 'http://localhost:4280/api/mailboxes/grants/return',
  adminConsent: 'http://localhost:4280/api/mailboxes/admin-consent/return',
}
const hour = 3_600_000
const verifier = 'v'.repeat(43)
let offset = 0
const now = () => new Date(Date.now() + offset)
let identity: Identity
let client: GrantClient
const clientWith = (change: Partial<ConstructorParameters<typeof GrantClient>[0]> = {}) =>
  new GrantClient({
    authority: identity.authority,
    clientId: localClientIds.sendingApi,
    proof: byKey(identity.clientKey),
    returnTo,
    keys: new KeySet(`${identity.authority}/common/discovery/v2.0/keys`, now),
    now,
    ...change,
  })
beforeAll(async () => {
  identity = await startIdentity({ now })
  client = clientWith()
})
afterAll(() => identity.close())
afterEach(() => identity.tokenFaults.clear())

const { olivia, pat } = cast
const urlFor = async (account = olivia as { tenantId: string; objectId: string }, more = {}) =>
  client.signInUrl({
    ...{ account, grantId: 'grant-1', state: 'state-1', codeChallenge: await client.challengeOf(verifier) },
    ...{ permissions: ['Mail.Send'], loginHint: null, claims: null, ...more },
  })
const codeOf = async (person: keyof typeof cast = 'olivia', more = {}) => {
  const back = await signInAt(await urlFor(cast[person], more), person)
  return back.searchParams.get('code') ?? ''
}
const redeemed = async (person: keyof typeof cast = 'olivia') => {
  const answer = await client.redeem({ account: cast[person], grantId: 'grant-1' }, await codeOf(person), verifier)
  if (answer.kind !== 'given') throw new Error(JSON.stringify(answer))
  return answer
}

describe('the address of a sign-in', () => {
  it('leads to the tenant of its account, with PKCE, a fresh sign-in and what is asked for', async () => {
    const url = new URL(await urlFor(olivia, { loginHint: 'olivia@contoso.example', claims: '{"a":1}' }))
    expect(url.origin + url.pathname).toBe(`${identity.authority}/${olivia.tenantId}/oauth2/v2.0/authorize`)
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: localClientIds.sendingApi,
      response_type: 'code',
      redirect_uri: returnTo.signIn,
      scope: 'openid profile offline_access https://graph.microsoft.com/Mail.Send',
      state: 'state-1',
      nonce: 'grant-1',
      max_age: '600',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
      login_hint: 'olivia@contoso.example',
      claims: '{"a":1}',
    })
  })

  it('of an administrator leads to a page that asks for the same permissions', () => {
    const url = new URL(client.adminConsentUrl(olivia.tenantId, ['Mail.Send', 'Mail.ReadWrite'], 'state'))
    expect(url.pathname).toBe(`/${olivia.tenantId}/v2.0/adminconsent`)
    expect(url.searchParams.get('scope')).toBe(
      'https://graph.microsoft.com/Mail.Send https://graph.microsoft.com/Mail.ReadWrite',
    )
    expect(url.searchParams.get('redirect_uri')).toBe(returnTo.adminConsent)
  })
})

describe('a code', () => {
  it.each(['olivia', 'pat'] as const)('of %s becomes tokens of that account', async (person) => {
    const answer = await redeemed(person)
    const { tenantId, objectId } = cast[person]
    expect(answer).toMatchObject({ account: { tenantId, objectId }, permissions: ['Mail.Send'] })
    expect(decodeJwt(answer.accessToken)).toMatchObject({ aud: 'https://graph.microsoft.com', oid: objectId })
    expect(answer.expiresAt.getTime() - now().getTime()).toBeGreaterThan(0.9 * hour)
    // Personal accounts do not say when they signed in.
    expect(answer.signedInAt === null).toBe(person === pat.key)
  })

  it('is redeemed a year ahead, when the clock was moved so', async () => {
    offset = 365 * 24 * hour
    try {
      expect((await redeemed()).kind).toBe('given')
    } finally {
      offset = 0
    }
  })

  it('is refused a second time, with another verifier, and when it is none', async () => {
    const code = await codeOf()
    const account = olivia
    expect((await client.redeem({ account, grantId: 'grant-1' }, code, 'x'.repeat(43))).kind).toBe('refused')
    expect(await client.redeem({ account, grantId: 'grant-1' }, code, verifier)).toMatchObject({
      kind: 'refused',
      outcome: 'not_accepted',
      code: 'invalid_grant AADSTS54005',
    })
    expect((await client.redeem({ account, grantId: 'grant-1' }, 'made-up', verifier)).kind).toBe('refused')
  })

  it('gives nothing when its ID token is of another attempt', async () => {
    const answer = await client.redeem({ account: olivia, grantId: 'grant-2' }, await codeOf(), verifier)
    expect(answer.kind).toBe('unavailable')
  })

  it('gives nothing when its ID token is signed by a key that is not published', async () => {
    const other = await startIdentity({ now })
    const keys = new KeySet(`${other.authority}/common/discovery/v2.0/keys`, now)
    const answer = await clientWith({ keys }).redeem({ account: olivia, grantId: 'grant-1' }, await codeOf(), verifier)
    await other.close()
    expect(answer).toEqual({ kind: 'unavailable', code: 'id_token_not_accepted' })
  })

  it('says of whom the tokens are, also when that is somebody else', async () => {
    identity.tokenFaults.add({ what: 'another_account', as: 'amir', times: 1 })
    const answer = (await client.redeem({ account: olivia, grantId: 'grant-1' }, await codeOf(), verifier)) as Given
    expect(answer.account).toEqual({ tenantId: cast.amir.tenantId, objectId: cast.amir.objectId })
  })
})

describe('a refresh', () => {
  it('gives new tokens, also of a personal account', async () => {
    for (const person of ['olivia', 'pat'] as const) {
      const { refreshToken } = await redeemed(person)
      const answer = await client.refresh(cast[person], refreshToken, ['Mail.Send'])
      expect(answer).toMatchObject({ kind: 'given', account: { objectId: cast[person].objectId } })
    }
  })

  it.each([
    ['invalid_grant', 'needs_sign_in'],
    ['interaction_required', 'needs_sign_in'],
    ['policy', 'blocked_by_policy'],
    ['consent_required', 'consent_withdrawn'],
  ] as const)('that ends in %s is lost, with and without a challenge', async (what, why) => {
    const { refreshToken } = await redeemed()
    for (const claims of ['{"access_token":{}}', undefined]) {
      identity.tokenFaults.add({ what, times: 1, ...(claims ? { claims } : {}) })
      const answer = await client.refresh(olivia, refreshToken, ['Mail.Send'])
      expect(answer).toMatchObject({ kind: 'lost', why, claims: claims ?? null })
    }
  })

  it.each([
    ['an outage', { what: 'status', status: 503 }, 'OAUTH_RESPONSE_IS_NOT_CONFORM'],
    ['throttling', { what: 'status', status: 429 }, 'OAUTH_RESPONSE_BODY_ERROR'],
    ['a host that is down', { what: 'down' }, 'UND_ERR_SOCKET'],
  ] as const)('is unavailable with %s, and nothing is lost', async (_, fault, word) => {
    const { refreshToken } = await redeemed()
    identity.tokenFaults.add({ ...fault, times: 1 })
    const answer = await client.refresh(olivia, refreshToken, ['Mail.Send'])
    expect(answer).toEqual({ kind: 'unavailable', code: expect.stringContaining(word) })
  })

  it('is unavailable when Microsoft does not believe who we are', async () => {
    const { refreshToken } = await redeemed()
    const other = await startIdentity({ now })
    await other.close()
    const answer = await clientWith({ proof: byKey(other.clientKey) }).refresh(olivia, refreshToken, ['Mail.Send'])
    expect(answer).toEqual({ kind: 'unavailable', code: 'invalid_client AADSTS700027' })
  })

  it('proves who we are by the assertion of a managed identity, and waits when there is none', async () => {
    const { refreshToken } = await redeemed()
    const asked: string[] = []
    const identityDown = byManagedIdentity(async () => {
      asked.push('once')
      throw Object.assign(new Error('no managed identity'), { name: 'CredentialUnavailableError' })
    })
    const answer = await clientWith({ proof: identityDown }).refresh(olivia, refreshToken, ['Mail.Send'])
    expect(answer).toEqual({ kind: 'unavailable', code: 'ClientError CredentialUnavailableError' })
    expect(asked).toHaveLength(1)
  })

  it('follows no redirect, and reads no answer without end', async () => {
    const { createServer } = await import('node:http')
    const seen: string[] = []
    const server = createServer((request, response) => {
      seen.push(String(request.url))
      if (seen.length === 1) response.writeHead(307, { location: '/elsewhere' }).end()
      else response.writeHead(200, { 'content-type': 'application/json' }).end(`"${'x'.repeat(100_000)}"`)
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    const lost = clientWith({ authority: `http://localhost:${port}` })
    expect((await lost.refresh(olivia, 'token', ['Mail.Send'])).kind).toBe('unavailable')
    expect((await lost.refresh(olivia, 'token', ['Mail.Send'])).kind).toBe('unavailable')
    expect(seen).toEqual(Array(2).fill(`/${olivia.tenantId}/oauth2/v2.0/token`))
    server.closeAllConnections()
    server.close()
  })
})
