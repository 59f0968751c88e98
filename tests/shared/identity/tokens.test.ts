import { createHmac } from 'node:crypto'
import { CONSUMER_TENANT } from '@securemailmerge/shared/identity/account'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { anAccount, contoso, fabrikam, guid, refusalIn } from '../../builders.ts'
import { aChangingEndpoint, aFrame, call } from '../http/thing.ts'
import { addIn, aKey, audience, type Entra, encoded, portal, type SigningKey, signed, startEntra } from './entra.ts'

let entra: Entra
let key: SigningKey
let consumerKey: SigningKey
let foreign: SigningKey
beforeAll(async () => {
  entra = await startEntra()
  ;[key, consumerKey, foreign] = await Promise.all([aKey('k1'), aKey('consumer'), aKey('k1')])
  const { kid, public: jwk } = consumerKey
  entra.publish(key, { ...jwk, kid, issuer: `${entra.authority}/${CONSUMER_TENANT}/v2.0` })
})
afterAll(() => entra.close())
beforeEach(() => entra.reset())

const seconds = () => entra.now().getTime() / 1000
const check = (token: string) => entra.checks().tokens.check(token)
const headerOf = (some: Record<string, unknown> = {}) =>
  JSON.stringify({ typ: 'JWT', alg: 'RS256', kid: 'k1', ...some })
