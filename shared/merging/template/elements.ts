/** Elements that Outlook writes, and those of newsletters that are pasted into it. Others lose their tags. */
export const elements = [
  'a abbr address b bdi bdo big blockquote br caption center cite code col colgroup dd del div dl dt em font',
  'h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strike strong sub sup',
  'table tbody td tfoot th thead tr tt u ul var wbr',
].flatMap((line) => line.split(' '))

/** Elements that go with all that is in them: it is code, or it is shown otherwise than as a text of the mail. */
export const dropped = new Set(
  [
    'script style title textarea xmp plaintext noscript noembed noframes template iframe frameset object embed applet',
    'svg math audio video canvas select datalist option button input',
  ].flatMap((line) => line.split(' ')),
)

/** Elements that become a plain block: without one, what stands in them would run together. */
export const blocks =
  'article aside details dialog fieldset figcaption figure footer form header main nav section summary'.split(' ')

/** Elements that end a line. A field may begin in any other and end in another. */
export const breaksLine = new Set([
  ...'address blockquote br caption center col colgroup dd div dl dt h1 h2 h3 h4 h5 h6 hr img li ol p pre'.split(' '),
  ...'table tbody td tfoot th thead tr ul'.split(' '),
  ...blocks,
])

const cells = ['align', 'valign', 'bgcolor', 'width', 'height', 'nowrap']

/** Attributes that are kept, for all elements and for some. */
export const attributes: Record<string, string[]> = {
  '*': ['style', 'class', 'dir', 'lang', 'title', 'align'],
  a: ['href', 'name'],
  img: ['src', 'alt', 'width', 'height', 'border', 'hspace', 'vspace'],
  font: ['color', 'face', 'size'],
  table: [...cells, 'border', 'cellpadding', 'cellspacing', 'summary'],
  tr: cells,
  td: [...cells, 'colspan', 'rowspan'],
  th: [...cells, 'colspan', 'rowspan'],
  col: ['span', 'width'],
  colgroup: ['span', 'width'],
  ol: ['start', 'type'],
  ul: ['type'],
  li: ['value', 'type'],
  hr: ['size', 'width', 'color', 'noshade'],
  br: ['clear'],
}

/** Whether an attribute of an element is kept. */
export const isKept = (element: string, name: string): boolean =>
  elements.includes(element) &&
  (attributes['*']?.includes(name) === true ||
    (Object.hasOwn(attributes, element) && attributes[element]?.includes(name) === true))

/** Attributes that a field may stand in: words, and links. */
export const wordAttributes = ['title', 'alt']
export const linkAttributes = ['href', 'src']
