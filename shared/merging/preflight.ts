import type { LeftOut } from './left-out.ts'
import { type Attachment, bytesBesideText, bytesOfText, recipientsOf } from './mail.ts'
import type { Row } from './row.ts'
import type { BadRow } from './row-line.ts'
import { isBad, type Line } from './rows.ts'
import { showsNothing } from './template/blank.ts'
import { isBlank } from './template/field.ts'
import type { Footer } from './template/footer.ts'
import type { RowProblem } from './template/problem.ts'
import { emptyFields as emptyIn, type Rendered, render, unknownFields } from './template/render.ts'
import type { Template } from './template/template.ts'
import { BYTES_IN_FIVE_MINUTES, MAILS_A_MINUTE, RECIPIENTS_A_DAY } from './windows.ts'

/** How many, and the numbers of the first of them. */
export interface Sample {
  count: number
  rows: number[]
}

/** What is known of a campaign before its first mail (C-3). */
export interface PreflightAnswer {
  /** Lines of the list. */
  lines: number
  /** Rows that can be sent. */
  mails: number
  /** To, Cc and Bcc of these. */
  recipients: number
  invalid: { count: number; first: Omit<BadRow, 'to'>[] }
  /** Rows whose To had been there before. */
  duplicates: Sample
  /** Rows whose mail has no subject. They are sent. */
  emptySubjects: Sample
  /** Rows whose mail says nothing but the footer. They are sent. */
  emptyTexts: Sample
  /** By field: rows without a value for it, where the fallback of the template stands. They are sent. */
  fallbacks: Record<string, Sample>
  /** By field: rows without a value for it, where the template has no fallback. They are not sent. */
  emptyFields: Record<string, Sample>
  /** By field: rows whose value makes no link that may be sent. They are not sent. */
  badLinks: Record<string, Sample>
  /** Rows whose mail would be too long. They are not sent. */
  tooLong: Sample
  /** Fields of the template that no row has a column for. */
  unknownFields: string[]
  bytesPerMail: number
  secondsAtPace: number
}

const MOST_SAMPLES = 10
const MOST_BAD = 100
const MOST_NAMES = 5000
/** Rows whose bytes are counted: the first, and then one in so many. */
const FIRST_MEASURED = 20
const MEASURED_EACH = 100
/** Characters that nobody sees, and the footer. */
const MOST_UNSEEN = 10_000

