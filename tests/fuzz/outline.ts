import { type DefaultTreeAdapterTypes, parse } from 'parse5'

const addresses = ['href', 'src']

/**
 * The structure of a page as browsers read it: elements and the names of their attributes, without texts and without
 * what a value may be; of links, whether they are of a kind that may be sent.
 */
export function outline(html: string): string {
  const line = (node: DefaultTreeAdapterTypes.ChildNode): string => {
    if (node.nodeName === '#text') return ''
    if (!('tagName' in node)) return `(${node.nodeName})`
    const attributes = node.attrs.map(({ name, value }) => (addresses.includes(name) ? `${name}${kind(value)}` : name))
    return `<${[node.tagName, ...attributes].join(' ')}>${node.childNodes.map(line).join('')}</>`
  }
  return parse(html).childNodes.map(line).join('')
}

function kind(address: string): string {
  const protocol = URL.parse(address, 'https://base.example/')?.protocol ?? ''
  return ['http:', 'https:', 'mailto:', 'tel:'].includes(protocol) ? '' : `=${protocol}`
}
