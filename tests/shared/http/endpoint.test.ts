import { health, preflight, ready } from '@securemailmerge/shared/http/health'
import type { Caller, Tokens } from '@securemailmerge/shared/identity/tokens'
import { Refusal, type RefusalCode } from '@securemailmerge/shared/refusal'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { anAccount, fabrikam, guid, noon } from '../../builders.ts'
import { addIn, aKey, type Entra, portal, type SigningKey, startEntra } from '../identity/entra.ts'
import {
  aChangingEndpoint,
  aFrame,
  aReadingEndpoint,
  call,
  invocationId,
  type Sent,
  type ThingCall,
  thing,
} from './thing.ts'

const caller = (some: Partial<Caller> = {}): Caller => ({
  account: anAccount(2),
  evidence: [],
  homed: true,
  clientId: addIn,
  signedInAt: null,
  ...some,
})
const trusting = (who = caller()): Pick<Tokens, 'check'> => ({ check: async () => who })
const json = { 'content-type': 'application/json' }
const good: Sent = { token: 't', body: '{}', headers: json }
const answers = (handler: Parameters<typeof call>[0], sent: Partial<Sent> = {}) => call(handler, { ...good, ...sent })
const frame = aFrame(trusting())
const statusAndTitle = ({ status, json: { title } }: Awaited<ReturnType<typeof call>>) => [status, title]

describe('200', () => {
  it('gives the handler what was asked, checked, and answers what it returns', async () => {
    let given: ThingCall | undefined
    const handler = aChangingEndpoint(frame, (one) => {
      given = one
      return { done: true }
    })
    const got = await answers(handler, {
      params: { id: '7' },
      query: { limit: '3' },
      body: '{"count":2}',
      headers: { ...json, 'accept-language': 'fr' },
    })
    expect([got.status, got.json, got.headers.get('content-type')]).toEqual([200, { done: true }, 'application/json'])
    expect(given).toMatchObject({
      params: { id: '7' },
      query: { limit: 3 },
      body: { count: 2 },
      language: 'fr',
      now: noon,
      caller: { account: anAccount(2) },
      change: { at: noon, by: { kind: 'account', account: anAccount(2) } },
    })
    expect(got.lines).toEqual([])
  })

  it('reads without a body or a switch', async () => {
    const stopped = aFrame(trusting(), { isReadOnly: async () => true })
    const handler = aReadingEndpoint(stopped, ({ body, query }) => ({ body: body === undefined, query }))
    const got = await call(handler, { method: 'GET', token: 't' })
    expect([got.status, got.json]).toEqual([200, { body: true, query: { limit: 5 } }])
  })
})

