import sanitizeHtml from 'sanitize-html'
import { attributes, blocks, dropped, elements, isKept } from './elements.ts'
import { type Slot, splitAtMarks } from './marks.ts'
import { styleOf } from './styles.ts'
import { attribute, insideOf, isBusy, isElement, isText, nodesIn, type Page, pageOf } from './tree.ts'

const options: sanitizeHtml.IOptions = {
  allowedTags: elements,
  nonTextTags: [...dropped],
  transformTags: { ...Object.fromEntries(blocks.map((name) => [name, 'div'])), '*': withCleanStyle },
  allowedAttributes: attributes,
  // By our own reader, which takes a tenth of the time.
  parseStyleAttributes: false,
  allowedSchemes: ['http', 'https', 'mailto', 'tel'],
  allowedSchemesByTag: { img: ['http', 'https', 'cid', 'data'] },
  allowProtocolRelative: false,
}

const OFTEN_ENOUGH = 5

/**
 * The text of a mail out of a page: what Outlook writes and nothing else, in a form that the cleaner and browsers read
 * alike. Null when there is no such form.
 */
export function cleaned(page: Page, slots: Slot[]): string | null {
  let text = textOf(page)
  let read: Page | undefined
  let before: string | undefined
  for (let time = 0; time < OFTEN_ENOUGH && !isBusy(text); time++) {
    const safe = sanitizeHtml(text, options)
    // The same text as before is the same page, and that was just read.
    if (read && safe === before) return isClean(read, slots) ? text : null
    before = safe
    const next = pageOf(`<html><head></head><body>${safe}</body></html>`)
    if ('fault' in next) return null
    const again = insideOf(next.body)
    if (again === text) return isClean(next, slots) ? text : null
    read = next
    text = again
  }
  return null
}

/** The text of a page, before it is cleaned. */
export const textOf = (page: Page): string => frameOf(page) + insideOf(page.body)

function withCleanStyle(tagName: string, attribs: sanitizeHtml.Attributes): sanitizeHtml.Tag {
  const { style, ...others } = attribs
  if (style === undefined) return { tagName, attribs }
  const kept = styleOf(style)
  return { tagName, attribs: kept ? { ...attribs, style: kept } : others }
}

/** What is said of the whole text moves to an element around it: nothing may be said of the footer. */
function frameOf({ root, body }: Page): string {
  const said = ['dir', 'lang', 'style', 'bgcolor'].flatMap((name) => {
    const value = attribute(body, name) ?? attribute(root, name)
    if (value === null) return []
    return name === 'bgcolor' ? { name: 'style', value: `background-color:${value}` } : { name, value }
  })
  if (said.length === 0) return ''
  const styles = said.filter(({ name }) => name === 'style').map(({ value }) => value)
  const all = [...said.filter(({ name }) => name !== 'style'), { name: 'style', value: styles.join(';') }]
  return `<div${all.map(({ name, value }) => ` ${name}="${quoted(value)}"`).join('')}>`
}

const quoted = (value: string): string => value.replaceAll('&', '&amp;').replaceAll('"', '&quot;')

/** Looks with the eyes of a browser for what a cleaner may have overlooked, and for each mark in its place, once. */
function isClean({ body }: Page, slots: Slot[]): boolean {
  const seen = new Set<string>()
  let isGood = body.attrs.length === 0
  const look = (text: string, inAttribute: boolean) => {
    for (const number of splitAtMarks(text).filter((_, index) => index % 2 === 1)) {
      isGood &&= !seen.has(number) && (slots[Number(number)]?.in === 'text') !== inAttribute
      seen.add(number)
    }
  }
  for (const node of nodesIn(body)) {
    if (isText(node)) look(node.value, false)
    if (!isElement(node)) continue
    isGood &&= elements.includes(node.tagName)
    for (const { name, value } of node.attrs) {
      isGood &&= isKept(node.tagName, name)
      look(value, true)
    }
  }
  return isGood && seen.size === slots.length
}
