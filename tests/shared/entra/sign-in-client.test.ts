import { byKey } from '@securemailmerge/shared/entra/client-proof'
import { type NotSignedIn, notSignedIn, SignInClient } from '@securemailmerge/shared/entra/sign-in-client'
import { evidence } from '@securemailmerge/shared/identity/evidence'
import { KeySet } from '@securemailmerge/shared/identity/key-set'
import type { SignedIn } from '@securemailmerge/shared/identity/session'
import type { SignInRefusal } from '@securemailmerge/shared/identity/sign-in-attempt'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type CastKey, cast, localClientIds } from '../../../infra/local/identity/cast.ts'
import { type Identity, startIdentity } from '../../../infra/local/identity/server.ts'
import { signInAt } from '../../kit/sign-in.ts'

const returnTo = { signIn: 'http://localhost:4280/api/session/callback', signOut: 'http://localhost:4280/signed-out' }
const hour = 3_600_000
const [state, nonce, verifier] = ['s'.repeat(43), 'n'.repeat(43), 'v'.repeat(43)]
const attempt = { nonce, verifier }
let offset = 0
const now = () => new Date(Date.now() + offset)
let identity: Identity
let client: SignInClient
const clientWith = (change: Partial<ConstructorParameters<typeof SignInClient>[0]> = {}) =>
  new SignInClient({
    ...{ authority: identity.authority, clientId: localClientIds.portal, proof: byKey(identity.portalKey), returnTo },
    ...{ keys: new KeySet(`${identity.authority}/common/discovery/v2.0/keys`, now), now },
    ...change,
  })
beforeAll(async () => {
  identity = await startIdentity({ now })
  client = clientWith()
})
afterAll(() => identity.close())

const urlFor = (more: object = {}) =>
  client.signInUrl({ ...{ state, nonce, verifier, fresh: false, loginHint: null }, ...more })
const codeOf = async (person: CastKey = 'olivia', more: object = {}) =>
  (await signInAt(await urlFor(more), person)).searchParams.get('code') ?? ''
const signedIn = async (person: CastKey = 'olivia') => {
  const who = await client.redeem(await codeOf(person), attempt, null)
  if ('refused' in who) throw new Error(JSON.stringify(who))
  return who
}
const refused = { refused: 'not_accepted', code: 'id_token_not_accepted' }
const code = (text: string) => expect.stringContaining(text)

describe('F17 the page of Microsoft', () => {
  it('asks for who somebody is and nothing else, with PKCE, state and nonce, and comes back to our own address', async () => {
    const url = new URL(await urlFor())
    expect(url.origin + url.pathname).toBe(`${identity.authority}/common/oauth2/v2.0/authorize`)
    expect(Object.fromEntries(url.searchParams)).toEqual({
      ...{ client_id: localClientIds.portal, response_type: 'code', redirect_uri: returnTo.signIn },
      ...{ scope: 'openid profile email', state, nonce, prompt: 'select_account' },
      ...{ code_challenge: expect.stringMatching(/^[\w-]{43}$/), code_challenge_method: 'S256' },
    })
  })

  it('F18 asks the person to show who they are, where that is wanted, and suggests who it is', async () => {
    const url = new URL(await urlFor({ fresh: true, loginHint: 'olivia@contoso.example' }))
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      ...{ prompt: 'login', max_age: '600', login_hint: 'olivia@contoso.example' },
    })
  })

  it('ends the session there as well, and comes back to our own address', async () => {
    const response = await fetch(client.signOutUrl(), { redirect: 'manual' })
    expect([response.status, response.headers.get('location')]).toEqual([303, returnTo.signOut])
  })
})

describe('who has signed in', () => {
  it('is told with when, and with the evidence that a token of that moment would be', async () => {
    const who = await signedIn('lee')
    const { access_token } = await identity.issue({ person: 'lee', client: 'portal', audience: 'licensingApi' })
    const claims = decodeJwt(access_token) as unknown as Parameters<typeof evidence>[0]
    const { tenantId, objectId } = cast.lee
    expect(who).toMatchObject({
      ...{ account: { tenantId, objectId }, homed: true, name: 'Kim Lee', address: 'kim.lee@contoso.example' },
      evidence: ['k.lee@contoso.example', 'kim.lee@contoso.example'],
    })
    expect(who.evidence).toEqual(evidence(claims))
    expect(Math.abs((who.signedInAt?.getTime() ?? 0) - now().getTime())).toBeLessThan(5_000)
  })

  it('with a personal account has no evidence, and nobody knows when it was', async () => {
    expect(await signedIn('pat')).toMatchObject({ evidence: [], homed: false, signedInAt: null, name: 'Pat Personal' })
  })

  it('F21 gets us no refresh token, and no access token of ours', async () => {
    const answers: Response[] = []
    const original = globalThis.fetch
    const spy = vi.spyOn(globalThis, 'fetch').mockImplementation(async (...asked) => {
      const answer = await original(...asked)
      answers.push(answer.clone())
      return answer
    })
    await client.redeem(await codeOf(), attempt, null)
    spy.mockRestore()
    const given = await Promise.all(answers.filter(({ url }) => url.endsWith('/token')).map((one) => one.json()))
    const [body, ...more] = given as Record<string, string>[]
    expect([Object.keys(body ?? {}).sort(), more]).toEqual([
      ['access_token', 'expires_in', 'ext_expires_in', 'id_token', 'scope', 'token_type'],
      [],
    ])
    expect(() => decodeJwt(String(body?.access_token))).toThrow()
  })

  it('is known by a clock that was moved, too', async () => {
    offset = 30 * 24 * hour
    const who = await signedIn()
    expect(Math.abs((who.signedInAt?.getTime() ?? 0) - now().getTime())).toBeLessThan(5_000)
    offset = 0
  })
})

