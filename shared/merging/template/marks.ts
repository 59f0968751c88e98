import type { Field, FoundField } from './field.ts'
import type { Link } from './link.ts'
import type { TextNode } from './tree.ts'

/** What is put in at one place: a value as words, or a link with values in it. */
export type Slot = { in: 'text' | 'attribute'; field: Field } | { in: 'link'; link: Link }

/** What stands in a page where slot n belongs: two characters that no text may contain, around its number. */
export const mark = (slot: number): string => `\ufdd0${slot}\ufdd1`

const marks = /\ufdd0(\d+)\ufdd1/

/** The texts between marks, at even places, and the numbers of their slots, at odd ones. */
export const splitAtMarks = (html: string): string[] => html.split(marks)

/** A text that no mark can be forged in. */
export const withoutMarks = (text: string): string => text.replace(/[\ufdd0\ufdd1]/g, '')

/**
 * Puts marks where fields were found in the texts of a line, one after the other. A field may reach over several texts:
 * its mark stands where its name begins, the rest of it goes.
 */
export function putMarks(nodes: TextNode[], found: FoundField[], firstSlot: number): void {
  let next = 0
  let from = 0
  for (const node of nodes) {
    const text = node.value
    const to = from + text.length
    let value = ''
    let at = from
    for (let field = found[next]; field && field.start < to; field = found[next]) {
      if (field.start > at) value += text.slice(at - from, field.start - from)
      if (field.nameAt >= from && field.nameAt < to) value += mark(firstSlot + next)
      at = Math.min(field.end, to)
      if (field.end > to) break
      next++
    }
    node.value = value + text.slice(at - from)
    from = to
  }
}
