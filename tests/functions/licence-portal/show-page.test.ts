import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { HttpRequest, type HttpResponseInit } from '@azure/functions'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pageFiles } from '../../../functions/licence-portal/page-files.ts'
import { showPage } from '../../../functions/licence-portal/show-page.ts'
import { guid } from '../../builders.ts'
import { contextOf } from '../../kit/invoke.ts'

const html = '<!doctype html><script type="module" src="/assets/index-a1.js"></script>'
const script = 'export const page = 1\n'.repeat(100)
const folder = mkdtempSync(join(tmpdir(), 'page-'))
const page = join(folder, 'page')
const frame = {
  service: 'licence-portal',
  frontDoorId: null,
  origin: 'https://licences.example',
  now: () => new Date(),
}
let show: ReturnType<typeof showPage>

beforeAll(() => {
  mkdirSync(join(page, 'assets'), { recursive: true })
  writeFileSync(join(page, 'index.html'), html)
  writeFileSync(join(page, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
  writeFileSync(join(page, 'notes.md'), 'not for anybody')
  writeFileSync(join(page, 'assets', 'index-a1.js'), script)
  writeFileSync(join(page, 'assets', 'index-a1.js.br'), brotliCompressSync(script))
  writeFileSync(join(page, 'assets', 'index-a1.js.gz'), gzipSync(script))
  writeFileSync(join(folder, 'secret.txt'), 'a secret beside the page')
  show = showPage({ frame, files: pageFiles(page) })
})
afterAll(() => rmSync(folder, { recursive: true }))

async function ask(path: string, sent: { method?: string; headers?: Record<string, string> } = {}, of = show) {
  const url = `http://localhost/api/page${path}`
  const request = new HttpRequest({ method: 'GET', url, params: { path: path.slice(1) }, ...sent })
  const { status = 200, headers, body } = (await of(request, contextOf('show_page', []))) as HttpResponseInit
  return { status, headers: new Headers(headers as Record<string, string>), body: Buffer.from((body ?? '') as string) }
}

describe('the page', () => {
  it.each([
    '/',
    '/subscriptions',
    '/subscriptions/sub_1/people',
    '/purchase/confirm',
    '/it',
    '/invitation',
    '/sign-in',
  ])('200 %s: it is asked for anew each time, and says what it may do', async (path) => {
    const { status, headers, body } = await ask(path)
    expect([status, body.toString(), headers.get('content-type')]).toEqual([200, html, 'text/html; charset=utf-8'])
    expect(headers.get('cache-control')).toBe('no-cache')
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy.split('; ')).toEqual(
      expect.arrayContaining([
        ...["default-src 'none'", "script-src 'self'", "connect-src 'self'", "base-uri 'none'", "form-action 'self'"],
        ...["frame-ancestors 'none'", "require-trusted-types-for 'script'", 'report-uri /api/policy-reports'],
      ]),
    )
    expect(policy).not.toMatch(/unsafe|\*|https?:|blob:/)
    expect(Object.fromEntries(headers)).toMatchObject({
      ...{ 'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff' },
      ...{ 'cross-origin-opener-policy': 'same-origin', 'reporting-endpoints': 'policy="/api/policy-reports"' },
      'strict-transport-security': 'max-age=63072000; includeSubDomains',
    })
    expect(headers.has('access-control-allow-origin')).toBe(false)
    expect(headers.has('set-cookie')).toBe(false)
  })

  it('304 while it has not changed, 200 when it has', async () => {
    const tag = (await ask('/')).headers.get('etag') ?? ''
    expect(tag).toMatch(/^"[\w-]{22}"$/)
    for (const known of [tag, `W/${tag}`, `"x", ${tag}`, '*']) {
      const { status, body, headers } = await ask('/it', { headers: { 'if-none-match': known } })
      expect([status, body.length, headers.get('etag')]).toEqual([304, 0, tag])
    }
    expect((await ask('/', { headers: { 'if-none-match': '"other"' } })).status).toBe(200)
  })

  it('its assets may be kept for ever, and come packed to whoever takes that', async () => {
    const of = async (accepts: string) => ask('/assets/index-a1.js', { headers: { 'accept-encoding': accepts } })
    const [br, gzip, plain] = [await of('gzip, deflate, br, zstd'), await of('gzip;q=0.5'), await of('identity')]
    expect([br, gzip, plain].map(({ headers }) => headers.get('content-encoding'))).toEqual(['br', 'gzip', null])
    expect(brotliDecompressSync(br.body).toString()).toBe(script)
    expect(gunzipSync(gzip.body).toString()).toBe(script)
    expect(plain.body.toString()).toBe(script)
    for (const { headers } of [br, gzip, plain]) {
      expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
      expect([headers.get('vary'), headers.get('content-type')]).toEqual([
        'Accept-Encoding',
        'text/javascript; charset=utf-8',
      ])
    }
    expect(new Set([br, gzip, plain].map(({ headers }) => headers.get('etag'))).size).toBe(3)
    expect((await of('br;q=0, gzip;q=0.0')).headers.get('content-encoding')).toBeNull()
  })

  it('what has no hash in its name is asked for anew', async () => {
    const { status, headers } = await ask('/icon.svg')
    expect([status, headers.get('content-type'), headers.get('cache-control')]).toEqual([
      200,
      'image/svg+xml',
      'no-cache',
    ])
    expect(headers.get('content-security-policy')).toContain('sandbox')
  })

  it.each([
    ...['/index.html', '/nope', '/subscriptionsx', '/assets/', '/assets/index-old.js', '/assets/index-a1.js.br'],
    ...[
      '/notes.md',
      '/secret.txt',
      '/../secret.txt',
      '/assets/../../secret.txt',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
    ],
    ...['/api/session', '/api/nope', '/admin/host/keys', '/.auth/me', '/constructor', '/__proto__', '//evil.example'],
  ])('404 %s', async (path) => {
    const { status, headers, body } = await ask(path)
    expect([status, body.toString(), headers.get('cache-control')]).toEqual([404, '404\n', 'no-store'])
  })

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('405 to %s, which says what may be done', async (method) => {
    const { status, headers } = await ask('/', { method })
    expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })

  it('F20 403 past our Front Door', async () => {
    const id = guid(7)
    const guarded = showPage({ frame: { ...frame, frontDoorId: id }, files: pageFiles(page) })
    expect((await ask('/', {}, guarded)).status).toBe(403)
    expect((await ask('/', { headers: { 'x-azure-fdid': guid(8) } }, guarded)).status).toBe(403)
    expect((await ask('/', { headers: { 'x-azure-fdid': id } }, guarded)).status).toBe(200)
  })

  it('404 where none is built', async () => {
    const none = showPage({ frame, files: pageFiles(join(folder, 'nowhere')) })
    expect((await ask('/', {}, none)).status).toBe(404)
  })
})
