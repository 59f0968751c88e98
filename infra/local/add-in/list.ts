/** What was pasted, as a table: the headings, and the cells below them. A row without any cell keeps its place. */
export interface Table {
  columns: string[]
  rows: string[][]
}

const separators = ['\t', ';', ',']

/** Reads rows as a spreadsheet copies them (tabs), or as CSV with commas or semicolons. The first line has the headings. */
export function tableOf(pasted: string): Table {
  const text = pasted.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n')
  const [first = ''] = text.split('\n', 1)
  const counts = separators.map((one) => first.split(one).length)
  const separator = separators[counts.indexOf(Math.max(...counts))] ?? ','
  const [head = [], ...rows] = cellsOf(text, separator)
  return { columns: head.map((name) => name.trim()), rows: rows.map((row) => (isEmpty(row) ? [] : row)) }
}

/** Rows that have something in them. */
export const filledRows = ({ rows }: Table): string[][] => rows.filter((row) => row.length > 0)

/** The column that has the addresses: what stands in it says more than its heading; -1 when there is none. */
export function addressColumn(table: Table): number {
  const [first = []] = filledRows(table)
  const isMail = (name: string) => /e-?mail|courriel/i.test(name)
  const isAddress = (name: string) => /adresse|address/i.test(name)
  const has = (at: number) => first[at]?.includes('@') === true
  const wishes: ((name: string, at: number) => boolean)[] = [
    (name, at) => isMail(name) && has(at),
    (name, at) => isAddress(name) && has(at),
    (_, at) => has(at),
    isMail,
    // A street has such a heading, too.
    isAddress,
  ]
  return wishes.map((wish) => table.columns.findIndex(wish)).find((at) => at !== -1) ?? -1
}

/** A heading that is there twice, as templates tell headings apart; null when there is none. */
export function repeatedHeading({ columns }: Table): string | null {
  const keys = columns.map((name) => tidy(name).toLowerCase().normalize('NFC'))
  return columns.find((_, at) => keys[at] !== '' && keys.indexOf(keys[at] ?? '') !== at) ?? null
}

/** The list as JSON lines. Rows are numbered as below the headings, from 1. */
export const linesOf = ({ columns, rows }: Table, address: number): string =>
  rows
    .map((cells, at) => {
      const fields = columns.flatMap((name, column) => (name === '' ? [] : [[name, cells[column] ?? '']]))
      const row = { row: at + 1, to: (cells[address] ?? '').trim(), fields: Object.fromEntries(fields) }
      return cells.length === 0 ? '' : `${JSON.stringify(row)}\n`
    })
    .join('')

/** A text as HTML: an empty line begins a paragraph. It has the same lines, so that faults are told by those typed. */
export const htmlOf = (text: string): string =>
  text
    .replace(/\r\n?/g, '\n')
    .trimEnd()
    .replace(/\S[\s\S]*?(?=\s*\n\n|$)/g, (paragraph) => `<p>${escaped(paragraph).replaceAll('\n', '<br>\n')}</p>`)

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const tidy = (text: string) =>
  text
    .replace(/\p{Cf}/gu, '')
    .replace(/\s+/g, ' ')
    .trim()

const isEmpty = (row: string[]) => row.every((cell) => cell.trim() === '')

/** Quotes hold separators, line ends, and quotes written twice. One that is never closed ends with the text. */
function cellsOf(text: string, separator: string): string[][] {
  const rows: string[][] = [[]]
  let cell = ''
  for (let at = 0; at <= text.length; at += 1) {
    const character = text[at]
    if (character === '"' && cell === '') {
      const { inside, end } = quoted(text, at + 1)
      cell = inside
      at = end
    } else if (character === undefined || character === separator || character === '\n') {
      rows.at(-1)?.push(cell)
      cell = ''
      if (character === '\n') rows.push([])
    } else cell += character
  }
  return rows
}

/** What stands between quotes, and where the closing one is. */
function quoted(text: string, from: number): { inside: string; end: number } {
  let inside = ''
  for (let at = from; at < text.length; at += 1) {
    if (text[at] !== '"') inside += text[at]
    else if (text[at + 1] === '"') {
      inside += '"'
      at += 1
    } else return { inside, end: at }
  }
  return { inside, end: text.length - 1 }
}
