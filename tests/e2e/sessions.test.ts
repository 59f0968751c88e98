import type { Contract, Route } from '@securemailmerge/shared/http/contract'
import { campaigns } from '@securemailmerge/shared/http/contracts/campaigns'
import { licenceLookup } from '@securemailmerge/shared/http/contracts/licence-lookup'
import { mailboxes } from '@securemailmerge/shared/http/contracts/mailboxes'
import { purchaseWebhooks } from '@securemailmerge/shared/http/contracts/purchase-webhooks'
import { seatAssignment } from '@securemailmerge/shared/http/contracts/seat-assignment'
import { sessionId } from '@securemailmerge/shared/identity/session'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { tokenOf } from '../../infra/local/call-as.ts'
import { cast, tenants } from '../../infra/local/identity/cast.ts'
import { People } from '../kit/people.ts'
import { PortalBrowser } from '../kit/portal-browser.ts'
import { signInAt } from '../kit/sign-in.ts'

const minute = 60_000
const hour = 60 * minute

let people: People
beforeAll(async () => {
  people = await People.start()
})
afterAll(() => people.stop())
afterEach(() => people.storeFault('DELETE'))

const aBrowser = () => new PortalBrowser(people.system.origin)
async function signedIn(person: string): Promise<PortalBrowser> {
  const browser = aBrowser()
  expect(await browser.signIn(person)).toBe(`${people.system.origin}/`)
  return browser
}
/** A browser with nothing but this session's cookie: somebody has taken it along. */
function withSecret(secret: string | undefined): PortalBrowser {
  const browser = aBrowser()
  browser.cookies.set('__Host-session', secret ?? '')
  return browser
}
const rows = async () =>
  (await (await fetch(`${people.system.cosmos}/_local/items?container=sessions`)).json()) as { id: string }[]

const contracts: Contract[] = [licenceLookup, seatAssignment, purchaseWebhooks, campaigns, mailboxes]
const routes = contracts.flatMap((contract) => Object.values<Route>(contract))
/** One way to ask each service that anybody who is signed in may go. */
const oneOfEach = ['/api/licence', '/api/subscriptions', '/api/purchases/prices', '/api/campaigns', '/api/mailboxes']

/** What every route of every service answers to a browser. */
async function answersOfAll(browser: PortalBrowser): Promise<Set<string>> {
  const asked = routes.map(async ({ method, path }) => {
    const body = method === 'POST' ? {} : undefined
    const got = await browser.ask(`/api/${path.replaceAll(/\{\w+\}/g, 'x')}`, { method, body })
    return `${got.status} ${got.json?.title}`
  })
  return new Set(await Promise.all(asked))
}
const nobody = new Set(['401 token_invalid'])

describe('F16 signing in', () => {
  it('by every step: the page knows who it is, every service knows it, and no token is in the browser', async () => {
    const browser = aBrowser()
    expect((await browser.ask('/api/session')).json).toEqual({ signedIn: false, language: 'en' })
    expect(await browser.signIn('amir', { returnTo: '/subscriptions?prefix=a' })).toBe(
      `${people.system.origin}/subscriptions?prefix=a`,
    )
    const { json, headers } = await browser.ask('/api/session', { headers: { 'accept-language': 'fr-CH, fr;q=0.9' } })
    const { tenantId, objectId, name, mail } = cast.amir
    expect(json).toMatchObject({
      ...{ signedIn: true, account: { tenantId, objectId }, name, address: mail, confirmed: [mail], language: 'fr' },
    })
    const now = people.system.clock.now().getTime()
    expect(Math.abs(Date.parse(json.freshUntil) - now - 10 * minute)).toBeLessThan(minute)
    expect(Math.abs(Date.parse(json.endsAt) - now - 8 * hour)).toBeLessThan(minute)
    expect(headers.get('cache-control')).toBe('no-store')
    // 256 random bits and nothing else; what brought the browser here is gone.
    expect([...browser.cookies.keys()]).toEqual(['__Host-session'])
    expect(browser.secret).toMatch(/^[\w-]{43}$/)
    for (const path of oneOfEach) expect([path, (await browser.ask(path)).status]).toEqual([path, 200])
  })

  it('gives a session what a token of that moment is given: the same look-up, the same evidence', async () => {
    const subscriptionId = await people.grant('olivia', 3)
    await people.assign('olivia', subscriptionId, [cast.bea.mail])
    const browser = await signedIn('bea')
    // Only the first of them binds the seat, which changes the proof and when to ask again.
    const { proof: _, recheckAfter: _soon, ...bySession } = (await browser.ask('/api/licence')).json
    const { proof: __, recheckAfter: _later, ...byToken } = (await people.lookUp('bea')).json
    expect(bySession).toEqual(byToken)
    expect(bySession).toMatchObject({ footer: false, code: 'licensed' })
    // No evidence, no licence, however the person came in.
    const guest = await signedIn('pat')
    expect((await guest.ask('/api/licence')).json).toMatchObject({ code: 'not_confirmed' })
  })

  it('stores nothing that opens a session, and no token', async () => {
    const browser = await signedIn('carla')
    const all = JSON.stringify(await rows())
    expect(all).toContain(sessionId(browser.secret ?? ''))
    expect(all).not.toContain(browser.secret)
    expect(all).not.toMatch(/eyJ/)
  })

  it('always makes a new session: a planted one stays nobody', async () => {
    const planted = 'p'.repeat(43)
    const browser = withSecret(planted)
    await browser.signIn('carla')
    expect(browser.secret).not.toBe(planted)
    expect(await answersOfAll(withSecret(planted))).toEqual(nobody)
  })
})