const claimsText = (some: Record<string, unknown> = {}) => JSON.stringify(entra.claimsOf(some))
const withClaims = (some: Record<string, unknown>) => entra.token(key, some)
const withHeader = (some: Record<string, unknown>) => entra.token(key, {}, some)
const hmac = (header: string, secret: string) => {
  const content = `${encoded(header)}.${encoded(claimsText())}`
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`
}

describe('C23 what is taken', () => {
  it('the base: who calls, what it shows, when the person signed in', async () => {
    expect(await check(await withClaims({}))).toEqual({
      account: anAccount(2),
      evidence: ['bob@contoso.example'],
      homed: true,
      clientId: addIn,
      signedInAt: new Date((seconds() - 600) * 1000),
    })
  })

  it.each<[string, () => Promise<string>]>([
    [
      'of a tenant that is no customer',
      () => withClaims({ tid: fabrikam, iss: `${entra.authority}/${fabrikam}/v2.0` }),
    ],
    ['with more scopes', () => withClaims({ scp: 'openid access_as_user profile' })],
    ['without typ', () => withHeader({ typ: undefined })],
    ['that begins in 59 s', () => withClaims({ nbf: seconds() + 59 })],
    ['that begins in 60 s', () => withClaims({ nbf: seconds() + 60 })],
    ['that ended 59 s ago', () => withClaims({ exp: seconds() - 59 })],
    [
      'of a personal account, by a key of personal accounts',
      () => entra.token(consumerKey, { tid: CONSUMER_TENANT, iss: `${entra.authority}/${CONSUMER_TENANT}/v2.0` }),
    ],
  ])('a token %s', async (_, token) => {
    await expect(check(await token())).resolves.toBeDefined()
  })

  it('a token that does not say when the person signed in', async () => {
    expect((await check(await withClaims({ auth_time: undefined }))).signedInAt).toBeNull()
  })

  it('ids in capitals as the ids they are', async () => {
    expect((await check(await withClaims({ oid: guid(0xabc).toUpperCase() }))).account.objectId).toBe(guid(0xabc))
  })
})

describe('C23 what is refused, with one reason in the log', () => {
  const rows: [string, string, () => Promise<string> | string][] = [
    ['a token of version 1', 'claim ver', () => withClaims({ iss: `https://sts.windows.net/${contoso}/`, ver: '1.0' })],
    [
      'a token of version 1, for an api:// audience',
      'ERR_JWT_CLAIM_VALIDATION_FAILED',
      () => withClaims({ iss: `https://sts.windows.net/${contoso}/`, aud: `api://${audience}`, ver: '1.0' }),
    ],
    ['the issuer of version 1', 'issuer', () => withClaims({ iss: `https://sts.windows.net/${contoso}/` })],
    [
      'the issuer of version 1 without its slash',
      'issuer',
      () => withClaims({ iss: `https://sts.windows.net/${contoso}` }),
    ],
    ['an issuer that is not the tenant', 'issuer', () => withClaims({ iss: `${entra.authority}/${fabrikam}/v2.0` })],
    ['the issuer common', 'issuer', () => withClaims({ iss: `${entra.authority}/common/v2.0` })],
    ['the issuer organizations', 'issuer', () => withClaims({ iss: `${entra.authority}/organizations/v2.0` })],
    ['the issuer placeholder', 'issuer', () => withClaims({ iss: `${entra.authority}/{tenantid}/v2.0` })],
    ['a slash behind the issuer', 'issuer', () => withClaims({ iss: `${entra.authority}/${contoso}/v2.0/` })],
    ['an issuer in capitals', 'issuer', () => withClaims({ iss: `${entra.authority}/${contoso.toUpperCase()}/v2.0` })],
    ['the issuer of another provider', 'issuer', () => withClaims({ iss: `https://evil.example/${contoso}/v2.0` })],
    [
      'the real Entra as issuer, when it is not the authority',
      'issuer',
      () => withClaims({ iss: `https://login.microsoftonline.com/${contoso}/v2.0` }),
    ],
    [
      'a tenant that is no GUID',
      'claim tid',
      () => withClaims({ tid: 'common', iss: `${entra.authority}/common/v2.0` }),
    ],
    ['a tenant that is a path', 'claim tid', () => withClaims({ tid: `${contoso}/../x` })],
    ['the token of a company by a key of personal accounts', 'key of another issuer', () => entra.token(consumerKey)],
    [
      'the audience of Graph',
      'ERR_JWT_CLAIM_VALIDATION_FAILED',
      () => withClaims({ aud: '00000003-0000-0000-c000-000000000000' }),
    ],
    [
      'an id token of our own client',
      'ERR_JWT_CLAIM_VALIDATION_FAILED',
      () => withClaims({ aud: addIn, scp: undefined }),
    ],
    ['no audience', 'ERR_JWT_CLAIM_VALIDATION_FAILED', () => withClaims({ aud: undefined })],
    [
      'an audience that only begins like ours',
      'ERR_JWT_CLAIM_VALIDATION_FAILED',
      () => withClaims({ aud: `${audience}0` }),
    ],
    ['a version that is a number', 'claim ver', () => withClaims({ ver: 2 })],
    ['no object id', 'ERR_JWT_CLAIM_VALIDATION_FAILED', () => withClaims({ oid: undefined })],
    ['no client', 'claim azp', () => withClaims({ azp: undefined, appid: addIn })],
    ['scopes in a list', 'claim scp', () => withClaims({ scp: ['access_as_user'] })],
    ['no end', 'ERR_JWT_CLAIM_VALIDATION_FAILED', () => withClaims({ exp: undefined })],
    ['an end in words', 'ERR_JWT_CLAIM_VALIDATION_FAILED', () => withClaims({ exp: '2099-01-01' })],
    ['a begin in 61 s', 'ERR_JWT_CLAIM_VALIDATION_FAILED', () => withClaims({ nbf: seconds() + 61 })],
    ['no begin', 'ERR_JWT_CLAIM_VALIDATION_FAILED', () => withClaims({ nbf: undefined })],
    ['an end 60 s ago', 'ERR_JWT_EXPIRED', () => withClaims({ exp: seconds() - 60 })],
    ['an end 61 s ago', 'ERR_JWT_EXPIRED', () => withClaims({ exp: seconds() - 61 })],
    ['no signature', 'header', () => `${encoded(headerOf({ alg: 'none' }))}.${encoded(claimsText())}.`],
    ['no signature, said otherwise', 'header', () => `${encoded(headerOf({ alg: 'nOnE' }))}.${encoded(claimsText())}.`],
    [
      'no signature under RS256',
      'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
      () => `${encoded(headerOf())}.${encoded(claimsText())}.`,
    ],
    ['HS256 keyed with the public key', 'header', () => hmac(headerOf({ alg: 'HS256' }), key.spki)],
    ['HS256 keyed with the public modulus', 'header', () => hmac(headerOf({ alg: 'HS256' }), String(key.public.n))],
    ['HS256 under RS256', 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED', () => hmac(headerOf(), key.spki)],
    ['PS256', 'header', () => withHeader({ alg: 'PS256' })],
    ['another type', 'header', () => withHeader({ typ: 'at+jwt' })],
    ['a licence proof', 'header', () => withHeader({ typ: 'licence-proof+jwt', alg: 'ES256' })],
    ['no kid', 'header', () => withHeader({ kid: undefined })],
    ['an empty kid', 'header', () => withHeader({ kid: '' })],
    ['a kid that is a list', 'header', () => withHeader({ kid: ['k1'] })],
    ['a long kid', 'header', () => withHeader({ kid: 'k'.repeat(201) })],
    ['a kid that is a path', 'unknown key', () => withHeader({ kid: '../../keys/k1' })],
    ['a kid that is an address', 'unknown key', () => withHeader({ kid: 'https://evil.example/keys' })],
    ['a kid that is a member of every object', 'unknown key', () => withHeader({ kid: '__proto__' })],
    ['a kid that is nearly ours', 'unknown key', () => withHeader({ kid: 'k1\u0000' })],
    ...['jku', 'x5u', 'jwk', 'x5c', 'crit', 'b64'].map((member): (typeof rows)[number] => [
      `${member} in the header, truly signed`,
      'header',
      () => withHeader({ [member]: member === 'crit' ? ['exp'] : 'https://evil.example/keys' }),
    ]),
    [
      'a header that names kid twice',
      'header',
      () => signed('{"alg":"RS256","kid":"k2","kid":"k1"}', claimsText(), key),
    ],
    [
      'aud twice, truly signed',
      'a member named twice',
      () => signed(headerOf(), claimsText().replace('{', '{"aud":"somebody else",'), key),
    ],
    [
      'aud twice by an escape, truly signed',
      'a member named twice',
      () => signed(headerOf(), claimsText().replace('{', '{"\\u0061ud":"somebody else",'), key),
    ],
    [
      'a stranger’s key under a published name, as whoever knows a dev keystore has one',
      'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
      () => entra.token(foreign),
    ],
    [
      'a stranger’s key under its own name',
      'unknown key',
      () => entra.token({ ...foreign, kid: 'keystore-CHANGE-ME' }),
    ],
    [
      'claims that are no JSON, unsigned',
      'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
      () => `${encoded(headerOf())}.${encoded('{"\\x":1}')}.${encoded('x')}`,
    ],
    ['claims that are no JSON, truly signed', 'ERR_JWT_INVALID', () => signed(headerOf(), '{"\\x":1}', key)],
    ['claims that are a list', 'ERR_JWT_INVALID', () => signed(headerOf(), '[]', key)],
    ['a header that is no JSON', 'header', () => signed('{', claimsText(), key)],
    ['a header that is a list', 'header', () => signed('[]', claimsText(), key)],
    ['a header that is null', 'header', () => signed('null', claimsText(), key)],
    ['one part', 'header', () => 'abcd'],
    ['two parts', 'ERR_JWS_INVALID', async () => (await withClaims({})).split('.').slice(0, 2).join('.')],
    ['four parts', 'ERR_JWS_INVALID', async () => `${await withClaims({})}.eHg`],
    ['padding', 'encoding', async () => `${await withClaims({})}==`],
    ['the spare bits of its last letter set', 'encoding', async () => spareBitsSet(await withClaims({}))],
    ['12 KB', 'too long', () => withClaims({ groups: 'g'.repeat(9 * 1024) })],
  ]

  it.each(rows)('%s: %s', async (_, reason, token) => {
    const { code, cause, message } = await refusalIn(check(await token()))
    expect([code, message]).toEqual(['token_invalid', 'Sign in again.'])
    expect((cause as Error).message).toBe(`token: ${reason}`)
  })

  it.each<[string, () => Promise<string>]>([
    ['a token without scope', () => withClaims({ scp: undefined })],
    ['a token with another scope', () => withClaims({ scp: 'access_as_user_too openid' })],
    [
      'an application that speaks for nobody',
      () => withClaims({ scp: undefined, roles: ['access_as_user'], idtyp: 'app', azpacr: '2' }),
    ],
  ])('403: %s', async (_, token) => {
    expect((await refusalIn(check(await token()))).code).toBe('scope_missing')
  })

  it('403: a token of an application that is not ours', async () => {
    const handler = aChangingEndpoint(aFrame(entra.checks().tokens, { now: entra.now }))
    const body = { body: '{}', headers: { 'content-type': 'application/json' } }
    for (const azp of [guid(0xbad), audience, '']) {
      const { status, json } = await call(handler, { token: await withClaims({ azp }), ...body })
      expect([status, json.title]).toEqual([403, 'client_not_allowed'])
    }
    for (const azp of [addIn, portal]) {
      expect((await call(handler, { token: await withClaims({ azp }), ...body })).status).toBe(200)
    }
  })

  it('never asks an address of a token for anything: one fetch of the one set, whatever came', async () => {
    const { tokens } = entra.checks()
    for (const [, , token] of rows) await tokens.check(await token()).catch(() => undefined)
    expect(entra.fetches).toBe(1)
  })
})

