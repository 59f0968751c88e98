import { createHmac, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { join } from 'node:path'
import { type Address, decoded } from './address.ts'
import { Refusal, unsupported } from './refusal.ts'

/** The account key (base64) kept in `data`, made there the first time; without `data` a new one each time. */
export function accountKey(data: string | undefined): string {
  const made = randomBytes(64).toString('base64')
  if (data === undefined) return made
  const file = join(data, 'key')
  try {
    return readFileSync(file, 'utf8')
  } catch {
    mkdirSync(data, { recursive: true })
    writeFileSync(file, made, { mode: 0o600 })
    return made
  }
}

/**
 * Checks that a request is signed with the account key, as the service does, except for the age of its date: clients
 * sign with real time, which says nothing about the clock that this stand-in follows.
 *
 * @throws Refusal 401 for a signature that is missing or wrong
 */
export function checkSignature(key: KeyObject, method: string, address: Address, headers: IncomingHttpHeaders): void {
  const given = new URLSearchParams(decoded(headers.authorization ?? ''))
  if (given.get('type') === 'aad') throw unsupported('tokens of Entra; use the account key')
  const date = String(headers['x-ms-date'] ?? '').toLowerCase()
  const text = `${method.toLowerCase()}\n${address.type}\n${address.link}\n${date}\n\n`
  const right = createHmac('sha256', key).update(text).digest()
  // URLSearchParams reads + as a space.
  const signature = Buffer.from((given.get('sig') ?? '').replaceAll(' ', '+'), 'base64')
  if (given.get('type') === 'master' && signature.length === right.length && timingSafeEqual(signature, right)) return
  throw new Refusal(401, 'The signature does not fit the request: wrong account key, method, path or date.')
}
