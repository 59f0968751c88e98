import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningHost, runHost } from './run-host.ts'

let host: RunningHost
let origin: string
let functions: Record<string, unknown>[]

beforeAll(async () => {
  host = runHost('web')
  const ready = await host.ready()
  origin = `http://127.0.0.1:${ready.port}`
  functions = ready.functions
})
afterAll(() => host.stop())

/** A request as fetch cannot send it: any header, any target. */
const raw = (path: string, headers: string[] = [], method = 'GET', body?: Buffer) =>
  new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    const asked = request(
      origin,
      { path, method, headers: ['Host', new URL(origin).host, ...headers] },
      async (response) =>
        resolve({ status: response.statusCode, text: Buffer.concat(await response.toArray()).toString() }),
    )
    asked.once('error', reject).end(body)
  })

test('the ready line lists each function with its service', () => {
  expect(functions).toContainEqual({
    service: 'shop',
    name: 'mirror',
    trigger: 'http',
    methods: ['POST', 'PUT'],
    route: '/api/mirror',
  })
  expect(functions.filter(({ service }) => service === 'desk')).toHaveLength(7)
})

test('a literal route beats a parameter, and a parameter arrives decoded', async () => {
  expect(await (await fetch(`${origin}/api/goods/newest`)).text()).toBe('newest')
  const shown = await (await fetch(`${origin}/api/goods/a%20b/c`)).json()
  expect(shown).toMatchObject({ params: { id: 'a b', part: 'c' } })
  expect(await (await fetch(`${origin}/api/files/a/b.txt`)).json()).toEqual({ rest: 'a/b.txt' })
})

test('the address is absolute, headers and forwarded headers arrive, several of one name are joined', async () => {
  const { text } = await raw('/api/goods/1?q=%C3%A9&q=2&Q=3&empty', [
    ...['X-Forwarded-Proto', 'https', 'X-Forwarded-For', '192.0.2.1', 'X-Twice', 'a', 'X-Twice', 'b'],
    ...['Cookie', 'a=1', 'Cookie', 'b=2', 'Authorization', 'Bearer x'],
  ])
  const shown = JSON.parse(text)
  expect(shown.url).toBe(`${origin}/api/goods/1?q=%C3%A9&q=2&Q=3&empty`)
  expect(shown.query).toEqual({ q: 'é,2,3', empty: '' })
  expect(shown.headers).toMatchObject({
    'x-forwarded-proto': 'https',
    'x-forwarded-for': '192.0.2.1',
    'x-twice': 'a,b',
    cookie: 'a=1; b=2',
    authorization: 'Bearer x',
  })
})

test.each([
  ['GET', '/api/nowhere'],
  ['DELETE', '/api/goods'],
  ['GET', '/api/mirror'],
  ['HEAD', '/api/mirror'],
  ['GET', '/goods'],
])('404 with no body: %s %s', async (method, path) => {
  const answer = await fetch(origin + path, { method })
  expect(answer.status).toBe(404)
  expect(await answer.text()).toBe('')
})

test('HEAD is answered where GET is, without the body', async () => {
  const answer = await fetch(`${origin}/api/goods/newest`, { method: 'HEAD' })
  expect([answer.status, answer.headers.get('content-length'), await answer.text()]).toEqual([200, '6', ''])
})

test.each([
  ['line ends', Buffer.from('a\r\nb\nc\r\r\n\0')],
  ['gzip', gzipSync('hello '.repeat(1000))],
  ['a byte order mark', Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d])],
  ['no UTF-8', Buffer.from([0xff, 0xfe, 0x80])],
  ['3 MB in many pieces', randomBytes(3_000_000)],
  ['nothing', Buffer.alloc(0)],
])('a body arrives and goes back byte by byte: %s', async (_, body) => {
  const headers = { 'content-type': 'application/json; charset=latin1' }
  const answer = await fetch(`${origin}/api/mirror`, { method: 'POST', headers, body: new Uint8Array(body) })
  expect(Buffer.from(await answer.arrayBuffer()).equals(body)).toBe(true)
  expect(answer.headers.get('content-type')).toBe(headers['content-type'])
  expect(answer.headers.get('content-length')).toBe(String(body.length))
})

