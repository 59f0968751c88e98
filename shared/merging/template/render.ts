import type { Row } from '../row.ts'
import { escapeHtml } from './escape.ts'
import { fieldKey, isBlank } from './field.ts'
import type { Footer } from './footer.ts'
import { linkOf } from './link.ts'
import type { RowProblem } from './problem.ts'
import { END_OF_BODY, MOST, type Part, type Pieces, type Template } from './template.ts'

/** A mail as it is sent: a subject in one line, and a whole HTML page. */
export interface Rendered {
  subject: string
  html: string
}

/** Names of columns that are remembered; a list has far fewer. */
const MOST_KNOWN = 5000

/** The names that a template needs a column for, each once, as it writes them first. */
export const fieldsOf = ({ columns }: Template): string[] => columns.map(({ name }) => name)

/** Those of them for which none of these columns is meant. */
export function unknownFields({ columns }: Template, names: Iterable<string>): string[] {
  const keys = new Set(Array.from(names, fieldKey))
  return columns.filter(({ key }) => !keys.has(key)).map(({ name }) => name)
}

/**
 * The mail of one row. Values stand as they are, escaped for their place, and are never read as a template. A row
 * whose value is missing where the template has no fallback, or makes no link, is not rendered at all.
 */
export function render(
  template: Template,
  row: Row,
  { footer }: { footer: Footer | null },
): Rendered | { problem: RowProblem } {
  const values = valuesOf(template, row)
  const subject = joined(template, template.subject, values, MOST.subject)
  if (typeof subject !== 'string') return { problem: subject }
  const body = joined(template, template.body, values, MOST.renderedHtml)
  if (typeof body !== 'string') return { problem: body }
  return { subject, html: body + (footer?.html ?? '') + END_OF_BODY }
}

/** Every field that has no value in a row and no fallback, each once; or those that have one. */
export function emptyFields(template: Template, row: Row, withFallback = false): string[] {
  const values = valuesOf(template, row)
  const { bare, withFallbacks } = template.used
  return (withFallback ? withFallbacks : bare)
    .filter((column) => values[column] === '')
    .map((column) => template.columns[column]!.name)
}

/** The body with nothing in its fields, as it is looked at for the footer. */
export const emptied = ({ body }: Template, footer: Footer): string => body.texts.join('') + footer.html + END_OF_BODY

/** The value of each column; one that is as good as none is empty. */
function valuesOf({ columns, known }: Template, { fields }: Row): string[] {
  const values = columns.map(() => '')
  for (const [name, value] of Object.entries(fields)) {
    const column = known.get(name) ?? learnt(columns, known, name)
    // Of two columns with one name, the first that says something.
    if (column !== -1 && values[column] === '' && !isBlank(value)) values[column] = value
  }
  return values
}

function learnt(columns: Template['columns'], known: Template['known'], name: string): number {
  const key = fieldKey(name)
  const column = columns.findIndex((one) => one.key === key)
  if (known.size < MOST_KNOWN) known.set(name, column)
  return column
}

function joined(
  template: Template,
  { texts, parts, asWords }: Pieces,
  values: string[],
  most: number,
): string | RowProblem {
  let text = texts[0] ?? ''
  // A value may stand in many places, and is written once.
  const written: (string | undefined)[] = []
  const words = (column: number) => (written[column] ??= asWords(values[column] ?? ''))
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index]!
    const put = part.in === 'link' ? linkIn(part, values, template) : wordsIn(part, values, words, template)
    if (typeof put !== 'string') return put
    text += put
    text += texts[index + 1]
    if (text.length > most) return { code: 'too_long', field: null }
  }
  return text.length > most ? { code: 'too_long', field: null } : text
}

function wordsIn(
  { column, fallback }: Part & { in: 'words' },
  values: string[],
  words: (column: number) => string,
  { columns }: Template,
): string | RowProblem {
  if (values[column] !== '') return words(column)
  return fallback ?? { code: 'field_empty', field: columns[column]?.name ?? null }
}

function linkIn({ columns, link }: Part & { in: 'link' }, values: string[], template: Template): string | RowProblem {
  const used: string[] = []
  for (const [index, column] of columns.entries()) {
    const filled = values[column] || link.fields[index]?.fallback
    if (filled == null) return { code: 'field_empty', field: template.columns[column]?.name ?? null }
    used.push(filled)
  }
  const url = linkOf(link, used)
  return url === null
    ? { code: 'link_not_allowed', field: template.columns[columns[0] ?? 0]?.name ?? null }
    : escapeHtml(url)
}
