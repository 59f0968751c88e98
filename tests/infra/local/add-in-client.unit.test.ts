import {
  base64url,
  type CryptoKey,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWK,
  type JWTHeaderParameters,
  SignJWT,
} from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { AddIn, type Answer } from '../../../infra/local/add-in/client.ts'

// F27: what an add-in believes of a licence proof when the server does not answer.

const origin = 'http://localhost:4280'
const account = 'tenant.amir'
const other = 'tenant.bea'
const start = new Date('2026-11-25T12:00:00Z')
const day = 24 * 3600
const startSeconds = start.getTime() / 1000

interface Key {
  kid: string
  jwk: JWK
  publicKey: CryptoKey
  privateKey: CryptoKey
}
let key: Key
let otherKey: Key

async function makeKey(kid: string): Promise<Key> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  return { kid, publicKey, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' } }
}

beforeAll(async () => {
  key = await makeKey('first')
  otherKey = await makeKey('second')
})

interface Made {
  claims?: Record<string, unknown>
  header?: Record<string, unknown>
  by?: Key
}

/** A proof that is right in everything but what is given. */
function proofWith({ claims = {}, header = {}, by = key }: Made = {}): Promise<string> {
  const right = { iss: origin, aud: 'securemailmerge-add-in', sub: account, code: 'licensed', footer: false }
  const times = { iat: startSeconds, exp: startSeconds + 14 * day }
  return new SignJWT({ ...right, ...times, ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: by.kid, typ: 'licence-proof+jwt', ...header } as JWTHeaderParameters)
    .sign(by.privateKey)
}

const unsigned = (header: object, proof: string) => `${base64url.encode(JSON.stringify(header))}.${proof.split('.')[1]}`

/** An add-in on one device, the server that it asks, and the clock of the device. */
function device() {
  const stored = new Map<string, string>()
  const server = {
    up: true,
    status: 200,
    keys: [key.jwk],
    answer: {} as unknown,
    asked: [] as { path: string; headers: Headers }[],
  }
  const clock = { now: start }
  const addIn = new AddIn({
    origin,
    storage: { getItem: (name) => stored.get(name) ?? null, setItem: (name, value) => void stored.set(name, value) },
    now: () => clock.now,
    fetch: async (url, init) => {
      const path = url.slice(origin.length)
      server.asked.push({ path, headers: new Headers(init?.headers) })
      if (!server.up) throw new TypeError('fetch failed')
      if (path === '/.well-known/jwks.json') return Response.json({ keys: server.keys })
      return Response.json(server.answer, { status: server.status })
    },
  })
  return {
    server,
    stored,
    later: (seconds: number) => {
      clock.now = new Date(clock.now.getTime() + seconds * 1000)
    },
    ask: (who = account) => addIn.ask({ account: who, token: 'token' }, 'en'),
    believe: (who = account) => addIn.believe(who),
    /** The server answers yes, with this proof. */
    async hears(proof: string | null, who = account) {
      server.answer = yes(proof)
      return addIn.ask({ account: who, token: 'token' }, 'en')
    },
  }
}

const yes = (proof: string | null): Answer => ({
  ...{ footer: false, code: 'licensed', message: 'You have a licence.', address: null },
  ...{ validUntil: null, recheckAfter: 86_400, proof },
})
const no: Answer = { ...yes(null), footer: true, code: 'withdrawn', recheckAfter: 300 }

describe('an answer', () => {
  it('is obeyed and shown, also with a code that nobody knew when the add-in was made', async () => {
    const it = device()
    it.server.answer = { ...no, code: 'reserved_for_2031', extra: true }
    expect(await it.ask()).toMatchObject({ by: 'server', footer: true, answer: { code: 'reserved_for_2031' } })
  })

  it('is asked for with the token, the language, and the last proof of this account only', async () => {
    const it = device()
    const proof = await proofWith()
    await it.hears(proof)
    await it.ask()
    await it.ask(other)
    const calls = it.server.asked.filter(({ path }) => path === '/api/licence').map(({ headers }) => headers)
    expect(calls.map((headers) => headers.get('licence-proof'))).toEqual([null, proof, null])
    expect(calls.map((headers) => headers.get('authorization'))).toEqual(Array(3).fill('Bearer token'))
    expect(calls.map((headers) => headers.get('accept-language'))).toEqual(['en', 'en', 'en'])
  })

  it.each([
    ['status 503', { status: 503, answer: yes(null) }],
    ['status 429', { status: 429, answer: yes(null) }],
    ['no JSON of ours', { answer: { hello: 'hotel network' } }],
    ['a footer that is no boolean', { answer: { ...yes(null), footer: 'false' } }],
    ['nothing at all', { up: false }],
  ])('that is %s is none: the proof counts', async (_, broken) => {
    const it = device()
    await it.hears(await proofWith())
    Object.assign(it.server, broken)
    expect(await it.ask()).toMatchObject({ by: 'proof', footer: false, signIn: false, claims: { code: 'licensed' } })
  })

  it('of 401 is none either, and says that a new sign-in may help', async () => {
    const it = device()
    await it.hears(await proofWith())
    it.server.status = 401
    expect(await it.ask()).toMatchObject({ by: 'proof', footer: false, signIn: true })
  })
})