/** Looks at each row of a list once, and says what its sender should know. */
export class Preflight {
  #template: Template
  #footer: Footer | null
  #bytesBesideText: number
  /** Whether a mail has nothing but what its row brings. */
  #mayShowNothing: boolean
  /** Characters of a mail whose values certainly say something. */
  #mostEmpty: number
  #seen = new Set<string>()
  #names = new Set<string>()
  #rows = 0
  #measured = { mails: 0, bytes: 0 }
  #answer = {
    mails: 0,
    recipients: 0,
    invalid: { count: 0, first: [] as Omit<BadRow, 'to'>[] },
    ...{ duplicates: none(), emptySubjects: none(), emptyTexts: none() },
    fallbacks: new Map<string, Sample>(),
    emptyFields: new Map<string, Sample>(),
    badLinks: new Map<string, Sample>(),
    tooLong: none(),
  }

  constructor(template: Template, footer: Footer | null, attachments: Pick<Attachment, 'bytes'>[]) {
    this.#template = template
    this.#footer = footer
    const bare = template.body.texts.join('')
    this.#mayShowNothing = showsNothing(bare)
    this.#mostEmpty = bare.length + MOST_UNSEEN
    this.#bytesBesideText = bytesBesideText(attachments)
  }

  /** One more line; null when its row can be sent, else why it is left out. */
  take(line: Line): LeftOut | null {
    if (isBad(line)) return this.#bad(line)
    this.#rows++
    if (this.#names.size < MOST_NAMES) for (const name of Object.keys(line.fields)) this.#names.add(name)
    const key = line.to.address.toLowerCase().normalize('NFC')
    if (this.#seen.size === this.#seen.add(key).size) count(this.#answer.duplicates, line)
    const rendered = render(this.#template, line, { footer: this.#footer })
    if ('problem' in rendered) return this.#problem(line, rendered.problem)
    this.#remarks(line, rendered)
    this.#answer.mails++
    this.#answer.recipients += recipientsOf({ to: [line.to], cc: line.cc, bcc: line.bcc })
    if (this.#rows <= FIRST_MEASURED || this.#rows % MEASURED_EACH === 0) {
      this.#measured.mails++
      this.#measured.bytes += bytesOfText(rendered)
    }
    return null
  }

  /** What is known when all lines have been taken. */
  answer(): PreflightAnswer {
    const { mails, recipients } = this.#answer
    const text = this.#measured.mails === 0 ? 0 : this.#measured.bytes / this.#measured.mails
    const bytesPerMail = Math.ceil(text) + this.#bytesBesideText
    return {
      ...this.#answer,
      lines: this.#rows + this.#answer.invalid.count,
      fallbacks: Object.fromEntries(this.#answer.fallbacks),
      emptyFields: Object.fromEntries(this.#answer.emptyFields),
      badLinks: Object.fromEntries(this.#answer.badLinks),
      unknownFields: unknownFields(this.#template, this.#names),
      bytesPerMail,
      secondsAtPace: secondsAtPace({ mails, recipients, bytesPerMail }),
    }
  }

  #bad({ to, ...row }: BadRow): LeftOut {
    const { invalid } = this.#answer
    invalid.count++
    if (invalid.first.length < MOST_BAD) invalid.first.push(row)
    const { line, row: number, code, about } = row
    return { line, row: number, to, why: code, about }
  }

  #remarks(row: Row, { subject, html }: Rendered): void {
    const { emptySubjects, emptyTexts, fallbacks } = this.#answer
    if (isBlank(subject)) count(emptySubjects, row)
    if (
      this.#mayShowNothing &&
      html.length < this.#mostEmpty &&
      showsNothing(html.replace(this.#footer?.html ?? '', ''))
    )
      count(emptyTexts, row)
    for (const name of emptyIn(this.#template, row, true)) countBy(fallbacks, name, row)
  }

  #problem(row: Row, problem: RowProblem): LeftOut {
    const { emptyFields, badLinks, tooLong } = this.#answer
    if (problem.code === 'field_empty') for (const name of emptyIn(this.#template, row)) countBy(emptyFields, name, row)
    else if (problem.field !== null) countBy(badLinks, problem.field, row)
    else count(tooLong, row)
    return { line: null, row: row.row, to: row.to.address, why: problem.code, about: problem.field }
  }
}

const none = (): Sample => ({ count: 0, rows: [] })

function count(sample: Sample, { row }: Row): void {
  sample.count++
  if (sample.rows.length < MOST_SAMPLES) sample.rows.push(row)
}

function countBy(samples: Map<string, Sample>, name: string, row: Row): void {
  const sample = samples.get(name) ?? none()
  count(sample, row)
  samples.set(name, sample)
}

/**
 * How long it takes at the pace that Microsoft allows one mailbox (product reference 4.5).
 * @param dayHasRoom after how many seconds the day has room for so many recipients; at once on an unused day
 */
export function secondsAtPace(
  { mails, recipients, bytesPerMail }: { mails: number; recipients: number; bytesPerMail: number },
  dayHasRoom: (recipients: number) => number = () => 0,
): number {
  if (mails === 0) return 0
  const perMail = Math.max(60 / MAILS_A_MINUTE, (bytesPerMail * 300) / BYTES_IN_FIVE_MINUTES)
  const fullDays = Math.ceil(recipients / RECIPIENTS_A_DAY) - 1
  const rest = recipients - fullDays * RECIPIENTS_A_DAY
  const lastDay = Math.max(((mails * rest) / recipients) * perMail, dayHasRoom(rest))
  return Math.ceil(Math.max(mails * perMail, fullDays * 24 * 3600 + lastDay))
}
