import { type DefaultTreeAdapterTypes, defaultTreeAdapter, parse, serialize } from 'parse5'
import type { TemplateFault } from './problem.ts'

export type Element = DefaultTreeAdapterTypes.Element
export type TextNode = DefaultTreeAdapterTypes.TextNode
export type CommentNode = DefaultTreeAdapterTypes.CommentNode
export type ParentNode = DefaultTreeAdapterTypes.ParentNode
export type ChildNode = DefaultTreeAdapterTypes.ChildNode

/** Elements and attributes of a page: twice what the longest newsletters have, and read in a fraction of a second. */
const MOST_ELEMENTS = 6_000
const MOST_ATTRIBUTES = 20_000
/** Words, and signs of references to characters and of declarations of styles: each costs more than its letters. */
const MOST_WORDS = 100_000
const MOST_SIGNS = 60_000
const MOST_DEPTH = 200

const [BLANK, AMPERSAND, SEMICOLON] = [32, 38, 59]

class TooMany extends Error {}

/** A page as browsers read it. */
export interface Page {
  document: ParentNode
  root: Element
  body: Element
}

/**
 * Reads HTML as browsers do, or says why it will not. A few letters can make browsers open thousands of elements.
 * @param withPlaces whether its nodes know where they stand
 */
export function pageOf(html: string, withPlaces = false): Page | { fault: TemplateFault } {
  if (isBusy(html)) return { fault: 'too_long' }
  let elements = 0
  let attributes = 0
  const treeAdapter: typeof defaultTreeAdapter = {
    ...defaultTreeAdapter,
    createElement: (...made) => {
      attributes += made[2].length
      if (++elements > MOST_ELEMENTS || attributes > MOST_ATTRIBUTES) throw new TooMany()
      return defaultTreeAdapter.createElement(...made)
    },
    // Where something begins is enough.
    updateNodeSourceCodeLocation: () => {},
  }
  try {
    const document = parse(html, { treeAdapter, sourceCodeLocationInfo: withPlaces, scriptingEnabled: false })
    if (depthOf(document) > MOST_DEPTH) return { fault: 'too_deep' }
    const root = elementNamed(document, 'html')
    const body = root && elementNamed(root, 'body')
    // A page of frames has no body, and no mail has frames.
    return body ? { document, root, body } : { fault: 'not_cleanable' }
  } catch (error) {
    if (error instanceof TooMany) return { fault: 'too_many_elements' }
    throw error
  }
}

/** Whether a text has more words, references and declarations than anybody writes. */
export function isBusy(html: string): boolean {
  let [words, signs, wasBlank] = [0, 0, false]
  for (let at = 0; at < html.length && words <= MOST_WORDS && signs <= MOST_SIGNS; at++) {
    const letter = html.charCodeAt(at)
    if (letter === AMPERSAND || letter === SEMICOLON) signs++
    if (wasBlank && letter > BLANK) words++
    wasBlank = letter <= BLANK
  }
  return words > MOST_WORDS || signs > MOST_SIGNS
}

/** The HTML inside an element. */
export const insideOf = (element: ParentNode): string => serialize(element, { scriptingEnabled: false })

export const isElement = (node: ChildNode | ParentNode): node is Element => 'tagName' in node
export const isText = (node: ChildNode): node is TextNode => node.nodeName === '#text'
export const isComment = (node: ChildNode): node is CommentNode => node.nodeName === '#comment'

/** What is in an element; of `template`, what browsers keep apart. */
export const childrenOf = (node: ParentNode): ChildNode[] =>
  'content' in node ? node.content.childNodes : node.childNodes

/** The value of an attribute, or null. */
export const attribute = ({ attrs }: Element, name: string): string | null =>
  attrs.find((one) => one.name === name)?.value ?? null

const elementNamed = (node: ParentNode, name: string): Element | undefined =>
  node.childNodes.filter(isElement).find((child) => child.tagName === name)

/** Every node below one, each with its parent before it. */
export function* nodesIn(top: ParentNode): Generator<ChildNode> {
  const open = [childrenOf(top).values()]
  for (let level = open.at(-1); level; level = open.at(-1)) {
    const { value: node } = level.next()
    if (node === undefined) open.pop()
    else yield node
    if (node && isElement(node)) open.push(childrenOf(node).values())
  }
}

function depthOf(top: ParentNode): number {
  let level: ParentNode[] = [top]
  let depth = 0
  while (level.length > 0) {
    level = level.flatMap((node) => childrenOf(node).filter(isElement))
    depth++
  }
  return depth
}
