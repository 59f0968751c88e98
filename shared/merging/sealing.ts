import { base64url, CompactEncrypt, compactDecrypt, decodeProtectedHeader, errors } from 'jose'
import * as z from 'zod'
import type { Account } from '../identity/account.ts'

const Key = z.object({
  kty: z.literal('oct'),
  kid: z.string().min(1).max(100),
  /** 256 bits. */
  k: z.string().regex(/^[\w-]{43}$/),
})

/** The keys that mailbox grants are sealed with: the current one seals, the others still open (F24). */
export const KeyRing = z
  .object({ current: Key, others: z.array(Key).default([]) })
  .refine(
    ({ current, others }) => new Set([current, ...others].map(({ kid }) => kid)).size === others.length + 1,
    'two keys have one id',
  )
export type KeyRing = z.output<typeof KeyRing>

/** What a sealed text belongs to. It stands in the protected header and is compared on opening. */
export interface About {
  account: Account
  mailboxId: string
  use: 'refresh_token' | 'verifier'
}

/**
 * Why a text stays closed: its key is gone, as after a rotation; it was sealed for another row, which is somebody's
 * doing; or it is no seal of ours.
 */
export type SealFault = 'key_gone' | 'foreign' | 'broken'

/** Seals texts so that only this service can read them, and only where they belong (JWE, `dir`, A256GCM). */
export class Sealing {
  readonly #current: string
  readonly #keys: Map<string, Uint8Array>

  constructor({ current, others }: KeyRing) {
    this.#current = current.kid
    this.#keys = new Map([current, ...others].map(({ kid, k }) => [kid, base64url.decode(k)]))
  }

  seal(text: string, about: About): Promise<string> {
    return new CompactEncrypt(new TextEncoder().encode(text))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: this.#current, ...members(about) })
      .encrypt(this.#key(this.#current) as Uint8Array)
  }

  async open(sealed: string, about: About): Promise<{ text: string } | { fault: SealFault }> {
    try {
      const { kid } = decodeProtectedHeader(sealed)
      const key = this.#key(String(kid))
      if (!key) return { fault: 'key_gone' }
      const options = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] }
      const { plaintext, protectedHeader } = await compactDecrypt(sealed, key, options)
      const isHere = Object.entries(members(about)).every(([name, value]) => protectedHeader[name] === value)
      return isHere ? { text: new TextDecoder().decode(plaintext) } : { fault: 'foreign' }
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof TypeError) return { fault: 'broken' }
      throw error
    }
  }

  #key = (kid: string) => this.#keys.get(kid)
}

const members = ({ account, mailboxId, use }: About) => ({
  tid: account.tenantId,
  oid: account.objectId,
  mailboxId,
  use,
})
