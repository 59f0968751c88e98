import type { Contract, Route } from '@securemailmerge/shared/http/contract'
import { campaigns } from '@securemailmerge/shared/http/contracts/campaigns'
import { licenceLookup } from '@securemailmerge/shared/http/contracts/licence-lookup'
import { mailboxes } from '@securemailmerge/shared/http/contracts/mailboxes'
import { purchaseWebhooks } from '@securemailmerge/shared/http/contracts/purchase-webhooks'
import { seatAssignment } from '@securemailmerge/shared/http/contracts/seat-assignment'
import { newSession, type Session } from '@securemailmerge/shared/identity/session'
import type { Caller } from '@securemailmerge/shared/identity/tokens'
import { Refusal } from '@securemailmerge/shared/refusal'
import { describe, expect, it, vi } from 'vitest'
import { anAccount, later, noon } from '../../builders.ts'
import { addIn, portal } from '../identity/entra.ts'
import { aChangingEndpoint, aFrame, aReadingEndpoint, call, ours, type Sent } from './thing.ts'

const minute = 60_000
const secret = 'c'.repeat(43)
const [bob, carol] = [anAccount(2), anAccount(3)]
const byToken: Caller = { account: bob, evidence: [], homed: true, clientId: addIn, signedInAt: noon }
const signedIn = (signedInAt: Date | null = noon): Session =>
  newSession({ account: carol, evidence: [], homed: true, name: null, address: null, signedInAt }, secret, noon)

function world(session = signedIn()) {
  const read = vi.fn(async (asked: string) => (asked === secret ? session : undefined))
  const check = vi.fn(async (token: string) => {
    if (token !== 'good') throw new Refusal('token_invalid', 'Sign in again.')
    return byToken
  })
  return { read, check, frame: aFrame({ check }, { sessions: { read } }) }
}
const cookie = `__Host-session=${secret}`
const who = ({ json }: Awaited<ReturnType<typeof call>>) =>
  (json.caller as string | undefined) === carol.objectId
    ? 'session'
    : json.caller === bob.objectId
      ? 'token'
      : json.title

