import type { HttpRequest } from '@azure/functions'
import { licencePortal } from '@securemailmerge/shared/http/contracts/licence-portal'
import { cookiesOf, hostCookie, noCookie } from '@securemailmerge/shared/http/cookies'
import { pageEndpoint } from '@securemailmerge/shared/http/page-endpoint'
import { Refusal } from '@securemailmerge/shared/refusal'
import { describe, expect, it, vi } from 'vitest'
import { guid, noon } from '../../builders.ts'
import { call, invocationId, ours } from './thing.ts'

const frame = { service: 'licence-portal', frontDoorId: null as string | null, origin: ours, now: () => noon }
const json = { 'content-type': 'application/json', origin: ours }
const signedOut = { answer: { signedIn: false as const, ended: 0, microsoftUrl: 'https://login.example' } }
const handle = vi.fn(async (): Promise<typeof signedOut> => signedOut)
const signOut = (of = frame) => pageEndpoint(of, 'sign_out', licencePortal.sign_out, handle)

describe('F19 what our own page alone may ask', () => {
  it.each<[number, string, Record<string, string>, string]>([
    [200, 'our own page', json, '{}'],
    [200, 'our own page, whatever token it has', { ...json, authorization: 'Bearer x' }, '{}'],
    [403, 'nobody says where from', { 'content-type': 'application/json' }, '{}'],
    [403, 'a frame without an origin', { ...json, origin: 'null' }, '{}'],
    [403, 'another page', { ...json, origin: 'https://evil.example' }, '{}'],
    [403, 'another page, with a token', { ...json, origin: 'https://evil.example', authorization: 'Bearer x' }, '{}'],
    [415, 'a form of our own page', { ...json, 'content-type': 'application/x-www-form-urlencoded' }, 'everywhere=1'],
    [400, 'a field that nobody reads', json, '{"all":true}'],
    [400, 'a word where a yes belongs', json, '{"everywhere":"yes"}'],
    [413, 'a long body', json, `{"everywhere":${' '.repeat(5000)}true}`],
  ])('%i %s', async (status, _, headers, body) => {
    handle.mockClear()
    const got = await call(signOut(), { headers, body })
    expect(got.status).toBe(status)
    expect(handle).toHaveBeenCalledTimes(status === 200 ? 1 : 0)
    expect(Object.fromEntries(got.headers)).toMatchObject({ 'cache-control': 'no-store', 'x-request-id': invocationId })
    expect([...got.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
  })

  it('F20 nobody past our Front Door', async () => {
    const guarded = signOut({ ...frame, frontDoorId: guid(7) })
    expect((await call(guarded, { headers: json, body: '{}' })).status).toBe(403)
    expect((await call(guarded, { headers: { ...json, 'x-azure-fdid': guid(8) }, body: '{}' })).status).toBe(403)
    expect((await call(guarded, { headers: { ...json, 'x-azure-fdid': guid(7) }, body: '{}' })).status).toBe(200)
  })

  it('503 and 500 as every route', async () => {
    const body = '{}'
    handle.mockRejectedValueOnce(new Refusal('unavailable', 'Later.', { retryAfterSeconds: 5 }))
    expect((await call(signOut(), { headers: json, body })).status).toBe(503)
    handle.mockRejectedValueOnce(new Error('Kaboom! kim@contoso.example'))
    const got = await call(signOut(), { headers: json, body })
    expect([got.status, got.text.includes('kim')]).toEqual([500, false])
  })
})

describe('cookies', () => {
  const of = (cookie: string) =>
    Object.fromEntries(cookiesOf({ headers: new Headers({ cookie }) } as never as HttpRequest))

  it.each<[string, Record<string, string>]>([
    ['', {}],
    ['a=1', { a: '1' }],
    ['a=1; b=2;c=3', { a: '1', b: '2', c: '3' }],
    ['a=1; a=2; b=3', { b: '3' }],
    ['a=x=y', { a: 'x=y' }],
    ['a=; b', { a: '' }],
    [
      '__proto__=1; constructor=2',
      Object.fromEntries([
        ['__proto__', '1'],
        ['constructor', '2'],
      ]),
    ],
    [`a=${'x'.repeat(20_000)}`, {}],
  ])('%j', (text, found) => {
    expect(of(text)).toEqual(found)
  })

  it('are of this host alone, unseen by scripts, and come along with links', () => {
    const all = { path: '/', secure: true, httpOnly: true, sameSite: 'Lax' }
    expect(hostCookie('__Host-a', 'x')).toEqual({ ...all, name: '__Host-a', value: 'x' })
    expect(hostCookie('__Host-a', 'x', 60)).toEqual({ ...all, name: '__Host-a', value: 'x', maxAge: 60 })
    expect(noCookie('__Host-a')).toEqual({ ...all, name: '__Host-a', value: '', maxAge: 0 })
  })
})
