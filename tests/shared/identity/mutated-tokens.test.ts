import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CONSUMER_TENANT } from '@securemailmerge/shared/identity/account'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { contoso, fabrikam, guid } from '../../builders.ts'
import { aChangingEndpoint, aFrame, call } from '../http/thing.ts'
import { addIn, aKey, type Entra, encoded, type SigningKey, startEntra } from './entra.ts'

const RUNS = 1_000

let entra: Entra
let key: SigningKey
let forger: SigningKey
let trap: { address: string; calls: number; close(): Promise<unknown> }
/** Tokens that are right, and tokens that C23 refuses, by their kind. */
const families = new Map<string, string>()

beforeAll(async () => {
  entra = await startEntra()
  trap = await startTrap()
  ;[key, forger] = await Promise.all([aKey('k1'), aKey('k1')])
  entra.publish(key)
  const token = (some: Record<string, unknown> = {}, header = {}, by = key) => entra.token(by, some, header)
  const content = (header: object) => `${encoded(JSON.stringify(header))}.${encoded(JSON.stringify(entra.claimsOf()))}`
  const hs256 = content({ alg: 'HS256', kid: 'k1' })
  const made: Record<string, string | Promise<string>> = {
    right: token(),
    'right, of somebody else': token({ oid: guid(7), upn: 'kim@contoso.example' }),
    'version 1': token({ iss: `https://sts.windows.net/${contoso}/`, ver: '1.0' }),
    'issuer of another tenant': token({ iss: `${entra.authority}/${fabrikam}/v2.0` }),
    'issuer that is an address': token({ iss: `${trap.address}/${contoso}/v2.0` }),
    'issuer common': token({ iss: `${entra.authority}/common/v2.0` }),
    'issuer with a slash': token({ iss: `${entra.authority}/${contoso}/v2.0/` }),
    'consumer tenant': token({ tid: CONSUMER_TENANT }),
    'audience Graph': token({ aud: '00000003-0000-0000-c000-000000000000' }),
    'id token': token({ aud: addIn, scp: undefined }),
    'no scope': token({ scp: undefined }),
    'app only': token({ scp: undefined, roles: ['access_as_user'], idtyp: 'app' }),
    'another client': token({ azp: guid(0xbad) }),
    early: token({ nbf: entra.now().getTime() / 1000 + 600 }),
    late: token({ exp: entra.now().getTime() / 1000 - 61 }),
    'alg none': `${content({ alg: 'none', kid: 'k1' })}.`,
    'HS256 with the public key': `${hs256}.${createHmac('sha256', key.spki).update(hs256).digest('base64url')}`,
    'kid that is an address': token({}, { kid: `${trap.address}/keys` }),
    'kid that is a path': token({}, { kid: '../../../etc/passwd' }),
    ...Object.fromEntries(
      ['jku', 'x5u', 'jwk', 'x5c', 'crit'].map((name) => [name, token({}, { [name]: `${trap.address}/${name}` })]),
    ),
    'forged key': token({}, {}, forger),
    'too long': token({ more: 'x'.repeat(9_000) }),
  }
  for (const [name, one] of Object.entries(made)) families.set(name, await one)
})
afterAll(() => Promise.all([entra.close(), trap.close()]))

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~+/='
const part = fc.nat(2)
const at = fc.nat(10_000)
const odd = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 1e308, '', [], {}, 'common', '../..', '\u0000', 'k1'),
  fc.constantFrom('/keys', '//', ':80').map((end) => `http://127.0.0.1${end}`),
  fc.jsonValue({ maxDepth: 2 }),
)
const claim = fc.constantFrom(
  'iss',
  'aud',
  'tid',
  'oid',
  'ver',
  'exp',
  'nbf',
  'iat',
  'azp',
  'scp',
  'acct',
  'idp',
  'more',
)
const member = fc.constantFrom('alg', 'kid', 'typ', 'jku', 'x5u', 'jwk', 'x5c', 'crit', 'b64', 'zip', '__proto__')
const alg = fc.constantFrom('none', 'NONE', 'HS256', 'RS384', 'PS256', 'ES256', 'RS1', 'dir')
const text = fc.oneof(
  fc.constantFrom('', '{', '{"\\x":1}', '{"a":"\\ud800"}', '\ufeff{}', '[[[[', '"', 'null', '{"exp":1e999}'),
  fc.string({ maxLength: 40 }),
)

type Mutation = (token: string, other: string) => string | Promise<string>
const parts = (token: string) => token.split('.')
const json = (one = '') => {
  try {
    return JSON.parse(Buffer.from(one, 'base64url').toString()) as Record<string, unknown>
  } catch {
    return {}
  }
}
const withPart = (token: string, index: number, one: string) =>
  parts(token)
    .with(index % parts(token).length, one)
    .join('.')

