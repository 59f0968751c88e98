import type { TemplateFault } from './problem.ts'

/** A field as a template names it: `{{Name}}` or `{{Name|fallback}}`. */
export interface Field {
  name: string
  /** What stands for an empty value; null when the template gives none, '' when it says that nothing should. */
  fallback: string | null
}

/** Where a field stands in a text: from its first brace to after its last; `nameAt` is where its name begins. */
export interface FoundField {
  start: number
  end: number
  nameAt: number
  field: Field
}

/** The fields of a text, up to the first fault in it. */
export interface Scan {
  found: FoundField[]
  fault: { code: TemplateFault; at: number } | null
}

const NAME_CHARACTERS = 255

const tidy = (text: string): string =>
  text
    .replace(/\p{Cf}/gu, '')
    .replace(/\s+/g, ' ')
    .trim()

/**
 * How names match, the one rule: blanks around them, the kind and number of blanks inside them, invisible characters,
 * capitals and the way accents are composed make no difference.
 */
export const fieldKey = (name: string): string => tidy(name).toLowerCase().normalize('NFC')

/** Whether a value is as good as none. */
export const isBlank = (value: string): boolean => value.trim() === ''

/** Finds the fields of a text, in one pass. */
export function fieldsIn(text: string): Scan {
  const found: FoundField[] = []
  let at = 0
  for (;;) {
    const open = text.indexOf('{{', at)
    const close = text.indexOf('}}', at)
    if (close !== -1 && (open === -1 || close < open)) return { found, fault: { code: 'braces_not_opened', at: close } }
    if (open === -1) return { found, fault: null }
    const inner = close === -1 ? '{{' : text.slice(open + 2, close)
    const field = inner.includes('{{') ? 'braces_not_closed' : fieldOf(inner)
    if (typeof field === 'string') return { found, fault: { code: field, at: open } }
    found.push({ start: open, end: close + 2, nameAt: open + 2 + inner.search(/[^\s\p{Cf}]/u), field })
    at = close + 2
  }
}

function fieldOf(inner: string): Field | TemplateFault {
  const bar = inner.indexOf('|')
  const name = tidy(bar === -1 ? inner : inner.slice(0, bar))
  if (name === '') return 'name_missing'
  if (name.length > NAME_CHARACTERS || /[{}]/.test(inner)) return 'name_invalid'
  return { name, fallback: bar === -1 ? null : inner.slice(bar + 1).trim() }
}

/** A field as it was written. */
export const writtenOut = ({ name, fallback }: Field): string =>
  fallback === null ? `{{${name}}}` : `{{${name}|${fallback}}}`