describe('a proof is not believed', () => {
  const cases: [string, Made, string][] = [
    ['of another account', { claims: { sub: other } }, 'other_account'],
    ['for another audience', { claims: { aud: 'securemailmerge-api' } }, 'wrong_audience'],
    ['of another server', { claims: { iss: 'https://licences.example' } }, 'wrong_issuer'],
    ['of another type', { header: { typ: 'JWT' } }, 'wrong_type'],
    ['without a type', { header: { typ: undefined } }, 'wrong_type'],
    ['with extensions that must be understood', { header: { crit: ['b64'], b64: true } }, 'wrong_algorithm'],
    ['without an end', { claims: { exp: undefined } }, 'expired'],
    ['whose end is no number', { claims: { exp: '9999999999' } }, 'expired'],
    ['that has expired', { claims: { iat: startSeconds - 2 * day, exp: startSeconds } }, 'expired'],
    ['with an unknown key', { header: { kid: 'nobody' } }, 'unknown_key'],
    ['that says footer', { claims: { footer: true } }, 'no_proof'],
    ['that says nothing of the footer', { claims: { footer: undefined } }, 'no_proof'],
  ]
  it.each(cases)('%s', async (_, made, fault) => {
    const it = device()
    await it.hears(await proofWith(made))
    expect(await it.believe()).toEqual({ by: 'nothing', footer: true, fault, signIn: false })
  })

  it('signed with a key that is not ours but says so', async () => {
    const it = device()
    await it.hears(await proofWith({ by: { ...otherKey, kid: key.kid } }))
    expect(await it.believe()).toMatchObject({ footer: true, fault: 'wrong_signature' })
  })

  it('with alg none', async () => {
    const it = device()
    const header = { alg: 'none', kid: key.kid, typ: 'licence-proof+jwt' }
    await it.hears(`${unsigned(header, await proofWith())}.`)
    expect(await it.believe()).toMatchObject({ footer: true, fault: 'wrong_algorithm' })
  })

  it('with HS256 and our public key as the secret', async () => {
    const it = device()
    const secret = new TextEncoder().encode(await exportSPKI(key.publicKey))
    const header = { alg: 'HS256', kid: key.kid, typ: 'licence-proof+jwt' }
    const imported = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
    const signed = unsigned(header, await proofWith())
    const signature = await crypto.subtle.sign('HMAC', imported, new TextEncoder().encode(signed))
    await it.hears(`${signed}.${base64url.encode(new Uint8Array(signature))}`)
    expect(await it.believe()).toMatchObject({ footer: true, fault: 'wrong_algorithm' })
  })

  it.each(['a.b', 'not a proof', '..', '', 'e30.e30.e30.e30'])('that is %j', async (proof) => {
    const it = device()
    await it.hears(proof)
    expect(await it.believe()).toMatchObject({ by: 'nothing', footer: true })
  })

  it('with one bit of it changed, wherever', async () => {
    const it = device()
    const proof = await proofWith()
    await it.hears(proof)
    const [key0] = [...it.stored.keys()].filter((name) => name.startsWith('licence tenant'))
    for (let at = 0; at < proof.length; at += 7) {
      if (proof[at] === '.') continue
      // The last character of each part has bits that mean nothing, so it is left alone.
      if (proof[at + 1] === '.' || at === proof.length - 1) continue
      const changed = `${proof.slice(0, at)}${proof[at] === 'A' ? 'B' : 'A'}${proof.slice(at + 1)}`
      it.stored.set(key0!, JSON.stringify({ proof: changed, notBefore: 0 }))
      expect((await it.believe()).footer, `character ${at}`).toBe(true)
    }
  })

  it('when it was copied from the storage of a colleague', async () => {
    const it = device()
    await it.hears(await proofWith({ claims: { sub: other } }), other)
    expect(await it.believe(other)).toMatchObject({ footer: false })
    it.stored.set(`licence ${account}`, it.stored.get(`licence ${other}`)!)
    expect(await it.believe()).toMatchObject({ footer: true, fault: 'other_account' })
  })
})