describe('F17 nobody has signed in', () => {
  it.each<[string, () => Promise<SignedIn | NotSignedIn>, object]>([
    [
      'with a code that was used',
      async () => {
        const given = await codeOf()
        await client.redeem(given, attempt, null)
        return client.redeem(given, attempt, null)
      },
      { refused: 'not_accepted', code: code('AADSTS54005') },
    ],
    [
      'with a code of nobody',
      () => client.redeem('x'.repeat(43), attempt, null),
      { refused: 'not_accepted', code: code('invalid_grant') },
    ],
    [
      'with the verifier of another browser',
      async () => client.redeem(await codeOf(), { nonce, verifier: 'w'.repeat(43) }, null),
      { refused: 'not_accepted', code: code('AADSTS501481') },
    ],
    [
      'with the nonce of another sign-in',
      async () => client.redeem(await codeOf(), { nonce: 'm'.repeat(43), verifier }, null),
      refused,
    ],
    [
      'where the way back names another issuer',
      async () => client.redeem(await codeOf(), attempt, identity.issuerOf(cast.kim.tenantId)),
      refused,
    ],
    [
      'for another registration',
      async () => clientWith({ clientId: localClientIds.sendingApi }).redeem(await codeOf(), attempt, null),
      { refused: 'unavailable', code: code('invalid_client') },
    ],
    [
      'when we cannot prove who we are',
      async () => clientWith({ proof: byKey(identity.clientKey) }).redeem(await codeOf(), attempt, null),
      { refused: 'unavailable', code: code('AADSTS700027') },
    ],
    [
      'when Microsoft does not answer',
      () => clientWith({ authority: 'http://127.0.0.1:9' }).redeem('x', attempt, null),
      { refused: 'unavailable', code: expect.any(String) },
    ],
  ])('%s', async (_, redeem, answer) => {
    expect(await redeem()).toEqual(answer)
  })

  it('where the way back names its issuer, and the token is of that one, somebody has', async () => {
    const issuer = identity.issuerOf(cast.olivia.tenantId)
    expect(await client.redeem(await codeOf(), attempt, issuer)).toMatchObject({ name: 'Olivia Owner' })
  })

  // What the token endpoint answers is not what a browser brings, but our own rules read it all the same.
  const answering = (change: (body: Record<string, unknown>) => Promise<object> | object) => {
    const original = globalThis.fetch
    return vi.spyOn(globalThis, 'fetch').mockImplementation(async (...asked) => {
      const answer = await original(...asked)
      if (!answer.url.endsWith('/token')) return answer
      return Response.json(await change((await answer.json()) as Record<string, unknown>))
    })
  }
  const issued = async (more: object) =>
    (await identity.issue({ person: 'olivia', client: 'portal', audience: 'portal', nonce, ...more } as never)).id_token
  it.each<[string, () => Promise<unknown> | unknown]>([
    ['of another audience', () => issued({ client: 'sendingApi' })],
    ['whose issuer is of another tenant', () => issued({ override: { tid: cast.kim.tenantId } })],
    ['of another issuer', () => issued({ override: { iss: 'https://evil.example/v2.0' } })],
    ['that has ended', () => issued({ expiresIn: -120 })],
    ['without a nonce', () => issued({ omit: ['nonce'] })],
    ['of version 1', () => issued({ override: { ver: '1.0' } })],
    ['without an object id', () => issued({ omit: ['oid'] })],
    ['that is none', () => 'x.y.z'],
    ['that is not there', () => undefined],
    [
      'that somebody has changed',
      async () => {
        const [head, , signature] = String(await issued({})).split('.')
        const payload = Buffer.from(JSON.stringify({ ...decodeJwt(String(await issued({}))), oid: cast.kim.objectId }))
        return `${head}.${payload.toString('base64url')}.${signature}`
      },
    ],
  ])('with an ID token %s', async (_, token) => {
    const given = await codeOf()
    const [spy, wrong] = [answering(async (body) => ({ ...body, id_token: await token() })), refused]
    expect(await client.redeem(given, attempt, null)).toEqual(wrong)
    spy.mockRestore()
  })
})

describe('what Microsoft says instead of a code', () => {
  it.each<[string, string, SignInRefusal]>([
    ['access_denied', 'The person chose Cancel.', 'declined'],
    ['access_denied', 'AADSTS65004: User declined to consent.', 'declined'],
    ['access_denied', 'AADSTS90094: An administrator has set a policy.', 'admin_consent_needed'],
    ['consent_required', 'AADSTS65001: The user or administrator has not consented.', 'admin_consent_needed'],
    ['invalid_grant', 'AADSTS53003: Blocked by conditional access.', 'blocked_by_policy'],
    ['login_required', 'AADSTS50058: Nobody is signed in.', 'not_accepted'],
    ['server_error', 'AADSTS90033: A transient error.', 'unavailable'],
    ['temporarily_unavailable', '', 'unavailable'],
    ['<script>alert(1)</script>', 'x', 'unavailable'],
  ])('%s %s', (error, error_description, why) => {
    const said = notSignedIn({ error, error_description })
    expect(said.refused).toBe(why)
    expect(said.code).toMatch(/^[\w. -]+$/)
  })
})
