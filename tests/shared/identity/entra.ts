import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { KeySet } from '@securemailmerge/shared/identity/key-set'
import { Tokens } from '@securemailmerge/shared/identity/tokens'
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK } from 'jose'
import { contoso, guid, noon } from '../../builders.ts'

export const audience = guid(0xa11)
export const addIn = guid(0xadd)
export const portal = guid(0x90a)

/** A signing key of the provider, or of somebody who would like to be it. */
export interface SigningKey {
  kid: string
  private: CryptoKey
  public: JWK
  spki: string
}

export async function aKey(kid: string): Promise<SigningKey> {
  return named(kid, await generateKeyPair('RS256', { extractable: true }))
}

/** A key that is too short to trust; jose does not make one. */
export async function aWeakKey(kid: string): Promise<SigningKey> {
  const publicExponent = new Uint8Array([1, 0, 1])
  const kind = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 1024, publicExponent }
  return named(kid, await crypto.subtle.generateKey(kind, true, ['sign', 'verify']))
}

async function named(kid: string, pair: { privateKey: CryptoKey; publicKey: CryptoKey }): Promise<SigningKey> {
  return {
    kid,
    private: pair.privateKey,
    public: await exportJWK(pair.publicKey),
    spki: await exportSPKI(pair.publicKey),
  }
}

const isSigningKey = (key: object): key is SigningKey => 'private' in key

export const encoded = (text: string | Uint8Array): string => Buffer.from(text as string).toString('base64url')

/** Signs whatever text it is given, right or wrong. */
export async function signed(header: string, payload: string, { private: key }: SigningKey): Promise<string> {
  const content = `${encoded(header)}.${encoded(payload)}`
  const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', key, Buffer.from(content))
  return `${content}.${encoded(new Uint8Array(signature))}`
}

type Answer = { status?: number; body: string; headers?: Record<string, string> } | 'silence'

/** The keys and tokens of an identity provider shaped like Entra v2, on a port of its own, with a clock to move. */
export async function startEntra() {
  let time = noon.getTime()
  let fetches = 0
  let answer: (() => Answer) | undefined
  let published: Record<string, unknown>[] = []
  const silent = new Set<{ destroy(): void }>()
  const server = createServer((request, response) => {
    fetches += 1
    const given = answer?.() ?? { body: JSON.stringify({ keys: published }) }
    if (given === 'silence') return void silent.add(request.socket)
    response.writeHead(given.status ?? 200, { 'Content-Type': 'application/json', ...given.headers })
    response.end(given.body)
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const authority = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const now = () => new Date(time)
  const seconds = () => Math.floor(time / 1000)

  const claimsOf = (some: Record<string, unknown> = {}): Record<string, unknown> => ({
    aud: audience,
    iss: `${authority}/${contoso}/v2.0`,
    iat: seconds() - 300,
    nbf: seconds() - 300,
    exp: seconds() + 3600,
    tid: contoso,
    oid: guid(2),
    sub: 'pairwise',
    ver: '2.0',
    scp: 'access_as_user',
    azp: addIn,
    acct: 0,
    upn: 'bob@contoso.example',
    auth_time: seconds() - 600,
    ...some,
  })

  /** A token with these claims changed; `undefined` leaves one out. */
  const token = (key: SigningKey, some: Record<string, unknown> = {}, header: Record<string, unknown> = {}) =>
    signed(JSON.stringify({ typ: 'JWT', alg: 'RS256', kid: key.kid, ...header }), JSON.stringify(claimsOf(some)), key)

  return {
    authority,
    address: `${authority}/common/discovery/v2.0/keys`,
    now,
    token,
    claimsOf,
    get fetches() {
      return fetches
    },
    /** The endpoint's set, from now on. */
    publish(...keys: (SigningKey | Record<string, unknown>)[]) {
      published = keys.map((key) =>
        isSigningKey(key) ? { issuer: `${authority}/{tenantid}/v2.0`, use: 'sig', kid: key.kid, ...key.public } : key,
      )
      answer = undefined
    },
    /** The endpoint answers like this, from now on. */
    break(how: () => Answer) {
      answer = how
    },
    move(milliseconds: number) {
      time += milliseconds
    },
    reset() {
      time = noon.getTime()
      fetches = 0
    },
    /** A service's checks, knowing nothing yet. */
    checks() {
      const keys = new KeySet(`${authority}/common/discovery/v2.0/keys`, now)
      return { keys, tokens: new Tokens({ authority, audience, keys, now }) }
    },
    async close() {
      for (const socket of silent) socket.destroy()
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}
export type Entra = Awaited<ReturnType<typeof startEntra>>

/** Lets a fetch that was begun and not waited for come to its end: asking for an unknown key joins it. */
export const caughtUp = (keys: KeySet): Promise<unknown> => keys.get('nobody')