describe('time', () => {
  it('ends a proof in its second, not before', async () => {
    const it = device()
    await it.hears(await proofWith({ claims: { exp: startSeconds + day } }))
    it.later(day - 1)
    expect(await it.believe()).toMatchObject({ footer: false })
    it.later(1)
    expect(await it.believe()).toMatchObject({ footer: true, fault: 'expired' })
  })

  it.each([
    ['a day', day],
    ['a year', 365 * day],
  ])('set back by %s wins nothing', async (_, seconds) => {
    const it = device()
    await it.hears(await proofWith({ claims: { exp: startSeconds + day } }))
    it.later(day)
    expect(await it.believe()).toMatchObject({ footer: true, fault: 'expired' })
    it.later(-seconds)
    expect(await it.believe()).toMatchObject({ footer: true, fault: 'expired' })
  })

  it('is never earlier than when the proof was made, on a device that is a year behind from the start', async () => {
    const it = device()
    it.later(-365 * day)
    await it.hears(await proofWith({ claims: { exp: startSeconds + day } }))
    it.later(2 * day)
    expect(await it.believe()).toMatchObject({ footer: false })
    it.later(365 * day)
    expect(await it.believe()).toMatchObject({ footer: true })
  })
})

describe('a no', () => {
  it('removes the yes, and with it everything made before', async () => {
    const it = device()
    const proof = await proofWith()
    await it.hears(proof)
    const kept = it.stored.get(`licence ${account}`)!
    it.later(60)
    it.server.answer = no
    expect(await it.ask()).toMatchObject({ by: 'server', footer: true })
    expect(await it.believe()).toMatchObject({ footer: true, fault: 'no_proof' })
    const { notBefore } = JSON.parse(it.stored.get(`licence ${account}`)!)
    it.stored.set(`licence ${account}`, JSON.stringify({ ...JSON.parse(kept), notBefore }))
    expect(await it.believe()).toMatchObject({ footer: true, fault: 'superseded' })
  })

  it('of one account says nothing of another', async () => {
    const it = device()
    await it.hears(await proofWith())
    it.server.answer = no
    await it.ask(other)
    expect(await it.believe()).toMatchObject({ footer: false })
  })

  it('is over with the next yes, on a device whose clock is ahead too', async () => {
    const it = device()
    it.later(3600)
    it.server.answer = no
    await it.ask()
    await it.hears(await proofWith({ claims: { iat: startSeconds + 60 } }))
    expect(await it.believe()).toMatchObject({ footer: false })
  })

  it('follows from a yes without a proof, once nobody answers', async () => {
    const it = device()
    await it.hears(await proofWith())
    await it.hears(null)
    expect(await it.believe()).toMatchObject({ footer: true, fault: 'no_proof' })
  })
})

describe('an older proof', () => {
  it('is not believed again after a newer one', async () => {
    const it = device()
    const old = await proofWith()
    await it.hears(await proofWith({ claims: { iat: startSeconds + 60 } }))
    const { notBefore } = JSON.parse(it.stored.get(`licence ${account}`)!)
    it.stored.set(`licence ${account}`, JSON.stringify({ proof: old, notBefore }))
    expect(await it.believe()).toMatchObject({ footer: true, fault: 'superseded' })
  })
})

describe('the key set', () => {
  it('is kept for a day, and fetched at once for a key that is not in it', async () => {
    const it = device()
    const fetches = () => it.server.asked.filter(({ path }) => path === '/.well-known/jwks.json').length
    await it.hears(await proofWith())
    await it.hears(await proofWith())
    expect(fetches()).toBe(1)
    it.server.keys = [key.jwk, otherKey.jwk]
    await it.hears(await proofWith({ by: otherKey }))
    expect(fetches()).toBe(2)
    expect(await it.believe()).toMatchObject({ footer: false })
    it.later(day)
    await it.hears(await proofWith({ claims: { iat: startSeconds + day } }))
    expect(fetches()).toBe(3)
  })

  it('of an unknown key is asked for once per answer, not per belief', async () => {
    const it = device()
    await it.hears(await proofWith({ by: otherKey }))
    for (let times = 0; times < 5; times++) await it.believe()
    expect(it.server.asked.filter(({ path }) => path === '/.well-known/jwks.json')).toHaveLength(1)
  })

  it('ends the proofs of a withdrawn key when it is fetched again', async () => {
    const it = device()
    await it.hears(await proofWith())
    const kept = it.stored.get(`licence ${account}`)!
    it.server.keys = [otherKey.jwk]
    await it.hears(await proofWith({ by: otherKey, claims: { sub: other } }), other)
    it.stored.set(`licence ${account}`, kept)
    expect(await it.believe()).toMatchObject({ footer: true, fault: 'unknown_key' })
  })

  it('ends them after 7 days at the latest, when it cannot be fetched again', async () => {
    const it = device()
    await it.hears(await proofWith())
    it.server.up = false
    it.later(7 * day)
    expect(await it.ask()).toMatchObject({ footer: false })
    it.later(1)
    expect(await it.ask()).toMatchObject({ footer: true, fault: 'unknown_key' })
  })

  it('that is broken leaves the one that is kept', async () => {
    const it = device()
    await it.hears(await proofWith())
    it.later(2 * day)
    it.server.keys = 'down' as never
    await it.hears(await proofWith({ claims: { iat: startSeconds + 2 * day } }))
    expect(await it.believe()).toMatchObject({ footer: false })
  })
})
