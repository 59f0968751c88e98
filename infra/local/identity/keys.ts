import { join } from 'node:path'
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import { keep, readKept } from './kept.ts'
import { Refused } from './refused.ts'

/** Whose tokens a key signs: those of organisations, or those of personal accounts. */
export type KeyUse = 'organisations' | 'consumers'

/** A key to sign with. */
export interface SigningKey {
  kid: string
  privateKey: CryptoKey
}

interface StoredKey {
  kid: string
  use: KeyUse
  published: boolean
  jwk: JWK
}

/** The signing keys: made at first start, kept, rotated on request. */
export interface SigningKeys {
  /** Public halves of what the key set shows now, oldest first. */
  published(): { kid: string; use: KeyUse; n: string; e: string }[]
  /**
   * The key with this id (also a withdrawn one), or without an id the newest published one for this use.
   * @throws Refused 404 for an unknown id
   */
  signing(use: KeyUse, kid?: string): Promise<SigningKey>
  /** Adds a key that signs from now on; the old ones stay published. Answers its id. */
  rotate(use?: KeyUse): Promise<string>
  /** Takes a key out of the key set. @throws Refused 404, or 409 for the last one of its use */
  withdraw(kid: string): void
  /** Puts other material under the same id. @throws Refused 404 */
  replace(kid: string): Promise<void>
}

/** Opens the keys in `folder`, or makes them: two for organisations, one for personal accounts. */
export async function openKeys(folder?: string): Promise<SigningKeys> {
  const file = folder && join(folder, 'signing-keys.json')
  const keys =
    readKept<StoredKey[]>(file) ??
    (await Promise.all([make('organisations'), make('organisations'), make('consumers')]))
  const save = () => keep(file, keys)
  save()

  const known = (kid: string): StoredKey => {
    const key = keys.find((candidate) => candidate.kid === kid)
    if (!key) throw new Refused(404, 'not_found', `There is no key ${kid}.`)
    return key
  }
  const publishedFor = (use: KeyUse) => keys.filter((key) => key.published && key.use === use)

  return {
    published: () =>
      keys.filter((key) => key.published).map(({ kid, use, jwk: { n = '', e = '' } }) => ({ kid, use, n, e })),
    async signing(use, kid) {
      const key = kid === undefined ? publishedFor(use).at(-1)! : known(kid)
      return { kid: key.kid, privateKey: (await importJWK(key.jwk, 'RS256')) as CryptoKey }
    },
    async rotate(use = 'organisations') {
      const key = await make(use)
      keys.push(key)
      save()
      return key.kid
    },
    withdraw(kid) {
      const key = known(kid)
      if (publishedFor(key.use).every((other) => other === key)) {
        throw new Refused(409, 'last_key', `${kid} is the last key for ${key.use}: rotate first.`)
      }
      key.published = false
      save()
    },
    async replace(kid) {
      const key = known(kid)
      key.jwk = (await make(key.use)).jwk
      save()
    },
  }
}

async function make(use: KeyUse): Promise<StoredKey> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const jwk = await exportJWK(privateKey)
  return { kid: await calculateJwkThumbprint(jwk), use, published: true, jwk }
}
