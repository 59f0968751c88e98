import type { Cookie, HttpRequest } from '@azure/functions'

/** The cookie that a session of the page is in (F16). */
export const SESSION_COOKIE = '__Host-session'

const MOST_CHARACTERS = 16 * 1024

/** The cookies of a request by name. One that comes twice is none: nobody knows which was meant. */
export function cookiesOf(request: HttpRequest): Map<string, string> {
  const text = request.headers.get('cookie') ?? ''
  const found = new Map<string, string>()
  if (text.length > MOST_CHARACTERS) return found
  const twice = new Set<string>()
  for (const [, name = '', value = ''] of text.matchAll(/(?:^|;)\s*([^=;\s]+)=([^;]*)/g)) {
    if (found.has(name)) twice.add(name)
    found.set(name, value.trim())
  }
  for (const name of twice) found.delete(name)
  return found
}

/** What the session cookie holds, or undefined: 43 characters, each of them ours. */
export function sessionSecret(request: HttpRequest): string | undefined {
  const value = cookiesOf(request).get(SESSION_COOKIE) ?? ''
  return /^[\w-]{43}$/.test(value) ? value : undefined
}

/**
 * A cookie of this host alone: no script reads it, no page of another site sends it but by a link, and none of a
 * neighbouring name can set it (G2).
 * @param seconds how long a browser keeps it; without it, until it is closed
 */
export const hostCookie = (name: string, value: string, seconds?: number): Cookie => ({
  name,
  value,
  path: '/',
  secure: true,
  httpOnly: true,
  sameSite: 'Lax',
  ...(seconds === undefined ? {} : { maxAge: seconds }),
})

/** Takes a cookie away. */
export const noCookie = (name: string): Cookie => hostCookie(name, '', 0)
