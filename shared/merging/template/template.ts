import { escapeHtml, inOneLine } from './escape.ts'
import { type Field, fieldKey, writtenOut } from './field.ts'
import { type Link, writtenLink } from './link.ts'
import { type Slot, splitAtMarks } from './marks.ts'

/** One value that is put in: as words, whose fallback is ready, or as a link of several. Columns count from 0. */
export type Part =
  | { in: 'words'; column: number; fallback: string | null }
  | { in: 'link'; columns: number[]; link: Link }

/** Fixed texts and what stands between them; one more text than parts. */
export interface Pieces {
  texts: string[]
  parts: Part[]
  /** How a value becomes words here. */
  asWords: (value: string) => string
}

/** A column that a template needs. */
export interface Column {
  key: string
  /** As the template writes it first. */
  name: string
}

/** A template that was read once; each row is joined from its pieces. */
export interface Template {
  columns: Column[]
  subject: Pieces
  /** Without the end of the body, before which the footer stands. */
  body: Pieces
  /** Columns that stand somewhere without a fallback, and those with one; each once. */
  used: { bare: number[]; withFallbacks: number[] }
  /** Which column a name of a row means; -1 for none. Filled as names are met. */
  known: Map<string, number>
  /** As it could be stored: cleaned, with its fields in braces. */
  source: { subject: string; html: string }
}

/** Characters of a subject, a body, its rules of style, and a rendered body: Microsoft takes no longer mail in one call. */
export const MOST = { subject: 998, html: 1_000_000, sheet: 250_000, renderedHtml: 3_000_000 }

/** What follows the footer. */
export const END_OF_BODY = '</body></html>'

const START = '<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8">'
const headOf = (sheet: string): string => `${START}${sheet && `<style>${sheet}</style>`}</head><body>`

/** A template from a subject and a clean body, whose fields are marks. */
export function templateOf(subject: Marks, body: Marks & { sheet: string }): Template {
  const columns: Column[] = []
  const columnOf = ({ name }: Field): number => {
    const key = fieldKey(name)
    const known = columns.findIndex((column) => column.key === key)
    return known === -1 ? columns.push({ key, name }) - 1 : known
  }
  const lineParts = piecesOf(subject, inOneLine, columnOf)
  const { texts, parts, asWords } = piecesOf(body, escapeHtml, columnOf)
  const head = headOf(body.sheet)
  return {
    columns,
    subject: { ...lineParts, texts: lineParts.texts.map(inOneLine) },
    body: { texts: [compact(head + texts[0]), ...texts.slice(1)], parts, asWords },
    used: usedIn([...lineParts.parts, ...parts]),
    known: new Map(),
    source: {
      subject: writtenIn(subject, (text) => text),
      html: head + writtenIn(body, escapeHtml) + END_OF_BODY,
    },
  }
}

function usedIn(parts: Part[]): Template['used'] {
  const used = parts.flatMap((part) =>
    part.in === 'words'
      ? [{ column: part.column, isBare: part.fallback === null }]
      : part.columns.map((column, index) => ({ column, isBare: part.link.fields[index]?.fallback === null })),
  )
  const columns = (bare: boolean) => [
    ...new Set(used.flatMap(({ column, isBare }) => (isBare === bare ? [column] : []))),
  ]
  return { bare: columns(true), withFallbacks: columns(false) }
}

/** A text in which marks stand for slots. */
export interface Marks {
  text: string
  slots: Slot[]
}

/** Texts at even places, slots at odd ones. */
function* alternating({ text, slots }: Marks): Generator<{ text: string } | { slot: Slot }> {
  for (const [index, piece] of splitAtMarks(text).entries()) {
    const slot = index % 2 === 1 ? slots[Number(piece)] : undefined
    yield slot ? { slot } : { text: piece }
  }
}

function piecesOf(marks: Marks, asWords: (value: string) => string, columnOf: (field: Field) => number): Pieces {
  const pieces: Pieces = { texts: [], parts: [], asWords }
  for (const piece of alternating(marks)) {
    if ('text' in piece) pieces.texts.push(compact(piece.text))
    else pieces.parts.push(partOf(piece.slot, asWords, columnOf))
  }
  return pieces
}

/** Marks are wide characters, and what is cut from a wide string stays wide: twice the bytes in each mail. */
const compact = (text: string): string => Buffer.from(text).toString()

function partOf(slot: Slot, asWords: (value: string) => string, columnOf: (field: Field) => number): Part {
  if (slot.in === 'link') return { in: 'link', columns: slot.link.fields.map(columnOf), link: slot.link }
  const { fallback } = slot.field
  return { in: 'words', column: columnOf(slot.field), fallback: fallback === null ? null : asWords(fallback) }
}

const writtenIn = (marks: Marks, asWords: (text: string) => string): string =>
  [...alternating(marks)].map((piece) => ('text' in piece ? piece.text : asWords(writtenSlot(piece.slot)))).join('')

const writtenSlot = (slot: Slot): string => (slot.in === 'link' ? writtenLink(slot.link) : writtenOut(slot.field))
