import { type Field, type FoundField, fieldsIn, writtenOut } from './field.ts'

/** A link with fields: what stands between them, and they. `texts` has one entry more than `fields`. */
export interface Link {
  texts: string[]
  fields: Field[]
}

const allowed = ['http:', 'https:', 'mailto:']
/** What a scheme alone looks like; editors write it before what a person types as a link. */
const bareScheme = /^(https?:\/\/)?$/i
const withScheme = /^https?:\/\//i

/** Whether the value of the first field is the link itself, and not a part of one. */
export const isWhole = ({ texts }: Link): boolean => bareScheme.test(texts[0]?.trim() ?? '')

/**
 * Puts values into a link. A value that is the link keeps its form but for what no link may contain; a value within a
 * link is percent-encoded, so that it stays one part of it. Null unless the result is http, https or mailto: that is
 * asked of the URL parser, which sees exactly what a browser will.
 */
export function linkOf(link: Link, values: string[]): string | null {
  const whole = isWhole(link)
  let text = whole ? wholeLink(link, values[0]?.trim() ?? '') : (link.texts[0] ?? '')
  const isMail = /^\s*mailto:/i.test(text)
  for (const [index, value] of values.entries()) {
    if (index > 0 || !whole) text += encoded(value.trim(), isMail)
    text += index === 0 && whole && isOnlySlash(link) ? '' : (link.texts[index + 1] ?? '')
  }
  const url = URL.parse(text)
  return url !== null && allowed.includes(url.protocol) ? text : null
}

/** Editors end `http://{{Link}}` with a slash, as if it were a host. */
const isOnlySlash = ({ texts }: Link): boolean => texts.length === 2 && texts[1]?.trim() === '/'

function wholeLink({ texts }: Link, value: string): string {
  const scheme = withScheme.test(value) ? '' : (texts[0]?.trim() ?? '')
  return scheme + value.toWellFormed().replace(/[\s\p{Cc}"'<>`{}|\\^]/gu, encodeURIComponent)
}

function encoded(value: string, isMail: boolean): string {
  const part = encodeURIComponent(value.toWellFormed()).replaceAll("'", '%27')
  return isMail ? part.replaceAll('%40', '@') : part
}

/** A link as it was written, taken apart at its fields. */
export function linkWith(text: string, found: FoundField[]): Link {
  const texts = found.map(({ start }, index) => text.slice(found[index - 1]?.end ?? 0, start))
  return { texts: [...texts, text.slice(found.at(-1)?.end ?? 0)], fields: found.map(({ field }) => readable(field)) }
}

/** Whether a row could make a good link of it, and its fallbacks do. */
export function isPossible(link: Link): boolean {
  const example = isWhole(link) ? 'https://www.example.com/' : 'x'
  return (
    linkOf(
      link,
      link.fields.map(({ fallback }) => fallback ?? example),
    ) !== null
  )
}

/** Editors percent-encode what is typed as a link, names of fields too. */
function readable({ name, fallback }: Field): Field {
  try {
    const [decoded, ...more] = fieldsIn(`{{${decodeURIComponent(name)}}}`).found
    const isName = decoded?.field.fallback === null && more.length === 0
    return { name: isName ? decoded.field.name : name, fallback }
  } catch {
    return { name, fallback }
  }
}

/** A link as it can be written in a template. */
export const writtenLink = ({ texts, fields }: Link): string =>
  texts.map((text, index) => text + (fields[index] ? writtenOut(encodedName(fields[index])) : '')).join('')

const encodedName = ({ name, fallback }: Field): Field => ({ name: name.replaceAll('%', '%25'), fallback })
