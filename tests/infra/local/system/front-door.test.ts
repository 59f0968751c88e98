import { request } from 'node:http'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { passOn, rewritten, serviceOf } from '../../../../infra/local/front-door.ts'
import { type Listener, listen } from '../../../../infra/local/http-frame.ts'
import { Supervised } from '../../../../infra/local/supervised.ts'

const script = join(import.meta.dirname, 'fixtures', 'process.ts')
let host: Supervised
let front: Listener
beforeAll(async () => {
  const args = (last: { port: number } | undefined) => ['--port', String(last?.port ?? 0), '--slow', '300']
  host = new Supervised('functions-host', { script, args }, () => {})
  await host.restart()
  front = await listen(0)
  front.handle((asked, answer) => passOn(host, asked, answer))
})
afterAll(() => Promise.all([front.close(), host.close()]))

interface Sent {
  method?: string
  path?: string
  headers?: string[]
  body?: Buffer
}

/** Sends a request with exactly these headers; gives status, raw headers and body of the answer. */
function send({ method = 'GET', path = '/api/licence', headers = [], body }: Sent = {}) {
  const local = ['Host', `localhost:${front.port}`]
  const length = body ? ['Content-Length', String(body.length)] : []
  return new Promise<{ status: number; words: string; raw: string[]; text: string }>((resolve, reject) => {
    const given = headers.includes('Host') ? headers : [...local, ...headers]
    const options = { host: '127.0.0.1', port: front.port, method, path, headers: [...given, ...length] }
    const asking = request(options, async (answer) => {
      const text = (await buffer(answer)).toString()
      resolve({ status: answer.statusCode!, words: answer.statusMessage!, raw: answer.rawHeaders, text })
    })
    asking.on('error', reject)
    asking.end(body)
  })
}

const valuesOf = (raw: string[], name: string) =>
  raw.filter((_, at) => at % 2 === 1 && raw[at - 1]!.toLowerCase() === name.toLowerCase())

describe('the front door', () => {
  it.each([
    ['/api/licence', 'licence-lookup'],
    ['/api/licence/more', 'licence-lookup'],
    ['/.well-known/jwks.json', 'licence-lookup'],
    ['/api/openapi.json', 'licence-lookup'],
    ['/api/licence-lookup/health', 'licence-lookup'],
    ['/api/subscriptions', 'seat-assignment'],
    ['/api/subscriptions/sub_1/seats', 'seat-assignment'],
    ['/api/seat-assignment/ready', 'seat-assignment'],
    ['/api/session', 'licence-portal'],
    ['/api/session/sign-in', 'licence-portal'],
  ])('sends %s to %s', (path, service) => {
    expect(serviceOf(path)).toBe(service)
  })

  it.each([
    '/',
    '/api',
    '/api/licences',
    '/api/licenceevil',
    '/api/seat-assignment/other',
    '/api/well-known/jwks.json',
    '/admin/functions',
    '/runtime/webhooks',
    '/API/licence',
  ])('leaves %s to the page, below a path of its own', (path) => {
    expect(serviceOf(path)).toBe('licence-portal')
    expect(rewritten(`${path}?a=/`)).toBe(`/api/page${path}?a=/`)
  })

  it('rewrites what Front Door rewrites, and nothing else', () => {
    expect(rewritten('/.well-known/jwks.json?a=/.well-known/')).toBe('/api/well-known/jwks.json?a=/.well-known/')
    expect(rewritten('/api/licence?next=%2F')).toBe('/api/licence?next=%2F')
    expect(rewritten('/api/session/callback?code=x')).toBe('/api/session/callback?code=x')
    expect(rewritten('/api/licence-portal/ready')).toBe('/api/licence-portal/ready')
  })

  it('passes on every byte of a body, also what is no text', async () => {
    const bytes = fc.uint8Array({ maxLength: 5_000 })
    await fc.assert(
      fc.asyncProperty(bytes, async (body) => {
        const { text } = await send({ method: 'POST', path: '/api/subscriptions', body: Buffer.from(body) })
        expect(Buffer.from(JSON.parse(text).body, 'base64')).toEqual(Buffer.from(body))
      }),
      { numRuns: 30 },
    )
  })

  it('leaves headers as they are in both directions, doubled and oddly written ones too', async () => {
    const odd = ['X-TwiCE', 'one', 'X-TwiCE', 'two', 'Idempotency-Key', 'k', 'X-Forwarded-Host', 'evil.example']
    const { status, words, raw, text } = await send({ path: '/api/licence?b=%20&a=%C3%A9', headers: odd })
    const asked = JSON.parse(text) as { url: string; rawHeaders: string[] }
    expect(asked.url).toBe('/api/licence?b=%20&a=%C3%A9')
    expect(valuesOf(asked.rawHeaders, 'x-twice')).toEqual(['one', 'two'])
    expect(asked.rawHeaders).toContain('X-TwiCE')
    expect(valuesOf(asked.rawHeaders, 'host')).toEqual([`localhost:${front.port}`])
    expect(valuesOf(asked.rawHeaders, 'x-forwarded-host')).toEqual([`localhost:${front.port}`])
    expect(valuesOf(asked.rawHeaders, 'x-forwarded-proto')).toEqual(['http'])
    expect([status, words]).toEqual([203, 'As It Is'])
    expect(valuesOf(raw, 'set-cookie')).toEqual(['a=1', 'b=2'])
    expect(raw).toContain('X-Odd-CASE')
  })

  it.each(['evil.example', 'localhost.evil.example', '127.0.0.1.nip.example', '169.254.169.254'])(
    'does not answer to %s',
    async (name) => {
      expect((await send({ headers: ['Host', name] })).status).toBe(421)
    },
  )

  it('lets requests wait while the host is started anew', async () => {
    const restarting = host.restart()
    const answers = await Promise.all([send(), send({ method: 'POST', body: Buffer.from('x') }), send()])
    expect(answers.map(({ status }) => status)).toEqual([203, 203, 203])
    await restarting
  })

  it('says at once that the host is down, and when to come again', async () => {
    await host.kill()
    const began = performance.now()
    const { status, raw } = await send()
    expect([status, valuesOf(raw, 'retry-after')]).toEqual([503, ['1']])
    expect(performance.now() - began).toBeLessThan(2_000)
    await host.restart()
  })

  it('answers 502 when the host goes away under a request', async () => {
    expect((await send({ path: '/api/licence/die' })).status).toBe(502)
    await host.restart()
  })
})
