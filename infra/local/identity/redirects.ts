import type { Answer } from './frame.ts'
import { Refused } from './refused.ts'

/** Sends a browser to an address that was found to be registered. */
export function redirect(to: string, mode: 'query' | 'fragment', fields: Record<string, string>): Answer {
  const url = new URL(to)
  const text = new URLSearchParams(fields).toString()
  if (mode === 'fragment') url.hash = text
  else url.search = text
  return { status: 303, headers: { location: url.href, 'cache-control': 'no-store' } }
}

/** For a redirect address that nobody is sent to. */
export const notRegistered = (uri: string): Refused =>
  new Refused(400, 'invalid_request', `AADSTS50011: The redirect address ${uri} is not in registrations.json.`)
