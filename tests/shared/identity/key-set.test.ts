import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { hour, refusalIn } from '../../builders.ts'
import { aKey, aWeakKey, caughtUp, type Entra, type SigningKey, startEntra } from './entra.ts'

let entra: Entra
let k1: SigningKey
let k2: SigningKey
let k3: SigningKey
beforeAll(async () => {
  entra = await startEntra()
  ;[k1, k2, k3] = await Promise.all([aKey('k1'), aKey('k2'), aKey('k3')])
})
afterAll(() => entra.close())
beforeEach(() => {
  entra.reset()
  entra.publish(k1, k2)
})
afterEach(() => vi.restoreAllMocks())

const minute = 60_000
const codeOf = async (check: Promise<unknown>) => {
  const { code, details } = await refusalIn(check)
  return [code, details]
}
const invalid = ['token_invalid', {}]

describe('C25 keys come and go', () => {
  it('(1) a new key is taken at its first token, by one fetch, and the others never fetch again', async () => {
    const { tokens } = entra.checks()
    await tokens.check(await entra.token(k1))
    expect(entra.fetches).toBe(1)
    entra.publish(k1, k2, k3)
    entra.move(minute)
    await tokens.check(await entra.token(k3))
    await tokens.check(await entra.token(k2))
    await tokens.check(await entra.token(k3, { uti: 'another' }))
    expect(entra.fetches).toBe(2)
  })

  it('(1) many tokens of a new key at once share one fetch', async () => {
    const { tokens } = entra.checks()
    const all = await Promise.all(Array.from({ length: 20 }, (_, n) => entra.token(k1, { uti: n })))
    await Promise.all(all.map((token) => tokens.check(token)))
    expect(entra.fetches).toBe(1)
  })

  it.each([
    [5_000, 10_000],
    [500, 100_000],
  ])('(2) %i unknown keys in %i ms: one fetch per 30 s, and valid tokens go on', async (count, span) => {
    const { tokens } = entra.checks()
    const valid = await entra.token(k1)
    await tokens.check(valid)
    const [, payload, signature] = valid.split('.')
    let refused = 0
    for (let n = 0; n < count; n += 1) {
      entra.move(span / count)
      const header = Buffer.from(JSON.stringify({ alg: 'RS256', kid: `random-${n}` })).toString('base64url')
      await tokens.check(`${header}.${payload}.${signature}`).catch(({ code }) => {
        refused += Number(code === 'token_invalid')
      })
      if (n % 100 === 0) await tokens.check(valid)
    }
    expect(refused).toBe(count)
    expect(entra.fetches).toBe(1 + Math.floor(span / 30_000))
  })

  it('(3) known keys go on for 48 h while the endpoint is down; then nobody is told that a token is wrong', async () => {
    const { tokens } = entra.checks()
    await tokens.check(await entra.token(k1))
    entra.break(() => ({ status: 503, body: '' }))
    for (const hours of [1, 25, 22]) {
      entra.move(hours * hour)
      await expect(tokens.check(await entra.token(k1))).resolves.toBeDefined()
    }
    entra.move(hour)
    expect(await codeOf(tokens.check(await entra.token(k1)))).toEqual(['unavailable', { retryAfterSeconds: 30 }])
    entra.publish(k1)
    entra.move(30_000)
    await expect(tokens.check(await entra.token(k1))).resolves.toBeDefined()
  })

  it.each<[string, (withoutK1: string) => Parameters<Entra['break']>[0]]>([
    ['no keys', () => () => ({ body: '{"keys":[]}' })],
    ['no usable key', () => () => ({ body: '{"keys":[{"kty":"EC","kid":"k1"},null,{"kid":"k1"}]}' })],
    ['a page', () => () => ({ body: '<!doctype html><title>Sign in</title>' })],
    ['something else', () => () => ({ body: '{"value":42}' })],
    ['5 MB', (set) => () => ({ body: set.replace('{', `{"more":"${'x'.repeat(5 * 1024 * 1024)}",`) })],
    ['a fault', (set) => () => ({ status: 500, body: set })],
    ['the way to somewhere else', (set) => () => ({ status: 302, body: set, headers: { Location: '/elsewhere' } })],
  ])('(4) the old set is kept when the endpoint answers %s', async (_, answering) => {
    const { keys, tokens } = entra.checks()
    await tokens.check(await entra.token(k1))
    const issuer = `${entra.authority}/{tenantid}/v2.0`
    entra.break(answering(JSON.stringify({ keys: [{ ...k2.public, kid: 'k2', issuer }] })))
    entra.move(31 * minute)
    await expect(tokens.check(await entra.token(k1))).resolves.toBeDefined()
    await caughtUp(keys)
    expect(await codeOf(tokens.check(await entra.token(k3)))).toEqual(invalid)
    await expect(tokens.check(await entra.token(k1))).resolves.toBeDefined()
    expect(await keys.get('k2')).toBeDefined()
  })

  it('(4) an endpoint that says nothing is given up after 5 s', async () => {
    const limits: number[] = []
    const { tokens } = entra.checks()
    await tokens.check(await entra.token(k1))
    entra.break(() => 'silence')
    vi.spyOn(AbortSignal, 'timeout').mockImplementation((milliseconds) => {
      limits.push(milliseconds)
      return AbortSignal.abort(new Error('timed out'))
    })
    entra.move(minute)
    expect(await codeOf(tokens.check(await entra.token(k3)))).toEqual(invalid)
    await expect(tokens.check(await entra.token(k1))).resolves.toBeDefined()
    expect(limits).toEqual([5_000])
  })

  it('(5) a withdrawn key is refused within the half hour, and a token that was checked with it is dropped', async () => {
    const { keys, tokens } = entra.checks()
    const known = await entra.token(k1, { exp: entra.now().getTime() / 1000 + 86_400 })
    await tokens.check(known)
    entra.publish(k2)
    entra.move(30 * minute + 1)
    await tokens.check(known)
    await caughtUp(keys)
    expect(await codeOf(tokens.check(known))).toEqual(invalid)
    expect(await codeOf(tokens.check(await entra.token(k1, { uti: 'another' })))).toEqual(invalid)
    await expect(tokens.check(await entra.token(k2))).resolves.toBeDefined()
    expect(entra.fetches).toBe(2)
  })

  it('(6) a cold start while the endpoint is down is an outage, not a wrong token', async () => {
    entra.break(() => ({ status: 503, body: '' }))
    const { tokens } = entra.checks()
    expect(await codeOf(tokens.check(await entra.token(k1)))).toEqual(['unavailable', { retryAfterSeconds: 30 }])
    expect(await codeOf(tokens.check(await entra.token(k1)))).toEqual(['unavailable', { retryAfterSeconds: 30 }])
    expect(entra.fetches).toBe(1)
    entra.publish(k1)
    entra.move(30_000)
    await expect(tokens.check(await entra.token(k1))).resolves.toBeDefined()
  })

  it('(7) of a key that was replaced under its name only the new one counts', async () => {
    const { keys, tokens } = entra.checks()
    const before = await entra.token(k1, { exp: entra.now().getTime() / 1000 + 86_400 })
    await tokens.check(before)
    const replaced = { ...(await aKey('k1')), kid: 'k1' }
    entra.publish(replaced)
    entra.move(31 * minute)
    await tokens.check(before)
    await caughtUp(keys)
    expect(await codeOf(tokens.check(before))).toEqual(invalid)
    await expect(tokens.check(await entra.token(replaced))).resolves.toBeDefined()
  })

  it('a checked token stays checked while its key is published again and again', async () => {
    const { keys, tokens } = entra.checks()
    const token = await entra.token(k1, { exp: entra.now().getTime() / 1000 + 86_400 })
    const first = await tokens.check(token)
    const key = await keys.get('k1')
    for (let n = 2; n < 5; n += 1) {
      entra.move(31 * minute)
      expect(await tokens.check(token)).toBe(first)
      await caughtUp(keys)
      expect(entra.fetches).toBe(n)
    }
    expect(await keys.get('k1')).toBe(key)
  })
})

describe('a key that cannot be used', () => {
  it('is as if it were not published, and the others go on', async () => {
    const weak = await aWeakKey('weak')
    const nameless = { ...k3.public, kid: 'nameless' }
    entra.publish(weak, nameless, { ...k3.public, kid: 'broken', n: '!', issuer: 'x' }, k1)
    const { keys, tokens } = entra.checks()
    await expect(tokens.check(await entra.token(k1))).resolves.toBeDefined()
    expect(await codeOf(tokens.check(await entra.token(weak)))).toEqual(invalid)
    for (const kid of ['weak', 'nameless', 'broken']) expect(await keys.get(kid)).toBeUndefined()
  })
})

it('a clock that steps back does not keep new keys away', async () => {
  const { tokens } = entra.checks()
  await tokens.check(await entra.token(k1))
  entra.move(-5_000)
  entra.publish(k1, k2, k3)
  await expect(tokens.check(await entra.token(k3))).resolves.toBeDefined()
})
