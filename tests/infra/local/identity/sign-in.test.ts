import { createHash, randomBytes } from 'node:crypto'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cast, localClientIds, tenants } from '../../../../infra/local/identity/cast.ts'
import { consumerTenantId } from '../../../../infra/local/identity/person.ts'
import { isLocalRedirect } from '../../../../infra/local/identity/registrations.ts'
import { type Identity, startIdentity } from '../../../../infra/local/identity/server.ts'

const start = new Date('2027-03-01T12:00:00Z')
let clock = start
let identity: Identity
beforeAll(async () => {
  identity = await startIdentity({ now: () => clock })
})
afterAll(() => identity.close())

const addInPage = 'http://localhost:4281/'
const verifier = randomBytes(32).toString('base64url')
const challenge = createHash('sha256').update(verifier).digest('base64url')
const scope = `openid profile email api://${localClientIds.licensingApi}/access_as_user`
const asked = {
  client_id: localClientIds.addIn,
  response_type: 'code',
  redirect_uri: addInPage,
  scope,
  state: 'state 1',
  nonce: 'nonce-1',
  code_challenge: challenge,
  code_challenge_method: 'S256',
}
type Fields = Record<string, string>

const authorizeUrl = (fields: Fields, tenant = 'common') =>
  `${identity.authority}/${tenant}/oauth2/v2.0/authorize?${new URLSearchParams(fields)}`
const open = (fields: Fields, tenant?: string, language = 'en') =>
  fetch(authorizeUrl(fields, tenant), { redirect: 'manual', headers: { 'accept-language': language } })
const pick = (fields: Fields, form: Fields, tenant?: string) =>
  fetch(authorizeUrl(fields, tenant), { method: 'POST', redirect: 'manual', body: new URLSearchParams(form) })
const without = (fields: Fields, name: string) =>
  Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name))
const sentBack = (response: Response) => new URL(response.headers.get('location') ?? 'none:')

async function codeFor(person: string, fields: Fields = asked, tenant?: string): Promise<string> {
  return sentBack(await pick(fields, { person }, tenant)).searchParams.get('code') ?? ''
}

const redeem = (fields: Fields, headers: Fields = { origin: 'http://localhost:4281' }, tenant = 'common') =>
  fetch(`${identity.authority}/${tenant}/oauth2/v2.0/token`, {
    method: 'POST',
    headers,
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: localClientIds.addIn,
      redirect_uri: addInPage,
      code_verifier: verifier,
      ...fields,
    }),
  })
const refused = (error: string, words: string) => ({ error, error_description: expect.stringContaining(words) })