describe('F19, G3 who asks', () => {
  const answers = (frame: ReturnType<typeof aFrame>, sent: Sent) =>
    sent.method === 'GET'
      ? call(
          aReadingEndpoint(frame, ({ caller }) => ({ caller: caller.account.objectId })),
          sent,
        )
      : call(aChangingEndpoint(frame), sent)

  const origins: [string, string | undefined, boolean][] = [
    ['no Origin', undefined, false],
    ['null', 'null', false],
    ['ours', ours, true],
    ['ours with a slash', `${ours}/`, true],
    ["the add-in's", 'https://add-in.example', false],
    ['a sub-domain of ours', 'https://evil.licences.example', false],
    ['ours without TLS', 'http://licences.example', false],
    ['ours on another port', 'https://licences.example:8443', false],
    ['evil', 'https://evil.example', false],
    ['ours in the path of evil', 'https://evil.example/https://licences.example', false],
    ['ours as a name at evil', 'https://licences.example@evil.example', false],
    ['two', `${ours}, https://evil.example`, false],
  ]
  const kinds: [string, string, string | undefined][] = [
    ['POST of JSON', '{}', 'application/json'],
    ['POST of a form', 'count=1', 'application/x-www-form-urlencoded'],
    ['POST of a form with files', '--x--', 'multipart/form-data; boundary=x'],
    ['POST of a text', '{}', 'text/plain'],
    ['POST of no type', '{}', undefined],
  ]
  const callers: [string, Record<string, string>][] = [
    ['cookie', { cookie }],
    ['token', { authorization: 'Bearer good' }],
    ['both', { cookie, authorization: 'Bearer good' }],
    ['neither', {}],
  ]
  const table = origins.flatMap((origin) =>
    kinds.flatMap((kind) => callers.map((caller) => [origin, kind, caller] as const)),
  )

  it.each(table)('%j: %j by %j', async ([, origin, isOurs], [, body, type], [by, headers]) => {
    const { frame, read, check } = world()
    const sent = { ...headers, ...(origin ? { origin } : {}), ...(type ? { 'content-type': type } : {}) }
    const got = await answers(frame, { body, headers: sent })
    const isJson = type === 'application/json'
    const wanted = {
      neither: [401, 'token_invalid'],
      cookie: !isOurs ? [403, 'client_not_allowed'] : isJson ? [200, 'session'] : [415, 'unsupported_media_type'],
      token: isJson ? [200, 'token'] : [415, 'unsupported_media_type'],
      both: isJson ? [200, 'token'] : [415, 'unsupported_media_type'],
    }[by]
    expect([got.status, who(got)]).toEqual(wanted)
    expect(got.headers.has('access-control-allow-credentials')).toBe(false)
    // What another page sends costs no read; where there is a token, no cookie is looked at, and the other way round.
    expect(read).toHaveBeenCalledTimes(by === 'cookie' && isOurs ? 1 : 0)
    expect(check).toHaveBeenCalledTimes(by === 'token' || by === 'both' ? 1 : 0)
  })

  it.each([
    ['none at all', undefined, 200],
    ['same-origin', 'same-origin', 200],
    ['none: typed into the bar', 'none', 200],
    ['same-site: a neighbour', 'same-site', 403],
    ['cross-site', 'cross-site', 403],
    ['what nobody knows', 'weird', 403],
  ])('a GET by the cookie from %s', async (_, site, status) => {
    const { frame } = world()
    const from = site === undefined ? {} : { 'sec-fetch-site': site }
    expect((await answers(frame, { method: 'GET', headers: { cookie, ...from } })).status).toBe(status)
    // Whoever has a token may ask from anywhere: no browser sends it by itself.
    const token = { authorization: 'Bearer good', cookie, ...from }
    const got = await answers(frame, { method: 'GET', headers: token })
    expect([got.status, who(got)]).toEqual([200, 'token'])
  })

  it('by a wrong token is nobody, however good the cookie is', async () => {
    for (const authorization of ['Bearer bad', 'Bearer ', 'Basic eA==', '']) {
      const { frame, read } = world()
      const headers = { cookie, authorization, origin: ours, 'content-type': 'application/json' }
      expect((await answers(frame, { body: '{}', headers })).status).toBe(401)
      expect(read).not.toHaveBeenCalled()
    }
  })

  it.each([
    ['another name', `session=${secret}`],
    ['another one beside it', `__Host-session=${'d'.repeat(43)}; ${cookie}`],
    ['the same twice', `${cookie}; ${cookie}`],
    ['too short', '__Host-session=abc'],
    ['other characters', `__Host-session=${'*'.repeat(43)}`],
    ['nothing', '__Host-session='],
    ['one that opens nothing', `__Host-session=${'d'.repeat(43)}`],
  ])('a cookie of %s is nobody: 401', async (_, text) => {
    const { frame } = world()
    const got = await answers(frame, { method: 'GET', headers: { cookie: text } })
    expect([got.status, got.json.title]).toEqual([401, 'token_invalid'])
  })

  it('among other cookies the session is found', async () => {
    const headers = { cookie: `a=1; __Host-sign-in-x=y;${cookie}; b="2"` }
    expect((await answers(world().frame, { method: 'GET', headers })).status).toBe(200)
  })

  it('a session that has ended is nobody: 401', async () => {
    const frame = { ...world().frame, sessions: { read: async () => undefined } }
    expect((await answers(frame, { method: 'GET', headers: { cookie } })).status).toBe(401)
  })

  it('while sessions cannot be read the page is told to wait, and who has a token notices nothing', async () => {
    const away = async () => {
      throw new Refusal('unavailable', 'The store is busy.', { retryAfterSeconds: 5 })
    }
    const frame = { ...world().frame, sessions: { read: away } }
    expect((await answers(frame, { method: 'GET', headers: { cookie } })).status).toBe(503)
    expect((await answers(frame, { method: 'GET', token: 'good' })).status).toBe(200)
  })

  it('a session is taken where the portal is, and nowhere else', async () => {
    const { frame } = world()
    const headers = { cookie, origin: ours, 'content-type': 'application/json' }
    const onlyAddIn = aChangingEndpoint(frame, undefined, { clients: ['addIn'] })
    expect((await call(onlyAddIn, { body: '{}', headers })).status).toBe(403)
    const onlyPortal = aChangingEndpoint({ ...frame, clients: { addIn, portal } }, undefined, { clients: ['portal'] })
    expect((await call(onlyPortal, { body: '{}', headers })).status).toBe(200)
  })

  it('no answer is kept, and none that is kept all the same is for somebody else', async () => {
    const got = await answers(world().frame, { method: 'GET', headers: { cookie } })
    expect(got.headers.get('cache-control')).toBe('no-store')
    expect(got.headers.get('vary')).toBe('Authorization, Cookie, Accept-Language')
  })
})

