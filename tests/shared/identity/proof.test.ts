import { PROOF_TYPE, Proofs, subjectOf } from '@securemailmerge/shared/identity/proof'
import {
  CompactSign,
  createLocalJWKSet,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  type JWK,
  jwtVerify,
  SignJWT,
  UnsecuredJWT,
} from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { anAccount, day, fabrikam, later, noon } from '../../builders.ts'

const origin = 'https://licences.example'
const account = anAccount(2)
const seconds = (date: Date) => date.getTime() / 1000
const claims = {
  sub: subjectOf(account),
  code: 'licensed',
  footer: false,
  subscription: 'sub_x',
  seat: 's',
  iat: seconds(noon),
  exp: seconds(later(14 * day)),
}
const whole = { ...claims, iss: origin, aud: 'securemailmerge-add-in' }
const aPrivateKey = async () => exportJWK((await generateKeyPair('ES256', { extractable: true })).privateKey)

let key: JWK
let other: JWK
let proofs: Proofs
let proof: string
beforeAll(async () => {
  key = await aPrivateKey()
  other = await aPrivateKey()
  proofs = new Proofs(origin, key)
  proof = await proofs.sign(claims)
})

describe('a proof', () => {
  it('is a JWS of its own type that the published keys verify', async () => {
    const { alg, typ, kid } = decodeProtectedHeader(proof)
    expect([alg, typ]).toEqual(['ES256', PROOF_TYPE])
    const { keys } = await proofs.jwks()
    expect(keys.map((one) => one.kid)).toEqual([kid])
    const options = { currentDate: noon, issuer: origin, audience: 'securemailmerge-add-in', typ: PROOF_TYPE }
    const { payload } = await jwtVerify(proof, createLocalJWKSet({ keys }), options)
    expect(payload).toEqual(whole)
  })

  it('names nobody by name or address', () => {
    expect(Buffer.from(proof.split('.')[1] ?? '', 'base64url').toString()).not.toContain('@')
  })

  it('is read by who it is about, also when it has expired', async () => {
    expect(await proofs.read(proof, account)).toEqual(whole)
    expect(await proofs.read(await proofs.sign({ ...claims, exp: 1 }), account)).toMatchObject({ exp: 1 })
  })

  it('is read after the key has changed, as long as the old one is published', async () => {
    const { d: _, ...published } = key
    expect(await new Proofs(origin, other, [published]).read(proof, account)).toEqual(whole)
    expect(await new Proofs(origin, other).read(proof, account)).toBeUndefined()
  })
})

describe('nothing is read', () => {
  const signedBy = async (jwk: JWK, header: Record<string, unknown>, some: Record<string, unknown> = {}) => {
    const { importJWK } = await import('jose')
    const { kid } = decodeProtectedHeader(proof)
    return new SignJWT({ ...whole, ...some })
      .setProtectedHeader({ alg: 'ES256', typ: PROOF_TYPE, ...(kid ? { kid } : {}), ...header })
      .sign(await importJWK(jwk, 'ES256'))
  }

  it.each<[string, () => Promise<string | null> | string | null]>([
    ['of no proof', () => null],
    ['of an empty one', () => ''],
    ['of what is none', () => 'licensed, honestly'],
    ['of another key under our name', () => signedBy(other, {})],
    ['of a key that we do not know', () => signedBy(key, { kid: 'unknown' })],
    ['without a key', () => signedBy(key, { kid: undefined })],
    ['of another type', () => signedBy(key, { typ: 'JWT' })],
    ['of another sender', () => signedBy(key, {}, { iss: 'https://evil.example' })],
    ['for another receiver', () => signedBy(key, {}, { aud: 'somebody-else' })],
    ['with a claim missing', () => signedBy(key, {}, { seat: undefined })],
    ['with a claim of another kind', () => signedBy(key, {}, { footer: 'no' })],
    ['unsigned', () => new UnsecuredJWT(whole).encode()],
    [
      'signed with the public key as a secret',
      async () => {
        const secret = new TextEncoder().encode(JSON.stringify((await proofs.jwks()).keys[0]))
        return new SignJWT(whole).setProtectedHeader({ alg: 'HS256', typ: PROOF_TYPE }).sign(secret)
      },
    ],
    [
      'of something else that we signed',
      async () => {
        const { importJWK } = await import('jose')
        const { kid } = decodeProtectedHeader(proof)
        return new CompactSign(new TextEncoder().encode('not json'))
          .setProtectedHeader({ alg: 'ES256', typ: PROOF_TYPE, ...(kid ? { kid } : {}) })
          .sign(await importJWK(key, 'ES256'))
      },
    ],
    ['of a changed one', () => proof.replace(/\.(.)/, (_, first: string) => `.${first === 'e' ? 'f' : 'e'}`)],
    ['of one that is too long', () => signedBy(key, {}, { more: 'x'.repeat(4096) })],
  ])('%s', async (_, given) => {
    expect(await proofs.read(await given(), account)).toBeUndefined()
  })

  it.each([
    ['a colleague', anAccount(3)],
    ['the same object id in another tenant', anAccount(2, fabrikam)],
  ])('for %s', async (_, someone) => {
    expect(await proofs.read(proof, someone)).toBeUndefined()
  })
})

it('publishes no private part, not even of a further key that was given whole', async () => {
  const published = (await new Proofs(origin, key, [other]).jwks()).keys
  expect(published).toHaveLength(2)
  for (const jwk of published) expect(Object.keys(jwk).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
})