describe('authorisation code with PKCE', () => {
  test('the page is shown, a person is picked, the code becomes tokens', async () => {
    expect((await open(asked)).status).toBe(200)
    const back = await pick(asked, { person: 'olivia' })
    expect(back.status).toBe(303)
    const url = sentBack(back)
    expect(url.origin + url.pathname).toBe(addInPage)
    expect(url.searchParams.get('state')).toBe('state 1')

    const response = await redeem({ code: url.searchParams.get('code') ?? '' })
    expect(response.status).toBe(200)
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(response.headers.get('cache-control')).toBe('no-store')
    const tokens = (await response.json()) as Fields
    expect(tokens).toMatchObject({ token_type: 'Bearer', scope, expires_in: expect.any(Number) })
    expect(decodeJwt(tokens.access_token!)).toMatchObject({
      aud: localClientIds.licensingApi,
      azp: localClientIds.addIn,
      scp: 'access_as_user',
      oid: cast.olivia.objectId,
    })
    expect(decodeJwt(tokens.id_token!)).toMatchObject({ aud: localClientIds.addIn, nonce: 'nonce-1' })
  })

  test('auth_time is when the person was picked, not when the code was redeemed', async () => {
    const code = await codeFor('amir')
    clock = new Date(start.getTime() + 5 * 60_000)
    const { access_token } = (await (await redeem({ code })).json()) as Fields
    clock = start
    expect(decodeJwt(access_token!).auth_time).toBe(start.getTime() / 1000)
  })

  test('without a scope of a resource the access token is of no use to our APIs', async () => {
    const code = await codeFor('amir', { ...asked, scope: 'openid profile' })
    const tokens = (await (await redeem({ code })).json()) as Fields
    expect(tokens.access_token).not.toContain('.')
    expect(decodeJwt(tokens.id_token!).oid).toBe(cast.amir.objectId)
  })

  test('the answer can come in the fragment', async () => {
    const url = sentBack(await pick({ ...asked, response_mode: 'fragment' }, { person: 'bea' }))
    expect(url.search).toBe('')
    expect(new URLSearchParams(url.hash.slice(1)).get('state')).toBe('state 1')
  })

  test('a code works once', async () => {
    const code = await codeFor('olivia')
    expect((await redeem({ code })).status).toBe(200)
    const again = await redeem({ code })
    expect(again.status).toBe(400)
    expect(await again.json()).toEqual(refused('invalid_grant', 'already redeemed'))
  })

  test('a code ends after ten minutes', async () => {
    const code = await codeFor('olivia')
    clock = new Date(start.getTime() + 10 * 60_000)
    const late = await redeem({ code })
    clock = start
    expect(await late.json()).toEqual(refused('invalid_grant', 'expired'))
  })

  test.each([
    ['another verifier', { code_verifier: randomBytes(32).toString('base64url') }, 'common', 'AADSTS501481'],
    ['another redirect address', { redirect_uri: 'http://localhost:9999/' }, 'common', 'AADSTS500112'],
    ['another tenant', {}, tenants.fabrikam.id, 'AADSTS70000'],
  ])('a code is refused with %s', async (_, change, tenant, words) => {
    const response = await redeem({ code: await codeFor('olivia'), ...change }, undefined, tenant)
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual(refused('invalid_grant', words))
  })

  test('a made-up code, a short verifier, a missing verifier and a double parameter are refused', async () => {
    expect(await (await redeem({ code: 'made-up' })).json()).toEqual(refused('invalid_grant', 'none of ours'))
    const code = await codeFor('olivia')
    expect(await (await redeem({ code, code_verifier: 'short' })).json()).toEqual(
      refused('invalid_request', '43 to 128'),
    )
    const body = new URLSearchParams({ grant_type: 'authorization_code', client_id: localClientIds.addIn, code })
    const post = (text: string) =>
      fetch(`${identity.authority}/common/oauth2/v2.0/token`, {
        method: 'POST',
        headers: { origin: 'http://localhost:4281' },
        body: text,
      })
    expect(await (await post(body.toString())).json()).toEqual(refused('invalid_request', 'code_verifier'))
    expect(await (await post(`${body}&code=x`)).json()).toEqual(refused('invalid_request', 'twice'))
  })
})

