import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PROOF_TYPE, Proofs, subjectOf } from '@securemailmerge/shared/identity/proof'
import { ProofReader } from '@securemailmerge/shared/identity/proof-reader'
import { CompactSign, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anAccount, noon } from '../../builders.ts'

const me = anAccount(1)
const seconds = noon.getTime() / 1000
const claims = {
  ...{ sub: subjectOf(me), code: 'licensed', footer: false, subscription: 'sub_1', seat: 'seat_1' },
  ...{ iat: seconds - 3600, exp: seconds + 86_400 },
}
const aKey = async () => (await generateKeyPair('ES256', { extractable: true })).privateKey

/** The public address: publishes the keys of some proofs, or something else. */
const server = createServer((_request, response) => void answer().then((text) => response.end(text)))
let published: () => Promise<string>
let asked = 0
const answer = () => {
  asked += 1
  return published()
}
let origin: string
let ours: Proofs
let key: Awaited<ReturnType<typeof aKey>>
beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  key = await aKey()
  ours = new Proofs(origin, await exportJWK(key))
  published = async () => JSON.stringify(await ours.jwks())
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const read = (proof: string | null, by = new ProofReader(origin), at = noon) => by.licensedUntil(proof, me, at)
const kid = async () => String((await ours.jwks()).keys[0]?.kid)
/** Signed with our key, whatever it says. */
const signed = async (payload: object, header: object = {}) =>
  new SignJWT({ iss: origin, aud: 'securemailmerge-add-in', ...claims, ...payload })
    .setProtectedHeader({ alg: 'ES256', kid: await kid(), typ: PROOF_TYPE, ...header })
    .sign(key)

describe('a proof of ours', () => {
  it('says until when its account is licensed', async () => {
    expect(await read(await ours.sign(claims))).toEqual(new Date(claims.exp * 1000))
    expect(await read(await signed({}))).toEqual(new Date(claims.exp * 1000))
  })

  it('counts to its last second and not longer', async () => {
    const proof = await ours.sign(claims)
    expect(await read(proof, undefined, new Date(claims.exp * 1000 - 1))).not.toBeNull()
    expect(await read(proof, undefined, new Date(claims.exp * 1000))).toBeNull()
  })

  it('is read by keys that were fetched once', async () => {
    const reader = new ProofReader(origin)
    const before = asked
    for (let times = 0; times < 5; times += 1) expect(await read(await ours.sign(claims), reader)).not.toBeNull()
    expect(asked).toBe(before + 1)
  })

  it('by any of the keys that are published: the next one and the one before', async () => {
    const [other, next] = [await aKey(), await aKey()]
    const { d: _secret, ...before } = await exportJWK(other)
    const rotated = new Proofs(origin, await exportJWK(next), [before])
    const publishing = published
    published = async () => JSON.stringify(await rotated.jwks())
    const reader = new ProofReader(origin)
    expect(await read(await new Proofs(origin, await exportJWK(other)).sign(claims), reader)).not.toBeNull()
    expect(await read(await rotated.sign(claims), reader)).not.toBeNull()
    published = publishing
  })
})

describe('shows nothing', () => {
  it.each([
    ['of another account', { sub: subjectOf(anAccount(2)) }],
    ['of the same person elsewhere', { sub: subjectOf({ ...me, tenantId: crypto.randomUUID() }) }],
    ['for somebody with a footer', { footer: true, code: 'free' }],
    ['of another issuer', { iss: 'https://evil.example' }],
    ['for another audience', { aud: 'something-else' }],
    ['that has ended', { exp: seconds - 1 }],
    ['of more than a day and two hours ago', { iat: seconds - 26 * 3600 }],
    ['without an end', { exp: undefined }],
    ['whose end is no number', { exp: 'never' }],
    ['without a footer said', { footer: undefined }],
    ['whose footer is a text', { footer: 'false' }],
  ])('one %s', async (_, more) => expect(await read(await signed(more))).toBeNull())

  it.each([
    ['JWT', { typ: 'JWT' }],
    ['none', { typ: undefined }],
    ['an extension nobody knows', { crit: ['x'], x: 1 }],
    ['an unknown key', { kid: 'unknown' }],
  ])('one whose header has %s', async (_, header) => {
    const proof = await signed({}, header).catch(() => null)
    if (proof) expect(await read(proof)).toBeNull()
  })

  it('one by a key of somebody else, also under our key id', async () => {
    const forged = new Proofs(origin, await exportJWK(await aKey()))
    expect(await read(await forged.sign(claims))).toBeNull()
    const named = await new SignJWT({ iss: origin, aud: 'securemailmerge-add-in', ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: await kid(), typ: PROOF_TYPE })
      .sign(await aKey())
    expect(await read(named)).toBeNull()
  })

  it('one without a signature, or signed with what everybody knows', async () => {
    const [header, payload] = (await signed({})).split('.')
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: PROOF_TYPE, kid: await kid() })).toString('base64url')
    for (const proof of [`${none}.${payload}.`, `${header}.${payload}.`, `${header}.${payload}`])
      expect(await read(proof)).toBeNull()
    const [jwk] = (await ours.jwks()).keys
    const symmetric = await new CompactSign(Buffer.from(JSON.stringify({ iss: origin, ...claims })))
      .setProtectedHeader({ alg: 'HS256', typ: PROOF_TYPE, kid: await kid() })
      .sign(Buffer.from(`${jwk?.x}${jwk?.y}`.padEnd(64, 'x')))
    expect(await read(symmetric)).toBeNull()
  })

  it('one that was altered in any of its parts', async () => {
    const parts = (await signed({})).split('.')
    for (const at of [0, 1, 2]) {
      const altered = parts.map((part, index) => (index === at ? `${part.slice(0, 8)}AAAA${part.slice(12)}` : part))
      expect(await read(altered.join('.'))).toBeNull()
    }
  })

  it.each([[null], [''], ['x'], ['a.b.c'], ['..'], ['x'.repeat(5000)], ['é'.repeat(100)]])('%j', async (proof) => {
    const before = asked
    expect(await read(proof)).toBeNull()
    // Nobody is asked for what is surely none.
    expect(asked - before).toBeLessThanOrEqual(proof === 'a.b.c' ? 1 : 0)
  })

  it('while its keys cannot be had: nobody waits for long, and it is asked again later', async () => {
    const publishing = published
    const proof = await ours.sign(claims)
    const nowhere = new ProofReader('http://127.0.0.1:9')
    expect(await nowhere.licensedUntil(proof, me, noon)).toBeNull()
    const reader = new ProofReader(origin)
    for (const text of ['no JSON', '{}', '']) {
      published = async () => text
      expect(await read(proof, reader)).toBeNull()
    }
    published = publishing
    expect(await read(proof, reader)).not.toBeNull()
  })
})