describe('F16 a session that is over opens no route of any service', () => {
  it('after signing out', async () => {
    const browser = await signedIn('olivia')
    const taken = browser.secret
    const { status, json } = await browser.post('/api/session/sign-out')
    expect([status, json.signedIn, json.ended]).toEqual([200, false, 1])
    expect(new URL(json.microsoftUrl).pathname).toBe('/common/oauth2/v2.0/logout')
    expect(browser.secret).toBeUndefined()
    expect(await answersOfAll(withSecret(taken))).toEqual(nobody)
    expect((await withSecret(taken).ask('/api/session')).json.signedIn).toBe(false)
    expect((await browser.post('/api/session/sign-out')).json).toMatchObject({ signedIn: false, ended: 0 })
  })

  it('after a second sign-in on the same browser', async () => {
    const browser = await signedIn('olivia')
    const taken = browser.secret
    await browser.signIn('olivia')
    expect(await answersOfAll(withSecret(taken))).toEqual(nobody)
    expect((await browser.ask('/api/session')).json.signedIn).toBe(true)
  })

  it('after signing out everywhere, and nobody else is signed out', async () => {
    const browsers = [await signedIn('olivia'), await signedIn('olivia'), await signedIn('olivia')]
    const another = await signedIn('amir')
    const taken = browsers.map(({ secret }) => secret)
    const { json } = await browsers[0]!.post('/api/session/sign-out', { everywhere: true })
    expect(json.ended).toBeGreaterThanOrEqual(3)
    for (const secret of taken) expect((await withSecret(secret).ask('/api/subscriptions')).status).toBe(401)
    expect(await answersOfAll(withSecret(taken[1]))).toEqual(nobody)
    expect((await another.ask('/api/subscriptions')).status).toBe(200)
    const left = (await rows()).map(({ id }) => id)
    expect(left).toContain(sessionId(another.secret ?? ''))
    for (const secret of taken) expect(left).not.toContain(sessionId(secret ?? ''))
  })

  it('after its row is gone', async () => {
    const browser = await signedIn('rita')
    const id = sessionId(browser.secret ?? '')
    const { CosmosClient } = await import('@azure/cosmos')
    const { COSMOS_ENDPOINT: endpoint = '', COSMOS_KEY: key = '' } = people.system.settings
    const client = new CosmosClient({ endpoint, key, connectionPolicy: { enableEndpointDiscovery: false } })
    await client.database('securemailmerge').container('sessions').item(id, id).delete()
    client.dispose()
    expect(await answersOfAll(browser)).toEqual(nobody)
  })

  it('after 8 hours, however much it was used', async () => {
    const browser = await signedIn('rita')
    people.advance(8 * hour - 5 * minute)
    expect((await browser.ask('/api/subscriptions')).status).toBe(200)
    people.advance(5 * minute + 1_000)
    expect(await answersOfAll(browser)).toEqual(nobody)
    expect((await browser.ask('/api/session')).json.signedIn).toBe(false)
    expect((await rows()).map(({ id }) => id)).not.toContain(sessionId(browser.secret ?? ''))
  })
})