const mutation: fc.Arbitrary<[string, Mutation]> = fc.oneof(
  fc
    .tuple(at, fc.constantFrom(...letters))
    .map(([where, letter]): [string, Mutation] => [
      `letter ${where} becomes ${letter}`,
      (token) => token.slice(0, where % token.length) + letter + token.slice((where % token.length) + 1),
    ]),
  fc.tuple(part, at, fc.integer({ min: 1, max: 255 })).map(([index, where, bits]): [string, Mutation] => [
    `bits ${bits} of byte ${where} of part ${index} flip`,
    (token) => {
      const bytes = Buffer.from(parts(token)[index] ?? '', 'base64url')
      if (bytes.length > 0) bytes[where % bytes.length]! ^= bits
      return withPart(token, index, encoded(bytes))
    },
  ]),
  at.map((where): [string, Mutation] => [`cut at ${where}`, (token) => token.slice(0, where % token.length)]),
  fc
    .constantFrom('=', '==', '.', '.e30', 'A', '.A', '..')
    .map((tail): [string, Mutation] => [`with ${tail} behind`, (token) => token + tail]),
  fc
    .tuple(part, part)
    .map(([from, to]): [string, Mutation] => [
      `part ${to} becomes part ${from} of another token`,
      (token, other) => withPart(token, to, parts(other)[from] ?? ''),
    ]),
  fc
    .shuffledSubarray([0, 1, 2])
    .map((order): [string, Mutation] => [
      `parts ${order}`,
      (token) => order.map((index) => parts(token)[index]).join('.'),
    ]),
  fc.tuple(claim, odd, fc.boolean()).map(([name, value, resigned]): [string, Mutation] => [
    `claim ${name} is ${JSON.stringify(value)}${resigned ? ', signed by a forger' : ''}`,
    (token) => {
      const claims = { ...json(parts(token)[1]), [name]: value }
      return resigned ? entra.token(forger, claims) : withPart(token, 1, encoded(JSON.stringify(claims)))
    },
  ]),
  fc.tuple(member, fc.oneof(odd, alg), fc.boolean()).map(([name, value, resigned]): [string, Mutation] => [
    `header ${name} is ${JSON.stringify(value)}${resigned ? ', signed by a forger' : ''}`,
    (token) => {
      const header = { ...json(parts(token)[0]), [name]: value }
      const address = { ...header, jku: trap.address, x5u: trap.address }
      return resigned ? entra.token(forger, {}, address) : withPart(token, 0, encoded(JSON.stringify(header)))
    },
  ]),
  fc
    .tuple(part, text)
    .map(([index, raw]): [string, Mutation] => [
      `part ${index} is the text ${JSON.stringify(raw)}`,
      (token) => withPart(token, index, encoded(raw)),
    ]),
)

it('1,000 mutated tokens: none is accepted, none is a fault of ours, nothing but the key set is asked for', async () => {
  const addresses = new Set<string>()
  const real = globalThis.fetch
  const fetching = vi.spyOn(globalThis, 'fetch').mockImplementation((to, options) => {
    addresses.add(String(to instanceof Request ? to.url : to))
    return real(to, options)
  })
  const handler = aChangingEndpoint(aFrame(entra.checks().tokens, { now: entra.now }))
  const sent = { body: '{}', headers: { 'content-type': 'application/json' } }
  const statusOf = async (token: string) => (await call(handler, { ...sent, token })).status
  const right = ['right', 'right, of somebody else'].map((name) => families.get(name) ?? '')
  for (const [name, token] of families)
    expect([name, (await statusOf(token)) === 200]).toEqual([name, right.includes(token)])

  const family = fc.constantFrom(...families.keys())
  const statuses = new Map<number, number>()
  await fc.assert(
    fc.asyncProperty(family, family, mutation, async (name, other, [, mutate]) => {
      entra.move(40)
      const token = await mutate(families.get(name) ?? '', families.get(other) ?? '')
      fc.pre(!right.includes(token))
      const status = await statusOf(token)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      expect([401, 403]).toContain(status)
    }),
    { numRuns: RUNS },
  )
  expect([...statuses.values()].reduce((sum, count) => sum + count)).toBe(RUNS)
  expect(statuses.get(401)).toBeGreaterThan(RUNS / 2)
  expect([...addresses]).toEqual([entra.address])
  expect(entra.fetches).toBeLessThanOrEqual(3)
  expect(trap.calls).toBe(0)
  fetching.mockRestore()
}, 20_000)

/** An address that only a token names: whoever calls it has believed the token. */
async function startTrap() {
  let calls = 0
  const server = createServer((_, response) => {
    calls += 1
    response.end('{"keys":[]}')
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get calls() {
      return calls
    },
    close: () => new Promise((closed) => server.close(closed)),
  }
}