describe('the token endpoint refuses by name', () => {
  test.each([
    ['a refresh token', { grant_type: 'refresh_token' }, 400, 'unsupported_grant_type', 'refresh_token'],
    [
      'on-behalf-of',
      { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer' },
      400,
      'unsupported_grant_type',
      'jwt',
    ],
    ['client credentials', { grant_type: 'client_credentials' }, 400, 'unsupported_grant_type', 'client_credentials'],
    ['an unknown client', { client_id: consumerTenantId }, 400, 'unauthorized_client', consumerTenantId],
    ['the page in a browser', { client_id: localClientIds.portal }, 400, 'invalid_request', 'AADSTS9002326'],
    ['what is no client', { client_id: localClientIds.licensingApi }, 501, 'unsupported', 'licensingApi'],
    ['a secret', { client_secret: 'x' }, 501, 'unsupported', 'client_secret'],
    ['a parameter it does not know', { claims: '{}' }, 400, 'invalid_request', 'claims'],
  ])('%s', async (_, fields: Fields, status, error, words) => {
    const response = await redeem({ code: 'any', ...fields })
    expect(response.status).toBe(status)
    expect(await response.json()).toEqual(refused(error, words))
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
  })

  test('a single-page client outside a browser', async () => {
    expect(await (await redeem({ code: await codeFor('olivia') }, {})).json()).toEqual(
      refused('invalid_request', 'AADSTS9002327'),
    )
  })

  test('but answers a preflight', async () => {
    const response = await fetch(`${identity.authority}/common/oauth2/v2.0/token`, { method: 'OPTIONS' })
    expect(response.status).toBe(204)
    expect(response.headers.get('access-control-allow-methods')).toBe('POST')
  })
})

describe('the authorize endpoint', () => {
  test.each([
    'https://evil.example/',
    'http://evil.example/',
    'http://localhost:4281/other',
    'http://localhost:4281/?next=1',
    'http://localhost:4281/#x',
    'http://user@localhost:4281/',
    'https://localhost:4281/',
    'http://localhost.evil.example/',
    'http://127.0.0.1:4281/',
    'HTTP://localhost:4281/',
    'http://localhost:4281/../',
    'http://localhost:4281/\\evil',
    'brk-multihub://localhost:4281',
    '',
  ])('sends nobody to %j', async (redirect_uri) => {
    for (const response of [
      await open({ ...asked, redirect_uri }),
      await pick({ ...asked, redirect_uri }, { person: 'olivia' }),
    ]) {
      expect(response.status).toBe(400)
      expect(response.headers.get('location')).toBeNull()
      expect(await response.text()).toContain('AADSTS50011')
    }
  })

  test('a registered local address matches on any port, and only its own path', () => {
    const registered = ['http://localhost/api/sign-in/callback']
    for (const origin of ['http://localhost', 'http://localhost:1', 'http://localhost:65535']) {
      expect(isLocalRedirect(registered, `${origin}/api/sign-in/callback`)).toBe(true)
      expect(isLocalRedirect(registered, `${origin}/api/sign-in/callback/`)).toBe(false)
    }
    expect(isLocalRedirect([], 'http://localhost/')).toBe(false)
  })

  test('names an unknown application, and an address of another application, on a page', async () => {
    expect(await (await open({ ...asked, client_id: 'x' })).text()).toContain('AADSTS700016')
    expect((await open({ ...asked, client_id: localClientIds.portal })).status).toBe(400)
  })

  test.each([
    ['no PKCE', without(asked, 'code_challenge'), 'invalid_request', 'code_challenge'],
    ['plain PKCE', { ...asked, code_challenge_method: 'plain' }, 'invalid_request', 'S256'],
    ['the implicit flow', { ...asked, response_type: 'id_token' }, 'invalid_request', 'only code'],
    ['form_post', { ...asked, response_mode: 'form_post' }, 'invalid_request', 'query and fragment'],
    ['a request object', { ...asked, request: 'x' }, 'invalid_request', 'request'],
    ['claims', { ...asked, claims: '{}' }, 'invalid_request', 'claims'],
    ['a max_age that is none', { ...asked, max_age: '-1' }, 'invalid_request', 'max_age'],
    ['silence', { ...asked, prompt: 'none' }, 'login_required', 'nobody is signed in'],
    ['refresh tokens', { ...asked, scope: `${scope} offline_access` }, 'invalid_scope', 'offline_access'],
    ['Graph', { ...asked, scope: 'https://graph.microsoft.com/Mail.Send' }, 'invalid_scope', 'Mail.Send'],
    ['a scope nobody has', { ...asked, scope: `api://${localClientIds.licensingApi}/all` }, 'invalid_scope', '/all'],
    [
      'two resources',
      { ...asked, scope: `${scope} api://${localClientIds.sendingApi}/access_as_user` },
      'invalid_scope',
      'more than one',
    ],
  ])('sends %s back with an error', async (_, fields: Fields, error, words) => {
    const response = await open(fields)
    expect(response.status).toBe(303)
    const url = sentBack(response)
    expect(url.searchParams.get('error')).toBe(error)
    expect(url.searchParams.get('error_description')).toContain(words)
    expect(url.searchParams.get('state')).toBe('state 1')
    expect(url.searchParams.has('code')).toBe(false)
  })

  test('Cancel is an answer, too', async () => {
    expect(sentBack(await pick(asked, { cancel: 'yes' })).searchParams.get('error')).toBe('access_denied')
  })

  test.each([
    ['common', ['olivia', 'kim', 'rita', 'fred', 'pat'], ['kimGuest', 'otto']],
    ['organizations', ['olivia', 'kim', 'rita', 'fred'], ['pat', 'kimGuest', 'otto']],
    ['consumers', ['pat'], ['olivia', 'kimGuest']],
    [tenants.contoso.id, ['olivia', 'kimGuest', 'otto'], ['kim', 'pat']],
  ])('shows and takes at %s who can sign in there', async (tenant, there, elsewhere) => {
    const html = await (await open(asked, tenant)).text()
    for (const person of there) {
      expect(html).toContain(`value="${person}"`)
      expect(await codeFor(person, asked, tenant)).not.toBe('')
    }
    for (const person of elsewhere) {
      expect(html).not.toContain(`value="${person}"`)
      expect((await pick(asked, { person }, tenant)).status).toBe(400)
    }
  })
})

describe('the page to pick a person', () => {
  test("speaks the reader's language and says what it is", async () => {
    const french = await (await open(asked, 'common', 'de, fr-CH;q=0.9, en;q=0.8')).text()
    expect(french).toContain('<html lang="fr">')
    expect(french).toContain('Remplaçant local')
    expect(french).toContain('Utilise la version gratuite.')
    const english = await (await open(asked, 'common', 'de, fr;q=0.1, en-GB;q=0.2')).text()
    expect(english).toContain('<html lang="en">')
    expect(english).toContain('Local stand-in')
    expect(await (await open(asked, 'common', 'xx')).text()).toContain('<html lang="en">')
  })

  test('runs nothing, loads nothing, and may lead to the one redirect address', async () => {
    const response = await open(asked)
    const html = await response.text()
    const style = /<style>([\s\S]*)<\/style>/.exec(html)?.[1] ?? ''
    const policy = response.headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none'; ")
    expect(policy).toContain(`style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`)
    expect(policy).toContain("form-action 'self' http://localhost:4281;")
    expect(html).not.toMatch(/<script|<link|<img| style=| on\w+=/)
  })

  test('groups people by company, suggests the one hinted at, and describes each button', async () => {
    const html = await (await open({ ...asked, login_hint: 'k.lee@contoso.example' })).text()
    expect(html.match(/<h2 [^>]*>[^<]*/g)?.map((heading) => heading.replace(/.*>/, ''))).toEqual([
      'Contoso',
      'Fabrikam',
      'Northwind Resellers',
      'Fred Free Studio',
      'Personal accounts',
    ])
    expect(html).toMatch(/value="lee" aria-describedby="about-lee" autofocus/)
    expect(html.match(/autofocus/g)).toHaveLength(1)
    for (const [, id] of html.matchAll(/aria-describedby="([^"]+)"/g)) expect(html).toContain(`<p id="${id}">`)
  })

  test('shows what it was sent as text, never as markup', async () => {
    const html = await (await open({ ...asked, state: '"><script>alert(1)</script>', login_hint: '"><b>' })).text()
    expect(html).not.toContain('<script')
    const page = await (await open({ ...asked, client_id: '<script>x</script>' })).text()
    expect(page).not.toContain('<script')
    expect(page).toContain('&lt;script&gt;')
  })
})

describe('signing out', () => {
  const leave = (query: string) =>
    fetch(`${identity.authority}/common/oauth2/v2.0/logout${query}`, { redirect: 'manual' })

  test('leads back to a registered address with the state, and nowhere else', async () => {
    const target = encodeURIComponent('http://localhost:4280/signed-out')
    expect(sentBack(await leave(`?post_logout_redirect_uri=${target}&state=s`)).href).toBe(
      'http://localhost:4280/signed-out?state=s',
    )
    const foreign = await leave('?post_logout_redirect_uri=https%3A%2F%2Fevil.example%2F')
    expect(foreign.status).toBe(400)
    expect(foreign.headers.get('location')).toBeNull()
  })

  test('ends on a page when no address is given', async () => {
    expect(await (await leave('')).text()).toContain('You are signed out')
  })
})