describe('F16 sessions of several', () => {
  it('two people in two browsers are never mixed', async () => {
    const [olivia, kim] = [await signedIn('olivia'), await signedIn('kim')]
    const [ofOlivia, ofKim] = [await people.grant('olivia', 2), await people.grant('kim', 2)]
    const listed = async (browser: PortalBrowser) =>
      (await browser.ask('/api/subscriptions')).json.subscriptions.map(({ id }: { id: string }) => id)
    const seen = await Promise.all([olivia, kim, olivia, kim].map(listed))
    expect([seen[0].includes(ofOlivia), seen[0].includes(ofKim)]).toEqual([true, false])
    expect([seen[1].includes(ofOlivia), seen[1].includes(ofKim)]).toEqual([false, true])
    expect([seen[2], seen[3]]).toEqual([seen[0], seen[1]])
    const foreign = await kim.post(`/api/subscriptions/${ofOlivia}/seats`, { addresses: ['x@contoso.example'] })
    expect(foreign.status).toBe(404)
  })

  it('G3 with a token as well, the token is who it is, and a bad token is nobody', async () => {
    const browser = await signedIn('kim')
    const token = await tokenOf(people.system, 'fred')
    const ask = (authorization: string) => browser.ask('/api/licence', { headers: { authorization } })
    expect((await ask(`Bearer ${token}`)).json.code).toBe('free')
    expect((await ask(`Bearer ${token}x`)).status).toBe(401)
    expect((await ask('Bearer')).status).toBe(401)
  })

  it('a cookie of another name, or of another shape, is nobody', async () => {
    const { secret } = await signedIn('kim')
    for (const cookie of [
      `session=${secret}`,
      `__Secure-session=${secret}`,
      `__host-session=${secret}`,
      `__Host-session=${secret}x`,
    ]) {
      const { status } = await fetch(`${people.system.origin}/api/subscriptions`, { headers: { cookie } })
      expect([cookie.split('=')[0], status]).toEqual([cookie.split('=')[0], 401])
    }
  })

  it('F19 another page can have a browser change nothing, nor read', async () => {
    const browser = await signedIn('olivia')
    const subscriptionId = await people.grant('olivia', 3)
    const path = `/api/subscriptions/${subscriptionId}/seats`
    const body = { addresses: ['evil@contoso.example'] }
    for (const origin of ['null', 'https://evil.example', 'http://localhost', people.system.addIn]) {
      expect((await browser.post(path, body, { origin })).status).toBe(403)
      expect((await browser.post('/api/session/sign-out', { everywhere: true }, { origin })).status).toBe(403)
      expect((await browser.post('/api/session/sign-in', { returnTo: '/' }, { origin })).status).toBe(403)
    }
    for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
      expect((await browser.post(path, JSON.stringify(body), { 'content-type': type })).status).toBe(415)
    }
    const site = { 'sec-fetch-site': 'cross-site' }
    expect((await browser.ask('/api/subscriptions', { headers: site })).status).toBe(403)
    expect((await browser.ask('/api/session', { headers: site })).status).toBe(403)
    expect((await people.ask('olivia', 'GET', path)).json.seats).toEqual([])
    expect((await browser.post(path, body)).status).toBe(200)
  })

  it('while sessions cannot be read, the page waits and the look-up of add-ins goes on', async () => {
    const browser = await signedIn('olivia')
    await people.storeFault('POST', { match: { container: 'sessions' }, times: -1, do: { status: 503 } })
    for (const path of [...oneOfEach, '/api/session'])
      expect([path, (await browser.ask(path)).status]).toEqual([path, 503])
    expect((await people.lookUp('olivia')).status).toBe(200)
    // Nobody is told that they are signed out who is not.
    expect((await browser.post('/api/session/sign-out')).status).toBe(503)
    expect(browser.secret).toBeDefined()
    expect(await browser.signIn('olivia')).toBe(`${people.system.origin}/sign-in?refused=unavailable&returnTo=%2F`)
    await people.storeFault('DELETE')
    expect((await browser.post('/api/session/sign-out')).json.ended).toBe(1)
  })
})

