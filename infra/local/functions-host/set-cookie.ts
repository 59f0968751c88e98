import type { CookieData } from './contract.ts'

/** The Set-Cookie header of a cookie, written as the real host writes it: the value escaped, the path `/` by default. */
export function setCookie({ name, value, domain, path, expires, secure, httpOnly, sameSite, maxAge }: CookieData): string {
  let text = `${name}=${escaped(value)}`
  if (expires) text += `; expires=${new Date(expires.value.seconds * 1000).toUTCString()}`
  if (maxAge) text += `; max-age=${Math.trunc(maxAge.value)}`
  if (domain?.value) text += `; domain=${domain.value}`
  const shown = path ? path.value : '/'
  if (shown) text += `; path=${shown}`
  if (secure?.value) text += '; secure'
  if (sameSite !== 'none') text += `; samesite=${sameSite === 'explicitNone' ? 'none' : sameSite}`
  if (httpOnly?.value) text += '; httponly'
  return text
}

const escaped = (value: string): string =>
  encodeURIComponent(value).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