describe('a token that was checked', () => {
  it('is known until it ends, to the second', async () => {
    const { tokens } = entra.checks()
    const token = await withClaims({ exp: seconds() + 10 })
    const caller = await tokens.check(token)
    entra.move(69_999)
    expect(await tokens.check(token)).toBe(caller)
    entra.move(1)
    expect((await refusalIn(tokens.check(token))).code).toBe('token_invalid')
  })

  it('says nothing about another one with the same claims', async () => {
    const { tokens } = entra.checks()
    const token = await withClaims({})
    await tokens.check(token)
    const forged = `${token.slice(0, token.lastIndexOf('.'))}.${encoded('x'.repeat(256))}`
    expect((await refusalIn(tokens.check(forged))).code).toBe('token_invalid')
  })

  it('is checked anew by another service', async () => {
    const token = await withClaims({})
    await check(token)
    const { keys } = entra.checks()
    const { Tokens } = await import('@securemailmerge/shared/identity/tokens')
    const sending = new Tokens({ authority: entra.authority, audience: guid(5), keys, now: entra.now })
    expect((await refusalIn(sending.check(token))).code).toBe('token_invalid')
  })
})

/** The same signature in other letters: the last one of 342 carries four bits that say nothing. */
function spareBitsSet(token: string): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return token.slice(0, -1) + letters[letters.indexOf(token.at(-1) ?? '') + 1]
}
