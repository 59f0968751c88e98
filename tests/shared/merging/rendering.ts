import type { Row } from '@securemailmerge/shared/merging/row'
import { compile, isTemplate } from '@securemailmerge/shared/merging/template/compile'
import type { Footer } from '@securemailmerge/shared/merging/template/footer'
import { render } from '@securemailmerge/shared/merging/template/render'
import type { Template } from '@securemailmerge/shared/merging/template/template'

/** A row with these values. */
export const aRow = (fields: Record<string, string>, row = 1): Row => ({
  row,
  to: { address: `row${row}@contoso.example`, name: null },
  cc: [],
  bcc: [],
  fields,
})

/** A template that has to be one. */
export function aTemplate(html: string, subject = 'Hello'): Template {
  const compiled = compile(subject, html)
  if (!isTemplate(compiled)) throw new Error(JSON.stringify(compiled.problems))
  return compiled
}

/** What is within the body of the mail of one row, or the code of what is wrong with the row. */
export function bodyOf(html: string, fields: Record<string, string>, footer: Footer | null = null): string {
  const mail = render(aTemplate(html), aRow(fields), { footer })
  return 'problem' in mail ? mail.problem.code : (/<body>(.*)<\/body>/s.exec(mail.html)?.[1] ?? 'no body')
}

/** The subject of the mail of one row, or the code of what is wrong with the row. */
export function subjectOf(subject: string, fields: Record<string, string>): string {
  const mail = render(aTemplate('', subject), aRow(fields), { footer: null })
  return 'problem' in mail ? mail.problem.code : mail.subject
}

/** Codes of what is wrong with a template. */
export function problemsOf(html: string, subject = 'Hello'): string[] {
  const compiled = compile(subject, html)
  return isTemplate(compiled) ? [] : compiled.problems.map(({ code }) => code)
}
