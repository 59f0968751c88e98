import { isBad, RowReader } from '@securemailmerge/shared/merging/rows'
import { hostileValues } from './hostile.ts'
import { numbersFrom } from './numbers.ts'

/** What became of a run. */
export interface FuzzedRows {
  lines: number
  rows: number
  bad: number
  faults: string[]
}

const members = ['row', 'to', 'cc', 'bcc', 'fields', '__proto__', 'constructor', 'attachments']
const addresses = [
  'a@x.example',
  'Ann <a@x.example>',
  'bad@@x.example',
  ' ',
  'a@b',
  'no-at',
  `${'a'.repeat(308)}@x.example`,
]
const single = /^[^\p{Cc}\p{Zl}\p{Zp}]*$/u

/** Reads lists made of hostile lines, cut into pieces anywhere. The same seed makes the same ones. */
export function fuzzRows(count: number, seed: number): FuzzedRows {
  const below = numbersFrom(seed)
  const one = <T>(list: T[]): T => list[below(list.length)]!
  const value = (depth: number): unknown => {
    const kinds = [
      () => one(hostileValues),
      () => one(addresses),
      () => ({ address: one(addresses), name: one(hostileValues) }),
      () => one([null, true, 0, 1, -1, 1.5, 1e300, '', {}, []]),
      () => (depth > 2 ? 1 : Array.from({ length: below(4) }, () => value(depth + 1))),
      () => Object.fromEntries(Array.from({ length: below(5) }, () => [one(hostileValues), value(depth + 1)])),
    ]
    return one(kinds)()
  }
  const good = (row: number): Record<string, unknown> => ({
    row,
    to: one(addresses),
    fields: { First: one(hostileValues) },
  })
  const result: FuzzedRows = { lines: 0, rows: 0, bad: 0, faults: [] }
  const reader = new RowReader()
  for (let line = 1; line <= count; line++) {
    const written = { ...good(line), ...(below(2) === 0 && { [one(members)]: value(0) }) }
    let json = JSON.stringify(written)
    if (below(8) === 0) json = json.slice(0, below(json.length)) + one(hostileValues).replaceAll('\n', ' ')
    const bytes = Buffer.from(`${json}\n`)
    if (below(20) === 0) bytes[below(bytes.length - 1)] = 128 + below(128)
    const cut = below(bytes.length)
    const found = [...reader.take(bytes.subarray(0, cut)), ...reader.take(bytes.subarray(cut))]
    result.lines += found.length
    for (const read of found) {
      if (isBad(read)) result.bad++
      else if (single.test([read.to, ...read.cc, ...read.bcc].map(({ address, name }) => address + name).join('')))
        result.rows++
      else result.faults.push(json)
      if (isBad(read) && read.line !== line) result.faults.push(`line ${line} is called ${read.line}`)
    }
  }
  return result
}
