import { breaksLine, dropped, isKept, linkAttributes, wordAttributes } from './elements.ts'
import { type FoundField, fieldsIn } from './field.ts'
import { isPossible, linkWith } from './link.ts'
import { mark, putMarks, type Slot, withoutMarks } from './marks.ts'
import { MOST_PROBLEMS, nearby, type TemplateFault, type TemplateProblem } from './problem.ts'
import {
  type ChildNode,
  type Element,
  isComment,
  isElement,
  isText,
  nodesIn,
  type ParentNode,
  type TextNode,
} from './tree.ts'

/** What was found in a page whose fields have become marks. */
export interface Marked {
  /** Slot n belongs where mark n stands. */
  slots: Slot[]
  problems: TemplateProblem[]
  /** The texts of its style elements. */
  styles: string[]
}

const MOST_SLOTS = 2000
const codeAt = { script: 'field_in_script', style: 'field_in_style' } as const

/**
 * Turns the fields of a page into marks, takes out of it what no mail shows, and names each field that stands where a
 * value could do harm or would be lost. Editors put tags inside braces, so fields are looked for in the texts of a
 * line together; a value takes the form of the first letter of its field's name.
 */
export function markFields(top: ParentNode): Marked {
  const marking = new Marking()
  marking.walk(top)
  marking.endLine()
  return marking.marked
}

class Marking {
  readonly marked: Marked = { slots: [], problems: [], styles: [] }
  #line: TextNode[] = []

  walk(parent: ParentNode): void {
    parent.childNodes = parent.childNodes.filter((node) => {
      if (isElement(node)) return this.#element(node)
      if (isComment(node) && node.data.includes('{{')) this.#complain('field_in_comment', node, node.data)
      if (!isText(node)) return false
      node.value = withoutMarks(node.value)
      return this.#line.push(node)
    })
  }

  endLine(): void {
    const nodes = this.#line
    this.#line = []
    const { found, fault } = fieldsIn(nodes.map(({ value }) => value).join(''))
    if (fault) this.#complainWithin(fault.code, nodes, fault.at)
    const firstSlot = this.marked.slots.length
    for (const { field } of found) this.#add({ in: 'text', field })
    if (found.length > 0) putMarks(nodes, found, firstSlot)
  }

  #element(element: Element): boolean {
    if (dropped.has(element.tagName)) return this.#drop(element)
    // Anew: an element that browsers open twice has its attributes in common with its twin.
    element.attrs = element.attrs.map(({ name, value }) => ({
      name,
      value: this.#attribute(element, name, withoutMarks(value)),
    }))
    const breaks = breaksLine.has(element.tagName)
    if (breaks) this.endLine()
    this.walk(element)
    if (breaks) this.endLine()
    return true
  }

  #drop(element: Element): false {
    const texts = [element, ...nodesIn(element)].flatMap((node) => {
      if (isElement(node)) return node.attrs.map(({ value }) => value)
      return isText(node) ? node.value : isComment(node) ? node.data : []
    })
    const held = texts.find((text) => text.includes('{{'))
    const code = element.tagName in codeAt ? codeAt[element.tagName as keyof typeof codeAt] : 'field_in_element'
    if (held !== undefined) this.#complain(code, element, held)
    if (element.tagName === 'style') this.marked.styles.push(...texts.slice(element.attrs.length))
    return false
  }

  #attribute(element: Element, name: string, value: string): string {
    const isLink = linkAttributes.includes(name)
    const text = isLink ? value.replace(/%7b%7b/gi, '{{').replace(/%7d%7d/gi, '}}') : value
    if (!isKept(element.tagName, name) || !(isLink || wordAttributes.includes(name))) {
      const code = name.startsWith('on')
        ? 'field_in_handler'
        : name === 'style'
          ? 'field_in_style'
          : 'field_in_attribute'
      if (text.includes('{{')) this.#complain(code, element, text, name)
      return value
    }
    const { found, fault } = fieldsIn(text)
    if (fault) this.#complain(fault.code, element, text.slice(fault.at), name)
    if (found.length === 0 || fault) return value
    if (isLink) return this.#link(element, name, text, found)
    const node = { value: text } as TextNode
    const firstSlot = this.marked.slots.length
    for (const { field } of found) this.#add({ in: 'attribute', field })
    putMarks([node], found, firstSlot)
    return node.value
  }

  #link(element: Element, name: string, text: string, found: FoundField[]): string {
    const link = linkWith(text, found)
    if (!isPossible(link)) this.#complain('link_not_allowed', element, text, name)
    return mark(this.#add({ in: 'link', link }))
  }

  #add(slot: Slot): number {
    if (this.marked.slots.push(slot) === MOST_SLOTS + 1) {
      this.marked.problems.unshift({ code: 'too_many_fields', part: 'body', line: 1, column: 1, near: '' })
    }
    return this.marked.slots.length - 1
  }

  #complain(code: TemplateFault, node: ChildNode, text: string, attribute?: string): void {
    if (this.marked.problems.length >= MOST_PROBLEMS) return
    const place = node.sourceCodeLocation
    const exact = attribute !== undefined && place && 'attrs' in place ? place.attrs?.[attribute] : place
    const { startLine: line, startCol: column } = exact ?? place ?? { startLine: 1, startCol: 1 }
    const near = nearby(text, Math.max(text.indexOf('{{'), 0))
    this.marked.problems.push({ code, part: 'body', line, column, near })
  }

  /** A fault at a place in the texts of a line: the line and column of its own letter. */
  #complainWithin(code: TemplateFault, nodes: TextNode[], at: number): void {
    let from = 0
    const node = nodes.find(({ value }) => {
      from += value.length
      return at < from
    })
    if (!node || this.marked.problems.length >= MOST_PROBLEMS) return
    const inside = at - (from - node.value.length)
    const before = node.value.slice(0, inside).split('\n')
    const { startLine, startCol } = node.sourceCodeLocation ?? { startLine: 1, startCol: 1 }
    const line = startLine + before.length - 1
    const column = (before.length === 1 ? startCol : 1) + (before.at(-1)?.length ?? 0)
    this.marked.problems.push({ code, part: 'body', line, column, near: nearby(node.value, inside) })
  }
}