test('gzip that is declared is passed on, not opened', async () => {
  const body = gzipSync('hello')
  const headers = ['Content-Encoding', 'gzip', 'Content-Length', String(body.length), 'Content-Type', 'text/plain']
  const { status, text } = await raw('/api/mirror', headers, 'PUT', body)
  expect([status, text]).toEqual([200, body.toString()])
})

test('411: a body without Content-Length, which the real host drops', async () => {
  const answer = await raw('/api/mirror', ['Transfer-Encoding', 'chunked'], 'POST', Buffer.from('x'))
  expect([answer.status, answer.text]).toEqual([411, expect.stringContaining('Content-Length')])
})

test('413: a body of more than 100 MB is refused before it is sent', async () => {
  const answer = await raw('/api/mirror', ['Content-Length', String(100 * 1024 * 1024 + 1)], 'POST')
  expect([answer.status, answer.text]).toEqual([413, 'A body has at most 100 MB.\n'])
})

test('421: a foreign name that leads here', async () => {
  const answer = await new Promise<number | undefined>((resolve, reject) =>
    request(`${origin}/api/goods`, { headers: { host: 'evil.example' } }, ({ statusCode }) => resolve(statusCode))
      .once('error', reject)
      .end(),
  )
  expect(answer).toBe(421)
})

test('dot segments are resolved as by the real host', async () => {
  expect(await raw('/api/goods/../goods/%2e%2e/goods/newest')).toEqual({ status: 200, text: 'newest' })
})

test('400: a target that is no path', async () => {
  expect((await raw('http://elsewhere/api/goods')).status).toBe(400)
})

test('cookies become Set-Cookie headers, beside one set by hand', async () => {
  const answer = await fetch(`${origin}/api/cookies`)
  expect(answer.headers.getSetCookie()).toEqual([
    'plain=1',
    '__Host-session=a%20b%3Bc; expires=Wed, 02 Jan 2030 03:04:05 GMT; path=/; secure; samesite=lax; httponly',
    'gone=; max-age=0; domain=localhost; path=/; samesite=none',
  ])
})

test('500 with no body: the handler throws, and only the error output says why', async () => {
  const answer = await fetch(`${origin}/api/throws`)
  expect([answer.status, await answer.text()]).toEqual([500, ''])
  await host.says(/throws of desk failed \(invocation [0-9a-f-]{36}\): Error: the inside story/)
  expect(host.stdout).not.toContain('the inside story')
})

test('500: an answer that is none', async () => {
  expect((await fetch(`${origin}/api/wrong_status`)).status).toBe(500)
})

test('204: the handler returns nothing, or says so', async () => {
  expect((await fetch(`${origin}/api/nothing`)).status).toBe(204)
  const answer = await fetch(`${origin}/api/empty`)
  expect([answer.status, answer.headers.get('content-length')]).toEqual([204, null])
})

test('501: content negotiation is refused by name', async () => {
  const answer = await fetch(`${origin}/api/negotiates`)
  expect([answer.status, await answer.text()]).toEqual([501, expect.stringContaining('enableContentNegotiation')])
})

test('hooks concern the functions of their own service only', async () => {
  expect(await (await fetch(`${origin}/api/hooked`)).text()).toBe('yes')
  expect(await (await fetch(`${origin}/api/desk_hooked`)).text()).toBe('null')
  await host.says(/^shop starts 0$/m)
})

test('a hook may mend a failure', async () => {
  const answer = await fetch(`${origin}/api/mended`)
  expect([answer.status, await answer.text()]).toEqual([418, 'mended true'])
})

test('what handlers log stands on the output as it is, after their hooks', async () => {
  await fetch(`${origin}/api/logs`)
  await host.until(() => host.lines.length >= 2)
  expect(host.lines).toEqual(['{"event":"plain"}', 'a … 7'])
})

test('the admin list is that of the ready line', async () => {
  expect(await (await fetch(`${origin}/admin/functions`)).json()).toEqual(functions)
})

test('the admin API fires nothing but timers, and knows nothing else', async () => {
  const post = (path: string) => fetch(origin + path, { method: 'POST' }).then(({ status }) => status)
  expect(await post('/admin/functions/mirror')).toBe(501)
  expect(await post('/admin/functions/nobody')).toBe(404)
  expect(await post('/admin/host/restart')).toBe(404)
})
