const number = '(?:\\d{1,5}(?:\\.\\d{0,4})?|\\.\\d{1,4})'
const length = `(?:${number}(?:px|pt|pc|em|rem|ex|ch|in|cm|mm|%)?|auto)`
const colour = '(?:#[0-9a-f]{3,8}|[a-z]{3,30}|(?:rgb|hsl)a?\\([\\d\\s.,%/]{3,60}\\))'
const line = '(?:none|hidden|solid|dotted|dashed|double|groove|ridge|inset|outset)'
const font = '(?:"[\\w .&+-]{1,80}"|\'[\\w .&+-]{1,80}\'|[\\p{L}\\d_-]{1,80}(?: [\\p{L}\\d_-]{1,80}){0,8})'

const exactly = (pattern: string): RegExp[] => [new RegExp(`^(?:${pattern})$`, 'iu')]
const words = exactly('[a-z-]{2,30}')
const one = exactly(length)
const upToFour = exactly(`${length}(?: +${length}){0,3}`)
const edge = exactly(
  `(?:${length}|${line}|${colour}|medium|thin|thick)(?: +(?:${length}|${line}|${colour}|thin|thick)){0,3}`,
)
const sideways = exactly(`-?${length}`)

/**
 * Properties and values that Outlook writes and that can do nothing to what stands outside of their element: nothing
 * is positioned, fetched, computed or pulled upwards, so the footer stays where it is and on top.
 */
export const properties: Record<string, RegExp[]> = {
  ...Object.fromEntries(
    ['', '-top', '-right', '-bottom', '-left'].flatMap((side) => [
      [`margin${side}`, upToFour],
      [`padding${side}`, upToFour],
      [`border${side}`, edge],
      [`border${side}-color`, edge],
      [`border${side}-style`, edge],
      [`border${side}-width`, edge],
    ]),
  ),
  ...Object.fromEntries(
    ['width', 'height', 'min-width', 'min-height', 'max-width', 'max-height', 'border-radius', 'letter-spacing']
      .concat('font-size', 'line-height')
      .map((name) => [name, [...one, ...words]]),
  ),
  ...Object.fromEntries(
    ['display', 'visibility', 'float', 'clear', 'direction', 'text-align', 'text-decoration', 'text-transform']
      .concat('vertical-align', 'white-space', 'word-break', 'word-wrap', 'overflow-wrap', 'overflow', 'table-layout')
      .concat('border-collapse', 'list-style-type', 'font-style', 'font-variant', 'font-stretch', 'line-break')
      .map((name) => [name, words]),
  ),
  // Tables and lists of Word hang out to the left.
  'margin-left': sideways,
  'margin-right': sideways,
  'text-indent': sideways,
  'border-spacing': exactly(`${length}(?: +${length})?`),
  color: exactly(colour),
  background: exactly(colour),
  'background-color': exactly(colour),
  'font-weight': exactly('[1-9]00|normal|bold|bolder|lighter'),
  'font-family': exactly(`${font}(?: ?, ?${font}){0,20}`),
}

// Neither body nor the footer can be meant: the footer is a `div` with an `a`, without class, beside everything else.
const selector =
  /^(?:(?:p|li|ul|ol|dl|dd|dt|h[1-6]|table|tr|td|th|blockquote|pre|span)|[a-z][a-z0-9]{0,15}?\.[\w-]{1,80}|\.[\w-]{1,80})$/i

/** What is kept of style elements: the plain rules for kinds of text and for classes. */
export function sheetOf(css: string): string {
  const parts = withoutComments(css).split(/([{}])/)
  const kept: string[] = []
  let depth = 0
  for (const [index, part] of parts.entries()) {
    // Depth 1, closed at once: a rule that is in no other.
    if (part === '{' && ++depth === 1 && parts[index + 2] === '}') kept.push(ruleOf(parts[index - 1], parts[index + 1]))
    if (part === '}') depth = Math.max(0, depth - 1)
  }
  return kept.filter(Boolean).join('\n')
}

function ruleOf(before = '', inside = ''): string {
  const selectors = before.slice(before.lastIndexOf(';') + 1).split(',')
  const meant = selectors.map((text) => text.trim()).filter((text) => selector.test(text))
  const set = styleOf(inside)
  return meant.length === 0 || set === '' ? '' : `${meant.join(',')}{${set}}`
}

/** What is kept of the style of an element. */
export const styleOf = (style: string): string => style.split(';').map(declarationOf).filter(Boolean).join(';')

function declarationOf(text: string): string {
  const colon = text.indexOf(':')
  const name = text.slice(0, Math.max(colon, 0)).trim().toLowerCase()
  const value = text
    .slice(colon + 1)
    .trim()
    .replace(/ ?! ?important$/i, '')
  const isKept = Object.hasOwn(properties, name) && properties[name]?.some((pattern) => pattern.test(value))
  return isKept ? `${name}:${value}` : ''
}

function withoutComments(css: string): string {
  const pieces = css.replaceAll('<!--', ' ').replaceAll('-->', ' ').split('/*')
  return pieces.map((piece, index) => (index === 0 ? piece : piece.slice(endOf(piece)))).join(' ')
}

/** After the end of a comment, or of everything when it has none. */
const endOf = (piece: string): number => (piece.indexOf('*/') + 1 || piece.length - 1) + 1
