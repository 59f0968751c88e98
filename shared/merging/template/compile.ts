import { cleaned, textOf } from './clean.ts'
import { fieldsIn } from './field.ts'
import { footerIn, showsFooter } from './footer.ts'
import { type Marked, markFields } from './mark-fields.ts'
import { mark, type Slot, withoutMarks } from './marks.ts'
import { nearby, type TemplateFault, type TemplateProblem } from './problem.ts'
import { emptied } from './render.ts'
import { sheetOf } from './styles.ts'
import { type Marks, MOST, type Template, templateOf } from './template.ts'
import { pageOf } from './tree.ts'

/**
 * Reads a template: a subject and an HTML body with `{{Field}}` and `{{Field|fallback}}`. What Outlook does not write is
 * cleaned away; what would send a wrong or dangerous mail is named, and then there is no template.
 */
export function compile(subject: string, html: string): Template | { problems: TemplateProblem[] } {
  const first = read(subject, html)
  if ('problems' in first) return first
  const { source } = first.template
  if (isSame(source, { subject, html })) return first.template
  // It is stored cleaned, and what is stored has to make the very same mails.
  const again = read(source.subject, source.html, first.text)
  const isStable = 'template' in again && isSame(again.template.source, source)
  return isStable ? again.template : { problems: [inBody('not_cleanable')] }
}

type Faulty = { problems: TemplateProblem[] }

const isSame = (one: Template['source'], other: Template['source']): boolean =>
  one.html === other.html && one.subject === other.subject

/** @param clean a body that is known to be clean, and to show the footer */
function read(subject: string, html: string, clean?: string): { template: Template; text: string } | Faulty {
  const line = lineOf(subject)
  const body = bodyOf(html, clean)
  const problems = [...('problems' in line ? line.problems : []), ...('problems' in body ? body.problems : [])]
  if ('problems' in line || 'problems' in body) return { problems }
  const template = templateOf(line, body)
  if (template.source.html.length > MOST.html) return { problems: [inBody('too_long')] }
  // Footers differ in their words alone: what shows one shows the other.
  const footer = footerIn('en')
  const isSeen = body.text === clean || showsFooter(emptied(template, footer), footer)
  return isSeen ? { template, text: body.text } : { problems: [inBody('footer_hidden')] }
}

/** Whether what was compiled is a template. */
export const isTemplate = (compiled: Template | { problems: TemplateProblem[] }): compiled is Template =>
  !('problems' in compiled)

function lineOf(subject: string): Marks | Faulty {
  const text = withoutMarks(subject.toWellFormed())
  const { found, fault } = fieldsIn(text)
  const code = text.length > MOST.subject ? 'too_long' : fault?.code
  if (code) {
    const at = fault?.at ?? 0
    return { problems: [{ code, part: 'subject', line: 1, column: at + 1, near: nearby(text, at) }] }
  }
  const slots: Slot[] = found.map(({ field }) => ({ in: 'text', field }))
  const pieces = found.map(({ start }, index) => text.slice(found[index - 1]?.end ?? 0, start) + mark(index))
  return { text: pieces.join('') + text.slice(found.at(-1)?.end ?? 0), slots }
}

function bodyOf(html: string, clean?: string): (Marks & { sheet: string }) | Faulty {
  if (html.length > MOST.html) return { problems: [inBody('too_long')] }
  const page = pageOf(html.toWellFormed(), true)
  if ('fault' in page) return { problems: [inBody(page.fault)] }
  const { slots, problems, styles }: Marked = markFields(page.document)
  if (problems.length > 0) return { problems }
  const css = styles.join('\n')
  if (css.length > MOST.sheet) return { problems: [inBody('too_long')] }
  const text = textOf(page) === clean ? clean : cleaned(page, slots)
  return text === null ? { problems: [inBody('not_cleanable')] } : { text, slots, sheet: sheetOf(css) }
}

const inBody = (code: TemplateFault): TemplateProblem => ({ code, part: 'body', line: 1, column: 1, near: '' })
