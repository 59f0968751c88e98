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

/** The column that has the addresses: by its heading, else by what stands in it; -1 when there is none. */
export function addressColumn(table: Table): number {
  const named = table.columns.findIndex((name) => /e-?mail|courriel|adresse|address/i.test(name))
  if (named !== -1) return named
  const [first = []] = filledRows(table)
  return first.findIndex((cell) => cell.includes('@'))
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

/** A text as HTML: an empty line begins a paragraph. */
export const htmlOf = (text: string): string =>
  text
    .replace(/\r\n?/g, '\n')
    .split(/\n{2,}/)
    .filter((paragraph) => paragraph.trim() !== '')
    .map((paragraph) => `<p>${escaped(paragraph.trim()).replaceAll('\n', '<br>')}</p>`)
    .join('\n')

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

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