describe('what is refused', () => {
  const ours = aChangingEndpoint(frame)
  it.each<[number, RefusalCode, string, Partial<Sent>]>([
    [400, 'input_invalid', 'a wrong query', { query: { limit: 'many' } }],
    [400, 'input_invalid', 'a wrong body', { body: '{"address":"nobody"}' }],
    [400, 'input_invalid', 'a further field', { body: '{"quantity":999}' }],
    [400, 'input_invalid', 'a body that is no JSON', { body: '{' }],
    [400, 'input_invalid', 'malformed UTF-8', { body: Uint8Array.from([0x7b, 0xff, 0x7d]) }],
    [400, 'input_invalid', 'a key with blanks', { headers: { ...json, 'idempotency-key': 'a b' } }],
    [401, 'token_invalid', 'no token', { headers: json }],
    [413, 'body_too_large', 'a long body', { body: `{"address":"${'a'.repeat(200)}"}` }],
    [415, 'unsupported_media_type', 'a form', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
    [415, 'unsupported_media_type', 'a text', { headers: { 'content-type': 'text/plain' } }],
  ])('%i %s: %s', async (status, code, what, sent) => {
    const { token, ...rest } = { ...good, ...sent }
    const got = await call(ours, what === 'no token' ? rest : { token: token ?? 't', ...rest })
    expect(statusAndTitle(got)).toEqual([status, code])
    expect(got.json.requestId).toBe(invocationId)
    expect(got.lines).toHaveLength(1)
    expect(JSON.parse(got.lines[0]!.replace(/^\w+ /, ''))).toMatchObject({
      event: 'request_refused',
      service: 'a-service',
      route: 'do_thing',
      requestId: invocationId,
      code,
    })
  })

  it('403: a token that was issued to an application that the route does not take', async () => {
    const onlyPortal = (clientId: string) =>
      aChangingEndpoint(aFrame(trusting(caller({ clientId }))), undefined, { clients: ['portal'] })
    expect(statusAndTitle(await answers(onlyPortal(addIn)))).toEqual([403, 'client_not_allowed'])
    expect(statusAndTitle(await answers(onlyPortal(guid(9))))).toEqual([403, 'client_not_allowed'])
    expect((await answers(onlyPortal(portal))).status).toBe(200)
  })

  it('429: more calls of one account than a route takes, and of no other account', async () => {
    let who = caller()
    const handler = aChangingEndpoint(aFrame({ check: async () => who }), undefined, { perMinute: 2 })
    const got = [await answers(handler), await answers(handler), await answers(handler)]
    expect(got.map(({ status }) => status)).toEqual([200, 200, 429])
    expect(got[2]?.headers.get('retry-after')).toBe('60')
    who = caller({ account: anAccount(2, fabrikam) })
    expect((await answers(handler)).status).toBe(200)
  })

  it('503: a change while an operator has stopped them', async () => {
    const got = await answers(aChangingEndpoint(aFrame(trusting(), { isReadOnly: async () => true })))
    expect([...statusAndTitle(got), got.headers.get('retry-after')]).toEqual([503, 'read_only', '60'])
  })

  it('but nobody is kept from stopping what they have begun', async () => {
    const stopped = aFrame(trusting(), { isReadOnly: async () => true })
    expect((await answers(aChangingEndpoint(stopped, undefined, { isStop: true }))).status).toBe(200)
  })

  it('503: an outage is logged as an error, for alerts', async () => {
    const handler = aChangingEndpoint(frame, () => {
      throw new Refusal('unavailable', 'The store is busy.', { retryAfterSeconds: 5 }, { cause: new Error('429') })
    })
    const got = await answers(handler)
    expect([...statusAndTitle(got), got.headers.get('retry-after')]).toEqual([503, 'unavailable', '5'])
    expect(got.lines[0]).toMatch(/^error .*"request_refused"/)
  })

  it('503: who is only told to wait is no error of ours', async () => {
    const handler = aChangingEndpoint(frame, () => {
      throw new Refusal('unavailable', 'The mailbox sends as fast as it may.', { retryAfterSeconds: 9 })
    })
    const got = await answers(handler)
    expect([...statusAndTitle(got), got.headers.get('retry-after')]).toEqual([503, 'unavailable', '9'])
    expect(got.lines[0]).toMatch(/^warning .*"request_refused"/)
  })

  it('says who may not before it says what is wrong with the input', async () => {
    const rejecting = aFrame({ check: async () => Promise.reject(new Refusal('token_invalid', 'Sign in again.')) })
    const got = await answers(aChangingEndpoint(rejecting), { body: 'x'.repeat(999), query: { limit: 'x' } })
    expect(got.status).toBe(401)
  })
})

describe('500', () => {
  const secret = 'kim@contoso.example with eyJ0eXAiOiJKV1Q at secrets.ts:1'

  it.each<[string, unknown]>([
    ['an error', new Error(`Kaboom! ${secret}`)],
    ['an error of several lines', new Error(`Kaboom!\n    at ${secret} (kim@contoso.example/secrets.ts:1:1)`)],
    ['an error within an error', new Error('Kaboom!', { cause: new Error(secret) })],
    ['a text', secret],
    ['an answer that cannot be written', undefined],
  ])('%s tells nothing, neither the caller nor the log', async (_, thrown) => {
    const handler = aChangingEndpoint(frame, () => {
      if (thrown === undefined) return { [secret]: 1n }
      throw thrown
    })
    const got = await answers(handler)
    expect(got.status).toBe(500)
    expect(got.json).toMatchObject({ title: 'internal', detail: 'Something went wrong on our side.' })
    expect(got.text + got.lines.join()).not.toMatch(/kaboom|kim@|contoso|eyJ0|secret/i)
    expect(got.lines[0]).toMatch(/^error .*"request_failed".*"internal"/)
  })

  it('says where it came from', async () => {
    const handler = aChangingEndpoint(frame, () => {
      throw new TypeError('Kaboom!')
    })
    expect((await answers(handler)).lines[0]).toMatch(/TypeError .*endpoint\.test\.ts:\d+/)
  })
})

describe('a repeat', () => {
  const changeOf = async (sent: Partial<Sent>, who = caller(), name = '1') => {
    let change: ThingCall['change'] | undefined
    const handler = aChangingEndpoint(aFrame(trusting(who)), (given) => {
      change = given.change
      return {}
    })
    expect((await answers(handler, { params: { id: name }, ...sent })).status).toBe(200)
    return change!
  }
  const keyed = (key: string) => ({ headers: { ...json, 'idempotency-key': key } })

  it('with the same key is the same change', async () => {
    const [one, two] = [await changeOf(keyed('k')), await changeOf(keyed('k'))]
    expect([two.id, two.fingerprint]).toEqual([one.id, one.fingerprint])
  })

  it('without a key is another change', async () => {
    expect((await changeOf({})).id).not.toBe((await changeOf({})).id)
  })

  it.each<[string, () => Promise<ThingCall['change']>]>([
    ['another key', () => changeOf(keyed('k2'))],
    ['another account', () => changeOf(keyed('k'), caller({ account: anAccount(3) }))],
    ['the same object id in another tenant', () => changeOf(keyed('k'), caller({ account: anAccount(2, fabrikam) }))],
    ['another path', () => changeOf(keyed('k'), caller(), '2')],
  ])('with %s is another change', async (_, other) => {
    expect((await other()).id).not.toBe((await changeOf(keyed('k'))).id)
  })

  it('with another body is seen to be another request', async () => {
    const [one, two] = [await changeOf(keyed('k')), await changeOf({ ...keyed('k'), body: '{"count":2}' })]
    expect(two.id).toBe(one.id)
    expect(two.fingerprint).not.toBe(one.fingerprint)
  })

  it('names neither the key nor the caller in its id', async () => {
    const { id } = await changeOf(keyed('my-secret-key'))
    expect(id).toMatch(/^[\w-]{43}$/)
  })
})

describe('with a cookie and a token', () => {
  it('the token alone is asked', async () => {
    const check = vi.fn(async () => caller())
    const sent = { ...good, headers: { ...json, cookie: '__Host-session=somebody-else' } }
    expect((await call(aChangingEndpoint(aFrame({ check })), sent)).status).toBe(200)
    expect(check).toHaveBeenCalledExactlyOnceWith('t')
  })

  it('and without a token nobody is', async () => {
    const check = vi.fn(async () => caller())
    const { token: _, ...rest } = good
    const sent = { ...rest, headers: { ...json, cookie: '__Host-session=somebody' } }
    expect((await call(aChangingEndpoint(aFrame({ check })), sent)).status).toBe(401)
    expect(check).not.toHaveBeenCalled()
  })
})

describe('every answer', () => {
  const failing = (error: unknown) =>
    aChangingEndpoint(frame, () => {
      throw error
    })
  const some: [string, Parameters<typeof call>[0], Partial<Sent>][] = [
    ['200', aChangingEndpoint(frame), {}],
    ['400', aChangingEndpoint(frame), { body: '{' }],
    ['404', failing(new Refusal('not_found', 'Nothing.')), {}],
    ['413', aChangingEndpoint(frame), { body: `"${'x'.repeat(300)}"` }],
    ['415', aChangingEndpoint(frame), { headers: {} }],
    ['500', failing(new Error('Kaboom!')), {}],
    ['503', failing(new Refusal('unavailable', 'Later.')), {}],
  ]
  const origins = [undefined, 'null', 'https://licences.example', 'https://licences.example/', 'https://evil.example']

  it.each(some)(
    '%s may be read by any origin, never with credentials, is not kept, framed or sniffed',
    async (status, handler, sent) => {
      for (const origin of origins) {
        const headers = { ...(sent.headers ?? json), ...(origin === undefined ? {} : { origin }) }
        const got = await answers(handler, { ...sent, headers })
        expect(String(got.status)).toBe(status)
        expect(Object.fromEntries(got.headers)).toMatchObject({
          'access-control-allow-origin': '*',
          'access-control-expose-headers': 'Retry-After, Location, X-Request-Id, Next-After, Mail-Subject',
          'cache-control': 'no-store',
          'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
          'referrer-policy': 'no-referrer',
          'strict-transport-security': 'max-age=63072000; includeSubDomains',
          'x-content-type-options': 'nosniff',
          'x-request-id': invocationId,
        })
        expect(got.headers.has('access-control-allow-credentials')).toBe(false)
        expect(got.headers.has('set-cookie')).toBe(false)
      }
    },
  )

  it('to a preflight names the methods and headers, and no credentials', async () => {
    const answer = await preflight({} as never, {} as never)
    const headers = new Headers((answer as { headers: Record<string, string> }).headers)
    expect((answer as { status: number }).status).toBe(204)
    expect(headers.get('access-control-allow-origin')).toBe('*')
    expect(headers.get('access-control-allow-methods')).toContain(thing.change.method)
    for (const name of ['Authorization', 'Content-Type', 'Idempotency-Key', 'Accept-Language', 'Licence-Proof']) {
      expect(headers.get('access-control-allow-headers')).toContain(name)
    }
    expect(headers.has('access-control-allow-credentials')).toBe(false)
  })
})

describe('health and readiness', () => {
  const statusOf = async (handler: ReturnType<typeof ready>) => (await call(handler, { method: 'GET' })).status

  it('health asks nothing, and says which version runs', async () => {
    const { json } = await call(health('a-service'), { method: 'GET' })
    expect(json).toEqual({ service: 'a-service', status: 'ok', version: 'dev' })
  })

  it('readiness asks each store, says which one fails and not why, and keeps the answer', async () => {
    const asked = vi.fn(async () => {})
    const failing = vi.fn(async () => Promise.reject(new Error('AccountKey=secret')))
    const handler = ready('a-service', { subscriptions: asked, directory: failing })
    const got = await call(handler, { method: 'GET' })
    expect([got.status, got.json]).toEqual([
      503,
      {
        ...{ service: 'a-service', version: 'dev', status: 'not_ready', switches: [] },
        stores: { subscriptions: 'ok', directory: 'failing' },
      },
    ])
    expect(got.text).not.toContain('secret')
    await Promise.all([statusOf(handler), statusOf(handler)])
    expect([asked.mock.calls.length, failing.mock.calls.length]).toEqual([1, 1])
  })

  it('readiness says how switches stand, and does not hang on them', async () => {
    const switches = vi.fn(async () => [
      { name: 'read_only', on: true, since: noon.toISOString() },
      { name: 'sending', on: null, since: null },
    ])
    const handler = ready('a-service', { directory: async () => {} }, switches)
    const { status, json } = await call(handler, { method: 'GET' })
    expect([status, json]).toEqual([
      200,
      {
        ...{ service: 'a-service', version: 'dev', status: 'ready', stores: { directory: 'ok' } },
        switches: [
          { name: 'read_only', on: true, since: noon.toISOString() },
          { name: 'sending', on: null, since: null },
        ],
      },
    ])
    await statusOf(handler)
    expect(switches).toHaveBeenCalledTimes(1)
  })

  it('readiness asks again after 5 s', async () => {
    const asked = vi.fn(async () => {})
    const clock = vi.spyOn(performance, 'now').mockReturnValue(1_000)
    const handler = ready('a-service', { directory: asked })
    for (const [at, times] of [
      [1_000, 1],
      [6_000, 1],
      [6_001, 2],
    ] as const) {
      clock.mockReturnValue(at)
      await statusOf(handler)
      expect(asked).toHaveBeenCalledTimes(times)
    }
    clock.mockRestore()
  })

  it('readiness is well when all are', async () => {
    expect(await statusOf(ready('a-service', { directory: async () => {} }))).toBe(200)
  })
})

describe('log lines', () => {
  let entra: Entra
  let key: SigningKey
  beforeAll(async () => {
    entra = await startEntra()
    key = await aKey('k1')
    entra.publish(key)
  })
  afterAll(() => entra.close())

  it('say why a token was refused, and of no other refusal more than its code', async () => {
    const handler = aChangingEndpoint(aFrame(entra.checks().tokens))
    const reasonOf = async (sent: Partial<Sent>) =>
      JSON.parse((await answers(handler, sent)).lines[0]!.replace(/^\w+ /, '')) as { code: string; reason?: string }
    const forged = await entra.token(await aKey('stranger'))
    expect(await reasonOf({ token: forged })).toMatchObject({ code: 'token_invalid', reason: 'token: unknown key' })
    const wrong = await reasonOf({ token: await entra.token(key), body: '{' })
    expect([wrong.code, wrong.reason]).toEqual(['input_invalid', undefined])
  })

  it('say that our own key was refused; the caller learns nothing of it', async () => {
    const handler = aChangingEndpoint(aFrame(entra.checks().tokens), () => {
      throw new Refusal('unavailable', 'Try again.', {}, { cause: new Error('locked') })
    })
    const { json, lines } = await answers(handler, { token: await entra.token(key) })
    expect(JSON.parse(lines[0]!.replace(/^\w+ /, ''))).toMatchObject({ code: 'unavailable', reason: 'locked' })
    expect(JSON.stringify(json)).not.toContain('locked')
  })

  it('hold no address, no token, no tenant or object id and no text from outside', async () => {
    const canary = 'c4nary'
    const token = await entra.token(key, { upn: `${canary}@contoso.example`, name: canary, oid: guid(0xc4a) })
    const { tokens } = entra.checks()
    const lines: string[] = []
    const handlers = [
      aChangingEndpoint(aFrame(tokens), ({ note }) => {
        note('looked_up', { code: 'licensed' })
        return {}
      }),
      aChangingEndpoint(aFrame(tokens), () => {
        throw new Error(canary)
      }),
      aChangingEndpoint(aFrame(tokens), () => {
        throw new Refusal('no_free_seat', canary, { canary })
      }),
      aChangingEndpoint(aFrame(tokens), undefined, { clients: [] }),
    ]
    const inputs: Partial<Sent>[] = [
      {},
      { query: { limit: canary } },
      { body: `{"address":"${canary}@contoso.example"}` },
      { body: `{"address":"${canary}"}` },
      { body: `{"${canary}":1}` },
      { body: canary },
      { headers: { ...json, 'idempotency-key': `${canary} ${canary}`, 'user-agent': canary } },
      { headers: { 'content-type': canary } },
      { token: `${token}${canary}` },
      { token: canary },
    ]
    for (const handler of handlers) {
      for (const sent of inputs)
        lines.push(...(await answers(handler, { token, params: { id: canary }, ...sent })).lines)
    }
    expect(lines.length).toBeGreaterThan(30)
    const all = lines.join('\n')
    expect(all).not.toContain(canary)
    expect(all).not.toMatch(/@|eyJ|contoso|c0000000|00000000-0000/)
    for (const line of lines) expect(Object.keys(JSON.parse(line.replace(/^\w+ /, '')))).toContain('event')
  })
})
