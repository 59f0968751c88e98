import type { CookieData, HttpData } from './contract.ts'

/** What is sent back. */
export type Reply = {
  status: number
  headers?: Record<string, string | string[] | number>
  body?: string | Uint8Array | undefined
}

/** What the host itself has to say, where the real one is silent or does what this one does not. */
export const saying = (status: number, sentence: string): Reply => ({
  status,
  headers: { 'content-type': 'text/plain', connection: 'close' },
  body: `${sentence}\n`,
})

/** The reply that a handler's answer stands for: its bytes as they are. */
export function replyOf({ statusCode, headers = {}, cookies = [], body, enableContentNegotiation }: HttpData): Reply {
  if (enableContentNegotiation)
    return saying(501, 'The local Functions host does not support enableContentNegotiation.')
  const status = Number(statusCode)
  const all: NonNullable<Reply['headers']> = headers
  if (cookies.length > 0) all['set-cookie'] = [headers['set-cookie'] ?? [], cookies.map(setCookie)].flat()
  if (status !== 204 && status !== 304) all['content-length'] = body?.bytes?.length ?? 0
  return { status, headers: all, body: body?.bytes }
}

/** The Set-Cookie header of a cookie, as the real host writes it: the value escaped, the path `/` unless it says another. */
export function setCookie(cookie: CookieData): string {
  const { name, value, domain, path = { value: '/' }, expires, secure, httpOnly, sameSite, maxAge } = cookie
  let text = `${name}=${escaped(value)}`
  if (expires) text += `; expires=${new Date(expires.value.seconds * 1000).toUTCString()}`
  if (maxAge) text += `; max-age=${Math.trunc(maxAge.value)}`
  if (domain?.value) text += `; domain=${domain.value}`
  if (path.value) text += `; path=${path.value}`
  if (secure?.value) text += '; secure'
  if (sameSite !== 'none') text += `; samesite=${sameSite === 'explicitNone' ? 'none' : sameSite}`
  if (httpOnly?.value) text += '; httponly'
  return text
}

const escaped = (value: string): string =>
  encodeURIComponent(value).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