describe('F18 what needs a fresh sign-in', () => {
  const headers = { cookie, origin: ours, 'content-type': 'application/json' }
  const tried = async (signedInAt: Date | null, by: 'cookie' | 'token') => {
    const done = vi.fn(() => ({}))
    const frame = aFrame(
      { check: async () => ({ ...byToken, signedInAt }) },
      { sessions: { read: async () => signedIn(signedInAt) } },
    )
    const handler = aChangingEndpoint(frame, done, { needsFreshSignIn: ({ count }) => count > 1 })
    const sent = by === 'cookie' ? { headers } : { token: 'good', headers: { 'content-type': 'application/json' } }
    const [few, many] = [
      await call(handler, { ...sent, body: '{"count":1}' }),
      await call(handler, { ...sent, body: '{"count":2}' }),
    ]
    return { few: few.status, many: many.status, title: many.json.title, done: done.mock.calls.length }
  }

  it.each(['cookie', 'token'] as const)('by a %s', async (by) => {
    expect(await tried(later(-10 * minute), by)).toMatchObject({ few: 200, many: 200, done: 2 })
    const refused = { few: 200, many: 403, title: 'fresh_sign_in_required', done: 1 }
    expect(await tried(later(-11 * minute), by)).toEqual(refused)
    expect(await tried(null, by)).toEqual(refused)
  })

  const contracts: Contract[] = [licenceLookup, seatAssignment, purchaseWebhooks, campaigns, mailboxes]
  const routes = contracts.flatMap((contract) => Object.entries<Route>(contract))

  it('is everything that changes what is paid for, and what hits many people at once', () => {
    const seats = (count: number) => ({ seats: Array.from({ length: count }, () => 'seat') })
    const marked = routes.flatMap(([name, route]) => (route.needsFreshSignIn ? [name] : []))
    expect(marked.sort()).toEqual([
      ...['cancel_subscription', 'open_billing', 'rebind_seats', 'set_quantity', 'undo_cancel', 'withdraw_seats'],
    ])
    for (const { needsFreshSignIn } of [seatAssignment.rebind_seats, seatAssignment.withdraw_seats]) {
      expect([needsFreshSignIn?.(seats(10)), needsFreshSignIn?.(seats(11))]).toEqual([false, true])
    }
  })

  it('a route that talks to the seller and is not marked takes nothing from anybody', () => {
    const unmarked = Object.entries<Route>(purchaseWebhooks)
      .filter(([, { method, needsFreshSignIn }]) => method !== 'GET' && !needsFreshSignIn)
      .map(([name]) => name)
    // Who buys pays there and then, with a card of their own.
    expect(unmarked).toEqual(['open_checkout'])
  })
})
