import type * as z from 'zod'

/** A mail address in canonical form: lower case, no display name, ASCII domain without a final dot. */
export type Address = string & z.BRAND<'Address'>

// What looks like nothing (zero width, direction marks, soft hyphen, fillers) makes two equal addresses differ.
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u
const localPart = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u
const domainName = /^(?=.{3,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/

/** Why a text is no address; the page has a sentence for each. */
export type AddressFault = 'empty' | 'invisible_character' | 'not_an_address' | 'too_long'

/** The canonical form of what a person typed or pasted, or why it is none. `Name <a@b>` and `<a@b>` are understood. */
export function canonical(typed: string): Address | { fault: AddressFault } {
  const bare = withoutName(typed)
  if (bare === '') return { fault: 'empty' }
  if (invisible.test(bare)) return { fault: 'invisible_character' }
  const at = bare.lastIndexOf('@')
  // In this order: some letters can be composed with their marks in lower case only.
  const local = bare.slice(0, at).toLowerCase().normalize('NFC')
  const domain = asciiDomain(bare.slice(at + 1))
  if (at < 1 || !localPart.test(local) || !domain) return { fault: 'not_an_address' }
  if (local.length > 64 || local.length + 1 + domain.length > 254) return { fault: 'too_long' }
  return `${local}@${domain}` as Address
}

/** What a person typed, without blanks around it and without a display name. */
export const withoutName = (typed: string): string => (/^[^<>]*<([^<>]*)>$/.exec(typed.trim())?.[1] ?? typed).trim()

function asciiDomain(typed: string): string | undefined {
  // Only then can the URL parser not take the text for a port, a path or an IPv4 number.
  if (/[\s:/?#@\\[\]%]/.test(typed)) return undefined
  const url = URL.parse(`http://${typed.replace(/\.$/, '')}`)
  return url && domainName.test(url.hostname) ? url.hostname : undefined
}