describe('F17 the way back from Microsoft', () => {
  const refusedAs = (code: string, returnTo = '/') =>
    `${people.system.origin}/sign-in?${new URLSearchParams({ refused: code, returnTo })}`

  it('is closed to another browser, and to what was made up', async () => {
    const [mine, other] = [aBrowser(), aBrowser()]
    const back = await signInAt(await mine.beginSignIn(), 'olivia')
    expect(await other.comeBack(back)).toBe(refusedAs('unknown'))
    expect(other.cookies.size).toBe(0)
    // Begun elsewhere by somebody who wants this browser to be them.
    await other.beginSignIn()
    expect(await other.comeBack(back)).toBe(refusedAs('unknown'))
    expect(other.secret).toBeUndefined()
    for (const query of ['', '?state=x', '?code=x', `?state=${'s'.repeat(43)}&code=x`, '?state[]=x&state=y']) {
      expect(await other.comeBack(`/api/session/callback${query}`)).toBe(refusedAs('unknown'))
    }
    expect(await mine.comeBack(back)).toBe(`${people.system.origin}/`)
  })

  it('can be gone once', async () => {
    const browser = aBrowser()
    const back = await signInAt(await browser.beginSignIn(), 'olivia')
    const before = new Map(browser.cookies)
    await browser.comeBack(back)
    const { secret } = browser
    expect(await browser.comeBack(back)).toBe(refusedAs('unknown'))
    // With the cookie of before, too: Microsoft takes a code once.
    for (const [name, value] of before) browser.cookies.set(name, value)
    expect(await browser.comeBack(back)).toBe(refusedAs('not_accepted'))
    expect(browser.secret).toBe(secret)
    expect((await browser.ask('/api/session')).json.signedIn).toBe(true)
  })

  it('two sign-ins in two tabs both end, the later one counts', async () => {
    const browser = aBrowser()
    const [one, two] = [
      await browser.beginSignIn({ returnTo: '/it' }),
      await browser.beginSignIn({ returnTo: '/purchase' }),
    ]
    expect(await browser.comeBack(await signInAt(two, 'kim'))).toBe(`${people.system.origin}/purchase`)
    const first = browser.secret
    expect(await browser.comeBack(await signInAt(one, 'olivia'))).toBe(`${people.system.origin}/it`)
    expect((await browser.ask('/api/session')).json.name).toBe('Olivia Owner')
    expect((await withSecret(first).ask('/api/session')).json.signedIn).toBe(false)
  })

  it('keeps few attempts in a browser, however many were begun', async () => {
    const browser = aBrowser()
    const urls: string[] = []
    for (let n = 0; n < 8; n++) urls.push(await browser.beginSignIn())
    expect(browser.cookies.size).toBe(5)
    expect(await browser.comeBack(await signInAt(urls[0]!, 'olivia'))).toBe(refusedAs('unknown'))
    expect(await browser.comeBack(await signInAt(urls[7]!, 'olivia'))).toBe(`${people.system.origin}/`)
  })

  it('is open for ten minutes', async () => {
    const browser = aBrowser()
    const url = await browser.beginSignIn({ returnTo: '/it' })
    people.advance(10 * minute + 1_000)
    expect(await browser.comeBack(await signInAt(url, 'olivia'))).toBe(refusedAs('expired', '/it'))
  })

  it.each([
    ['access_denied', 'The person chose Cancel.', 'declined'],
    ['access_denied', 'AADSTS90094: An administrator has set a policy.', 'admin_consent_needed'],
    ['interaction_required', 'AADSTS53003: Blocked.', 'blocked_by_policy'],
    ['server_error', '', 'unavailable'],
  ])('leads to the page, which explains: %s %s', async (error, error_description, code) => {
    const browser = aBrowser()
    const state = new URL(await browser.beginSignIn({ returnTo: '/it' })).searchParams.get('state') ?? ''
    const query = new URLSearchParams({ state, error, error_description })
    expect(await browser.comeBack(`/api/session/callback?${query}`)).toBe(refusedAs(code, '/it'))
    expect(browser.cookies.size).toBe(0)
  })

  it('whoever presses Cancel is told that nobody was signed in, and stays who they are', async () => {
    const browser = await signedIn('amir')
    const url = await browser.beginSignIn({ returnTo: '/it' })
    const body = new URLSearchParams({ cancel: 'yes' })
    const { headers } = await fetch(url, { method: 'POST', redirect: 'manual', body })
    expect(await browser.comeBack(headers.get('location') ?? '')).toBe(refusedAs('declined', '/it'))
    expect((await browser.ask('/api/session')).json.name).toBe('Amir Azad')
  })

  it('believes no name that a request gives us', async () => {
    const browser = aBrowser()
    const forged = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      forwarded: 'host=evil.example',
      'x-original-host': 'evil.example',
    }
    const { json } = await browser.post('/api/session/sign-in', { returnTo: '/' }, forged)
    const { searchParams } = new URL(json.url)
    expect(searchParams.get('redirect_uri')).toBe(`${people.system.origin}/api/session/callback`)
    const back = await signInAt(json.url, 'olivia')
    const got = await browser.ask(String(back), { headers: { ...forged, 'sec-fetch-site': 'cross-site' } })
    expect(got.headers.get('location')).toBe(`${people.system.origin}/`)
  })

  it.each(['//evil.example', '/\\evil.example', 'https://evil.example', '/api/session', '/nowhere', '/../it', ''])(
    'never leads to %j',
    async (returnTo) => {
      const browser = aBrowser()
      const { status, json } = await browser.post('/api/session/sign-in', { returnTo })
      expect([status, json.errors]).toEqual([400, [{ at: 'body.returnTo', fault: 'not_a_path_of_the_page' }]])
      expect(browser.cookies.size).toBe(0)
    },
  )

  it('nor does a cookie that somebody has changed', async () => {
    const browser = aBrowser()
    const back = await signInAt(await browser.beginSignIn(), 'olivia')
    for (const [name, value] of browser.cookies) {
      const attempt = JSON.parse(Buffer.from(value, 'base64url').toString())
      const changed = JSON.stringify({ ...attempt, returnTo: '//evil.example' })
      browser.cookies.set(name, Buffer.from(changed).toString('base64url'))
    }
    expect(await browser.comeBack(back)).toBe(`${people.system.origin}/`)
  })

  it('a link scanner that opens it signs nobody in', async () => {
    const browser = aBrowser()
    const back = await signInAt(await browser.beginSignIn(), 'olivia')
    for (const method of ['HEAD', 'GET']) {
      const { status, headers } = await fetch(back, { method, redirect: 'manual' })
      expect([status, headers.get('location'), headers.getSetCookie()]).toEqual([303, refusedAs('unknown'), []])
    }
    expect(await browser.comeBack(back)).toBe(`${people.system.origin}/`)
  })
})

describe('F18 money and what hits many', () => {
  const bought = async (browser: PortalBrowser) => {
    const body = { name: 'Shop', quantity: 2, interval: 'yearly' }
    const { json } = await browser.post('/api/purchases/checkout', body, { 'idempotency-key': crypto.randomUUID() })
    await fetch(json.url, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ seen: '2' }) })
    const end = performance.now() + 20_000
    for (;;) {
      const { json: intent } = await browser.ask(`/api/purchases/intents/${json.intent}`)
      if (intent.state === 'arrived') return intent.subscription as { id: string; quantity: number; term: string }
      if (performance.now() > end) throw new Error(JSON.stringify(intent))
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  it('asks who has been signed in for eleven minutes to sign in once more, and changes nothing before that', async () => {
    const browser = await signedIn('kim')
    const { id } = await bought(browser)
    const one = `/api/purchases/subscriptions/${id}`
    people.advance(11 * minute)
    const tries: [string, object][] = [
      [`${one}/cancel`, {}],
      [`${one}/quantity`, { quantity: 5 }],
      [`${one}/billing`, { what: 'payment_method' }],
      [
        `/api/subscriptions/${id}/seats/withdraw`,
        { seats: Array.from({ length: 11 }, (_, n) => String(n).padStart(43, '0')) },
      ],
    ]
    for (const [path, body] of tries) {
      const { status, json } = await browser.post(path, body)
      expect([path, status, json.title]).toEqual([path, 403, 'fresh_sign_in_required'])
    }
    const show = async () => (await browser.ask(`/api/subscriptions/${id}`)).json
    expect(await show()).toMatchObject({ quantity: 2, term: 'renewing' })
    const before = browser.secret
    expect(await browser.signIn('kim', { fresh: true, returnTo: `/subscriptions/${id}` })).toBe(
      `${people.system.origin}/subscriptions/${id}`,
    )
    expect(browser.secret).not.toBe(before)
    expect((await browser.post(`${one}/cancel`)).status).toBe(200)
    expect(await show()).toMatchObject({ term: 'cancelled' })
  })

  it('by another account it is not that person once more: nothing changes', async () => {
    const browser = await signedIn('kim')
    const { secret } = browser
    const end = await browser.signIn('olivia', { fresh: true, returnTo: '/it' })
    expect(end).toBe(`${people.system.origin}/sign-in?refused=another_account&returnTo=%2Fit`)
    expect(browser.secret).toBe(secret)
    expect((await browser.ask('/api/session')).json.name).toBe(cast.kim.name)
  })

  it('a personal account, of which Microsoft does not say when it was, can do so as well', async () => {
    const browser = await signedIn('pat')
    expect((await browser.ask('/api/session')).json).toMatchObject({
      freshUntil: null,
      account: { tenantId: tenants.consumers.id },
    })
    await browser.signIn('pat', { fresh: true })
    const { freshUntil } = (await browser.ask('/api/session')).json
    expect(Date.parse(freshUntil)).toBeGreaterThan(people.system.clock.now().getTime())
  })
})
