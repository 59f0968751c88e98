import { readRows } from '@securemailmerge/shared/merging/read-rows'
import type { BadRow } from '@securemailmerge/shared/merging/row-line'
import { isBad, type Line, MOST_LINE_BYTES, RowReader } from '@securemailmerge/shared/merging/rows'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fuzzRows } from '../../fuzz/rows.ts'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

/** What a list of these bytes is, in pieces of so many. */
function read(bytes: Uint8Array, pieceBytes = bytes.length || 1): Line[] {
  const reader = new RowReader()
  const pieces = Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, n) =>
    bytes.slice(n * pieceBytes, (n + 1) * pieceBytes),
  )
  return [...pieces.flatMap((piece) => reader.take(piece)), ...reader.end()]
}

const readText = (...lines: string[]): Line[] => read(encode(lines.join('\n')))
const line = (changes: object = {}): string => JSON.stringify({ row: 1, to: 'a@x.example', fields: {}, ...changes })
const one = (changes: object): Line | undefined => readText(line(changes))[0]
const fault = (found: Line | undefined): Partial<BadRow> | undefined =>
  found && isBad(found) ? { code: found.code, about: found.about } : undefined

describe('the rows of a list', () => {
  it('are read as they are', () => {
    const json = line({
      row: 7,
      to: { address: 'Ann.Lee@X.Example', name: 'Ann Lee' },
      cc: ['b@x.example', { address: 'c@x.example' }],
      bcc: 'd@x.example',
      fields: { First: 'Ann', Note: ' two\nlines ', Empty: null },
    })
    expect(readText(json)).toEqual([
      {
        row: 7,
        to: { address: 'Ann.Lee@x.example', name: 'Ann Lee' },
        cc: [
          { address: 'b@x.example', name: null },
          { address: 'c@x.example', name: null },
        ],
        bcc: [{ address: 'd@x.example', name: null }],
        fields: { First: 'Ann', Note: ' two\nlines ', Empty: '' },
      },
    ])
  })

  it('may stand in any pieces, with any line ends, a byte order mark and empty lines', () => {
    const text = `\ufeff${line({ fields: { Name: 'Nguy\u1ec5n \u{1f680}' } })}\r\n\n  \n${line({ row: 2 })}\n`
    const whole = read(encode(text))
    expect(whole.map((found) => (isBad(found) ? found : found.row))).toEqual([1, 2])
    for (const bytes of [1, 2, 3, 7]) expect(read(encode(text), bytes)).toEqual(whole)
    expect(readText(line(), '', '{')[1]).toEqual({ line: 3, row: null, code: 'not_json', about: null, to: null })
  })

  it('come from a stream, which may use its memory again', async () => {
    async function* pieces() {
      const memory = new Uint8Array(10)
      const bytes = encode(`${line()}\n${line({ row: 2 })}`)
      for (let at = 0; at < bytes.length; at += 10) {
        const piece = bytes.subarray(at, at + 10)
        memory.set(piece)
        yield memory.subarray(0, piece.length)
      }
    }
    const numbers: unknown[] = []
    for await (const row of readRows(pieces())) numbers.push(!isBad(row) && row.row)
    expect(numbers).toEqual([1, 2])
  })

  it.each([
    ['no JSON', '{"row":1,', 'not_json', null],
    ['a list', '[]', 'not_a_row', null],
    ['null', 'null', 'not_a_row', null],
    ['a member that no row has', line({ attachments: [] }), 'member_unknown', 'attachments'],
    ['no number', line({ row: undefined }), 'row_number_invalid', 'row'],
    ['number 0', line({ row: 0 }), 'row_number_invalid', 'row'],
    ['half a number', line({ row: 1.5 }), 'row_number_invalid', 'row'],
    ['a number as text', line({ row: '1' }), 'row_number_invalid', 'row'],
    ['nobody to send to', line({ to: undefined }), 'address_missing', 'to'],
    ['an empty address', line({ to: '' }), 'address_missing', 'to'],
    ['blanks as address', line({ to: ' ' }), 'address_missing', 'to'],
    ['a name alone', line({ to: { name: 'Ann' } }), 'address_missing', 'to'],
    ['two at signs', line({ to: 'bad@@x.example' }), 'address_invalid', 'to'],
    ['no dot in the domain', line({ to: 'a@b' }), 'address_invalid', 'to'],
    ['no at sign', line({ to: 'no-at' }), 'address_invalid', 'to'],
    ['two addresses in one', line({ to: 'a@x.example, b@x.example' }), 'address_invalid', 'to'],
    ['two addresses, by semicolon', line({ to: 'a@x.example;b@x.example' }), 'address_invalid', 'to'],
    ['a line break in the address', line({ to: 'a@x.example\r\nBcc: b@x.example' }), 'address_invalid', 'to'],
    ['a list of addressees', line({ to: ['a@x.example'] }), 'address_invalid', 'to'],
    ['more said of an addressee', line({ to: { address: 'a@x.example', type: 'to' } }), 'address_invalid', 'to'],
    ['320 characters', line({ to: `${'a'.repeat(64)}@${'b'.repeat(250)}.test` }), 'address_too_long', 'to'],
    ['320 characters before the at sign', line({ to: `${'a'.repeat(310)}@x.example` }), 'address_too_long', 'to'],
    ['600 characters', line({ to: `${'a'.repeat(590)}@x.example` }), 'address_too_long', 'to'],
    ['a bad copy', line({ cc: ['a@x.example', 'no-at'] }), 'address_invalid', 'cc'],
    ['a bad blind copy', line({ bcc: { address: 1 } }), 'address_invalid', 'bcc'],
    ['501 addresses', line({ cc: Array(500).fill('a@x.example') }), 'too_many_addresses', null],
    ['a name without end', line({ to: { address: 'a@x.example', name: 'x'.repeat(257) } }), 'name_too_long', 'to'],
    ['no fields', line({ fields: undefined }), 'fields_invalid', 'fields'],
    ['fields as list', line({ fields: ['x'] }), 'fields_invalid', 'fields'],
    ['a number as value', line({ fields: { N: 1 } }), 'value_not_text', 'N'],
    ['columns that cannot be told apart', line({ fields: { First: 'a', ' FIRST ': 'b' } }), 'column_twice', ' FIRST '],
    [
      '201 columns',
      line({ fields: Object.fromEntries(Array.from({ length: 201 }, (_, n) => [`c${n}`, 'x'])) }),
      'too_many_columns',
      'fields',
    ],
    ['a column name without end', line({ fields: { ['x'.repeat(256)]: 'x' } }), 'fields_invalid', 'x'.repeat(50)],
    ['a line without end', line({ fields: { x: 'x'.repeat(MOST_LINE_BYTES) } }), 'too_long', null],
  ])('%s is said of its line, and the others are read', (_, bad, code, about) => {
    const [first, second, third] = readText(line({ row: 8 }), bad, line({ row: 9 }))
    expect(second).toMatchObject({ line: 2, code, about })
    expect([first, third].map((found) => found && !isBad(found) && found.row)).toEqual([8, 9])
  })

  it('a number that was there is said, with the number', () => {
    expect(readText(line(), line({ row: 2 }), line())[2]).toEqual({
      line: 3,
      row: 1,
      code: 'row_number_twice',
      about: 'row',
      to: 'a@x.example',
    })
    const afterBad = readText(line({ to: 'no-at' }), line())
    expect(afterBad.map((found) => isBad(found))).toEqual([true, false])
  })

  it('bytes that are no UTF-8 are said of their line', () => {
    const bytes = Buffer.concat([encode(`${line()}\n{"`), Buffer.from([0xff, 0xfe]), encode(`"}\n${line({ row: 2 })}`)])
    expect(read(bytes).map((found) => (isBad(found) ? [found.line, found.code] : found.row))).toEqual([
      1,
      [2, 'not_utf8'],
      2,
    ])
  })

  it('are 100,000 at most, however they are: a longer list is refused whole', () => {
    const lines = Array.from({ length: 100_000 }, (_, n) => (n % 2 ? '{' : line({ row: n + 1 })))
    expect(readText(...lines, '', ' ')).toHaveLength(100_000)
    expect(() => readText(...lines, '{')).toThrow(
      expect.objectContaining({ code: 'body_too_large', details: { rows: 100_000 } }),
    )
  }, 60_000)

  it('nothing but empty lines is no list either', () => {
    const reader = new RowReader()
    expect(reader.take(encode('\n'.repeat(100_000)))).toEqual([])
    expect(() => reader.take(encode(' \n'))).toThrow(expect.objectContaining({ code: 'body_too_large' }))
  })

  it('have 1,000 columns together', () => {
    const columns = (from: number) => Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`c${from + n}`, '']))
    const list = Array.from({ length: 7 }, (_, n) => line({ row: n + 1, fields: columns(n * 200) }))
    const read = readText(...list, line({ row: 8, fields: columns(0) }))
    expect(read.map((found) => (isBad(found) ? found.code : found.row))).toEqual([
      ...[1, 2, 3, 4, 5, 'too_many_columns', 'too_many_columns', 8],
    ])
  })

  it('keep what stands where an address should be, so that its sender finds it', () => {
    const typed = (to: unknown) => one({ to }) as BadRow
    expect(['no-at', { address: ' a@b ' }, { name: 'Ann' }, 7, ' '].map((to) => typed(to).to)).toEqual([
      ...['no-at', ' a@b ', null, null, null],
    ])
    expect(typed('x'.repeat(1000)).to).toHaveLength(320)
  })

  it('a line of 50 MB takes no memory', () => {
    const reader = new RowReader()
    const piece = new Uint8Array(64 * 1024).fill(120)
    const before = process.memoryUsage().arrayBuffers
    for (let n = 0; n < 800; n++) expect(reader.take(piece)).toEqual([])
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8_000_000)
    expect(reader.take(encode('\n'))).toEqual([{ line: 1, row: null, code: 'too_long', about: null, to: null }])
  })
})

describe('C33 whoever a row names, it adds nobody', () => {
  it.each([
    ['A" <b@x.example>, "C', 'A" <b@x.example>, "C'],
    ['A\r\nBcc: b@x.example', 'A Bcc: b@x.example'],
    ['A\u2028B\u0085C\0D', 'A B C D'],
    [' \n ', null],
    ['M\u00fcller, J\u00fcrgen "JJ"', 'M\u00fcller, J\u00fcrgen "JJ"'],
  ])('the name %j', (name, kept) => {
    expect(one({ to: { address: 'a@x.example', name } })).toMatchObject({ to: { address: 'a@x.example', name: kept } })
  })

  it.each([
    ['Ann <a@x.example>', 'Ann'],
    ['"M\u00fcller, J\u00fcrgen \\"JJ\\"" <a@x.example>', 'M\u00fcller, J\u00fcrgen "JJ"'],
    ['<a@x.example>', null],
    [' a@x.example ', null],
  ])('the text %j', (to, name) => {
    expect(one({ to })).toMatchObject({ to: { address: 'a@x.example', name }, cc: [], bcc: [] })
  })

  it('whatever the text, it is one address or none', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(fc.constantFrom('a@x.example', '<', '>', ',', ';', '"', '\n', '\r\nBcc: ', 'B', ' ', '@'), {
          maxLength: 8,
        })
        .map((some) => some.join('')),
    )
    fc.assert(
      fc.property(text, text, (to, name) => {
        for (const found of [one({ to }), one({ to: { address: to, name } })]) {
          if (!found || isBad(found)) continue
          expect(found.to.address).toMatch(/^[^@\s,;<>"]+@[a-z0-9.-]+$/)
          expect(found.to.name ?? '').not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u)
        }
      }),
      { numRuns: 400 },
    )
  }, 60_000)
})

it('C32 columns with names of objects are columns', () => {
  const found = readText(`{"row":1,"to":"a@x.example","fields":{"__proto__":"x","constructor":"y"}}`)[0]
  expect(found && !isBad(found) && Object.entries(found.fields)).toEqual([
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ])
  expect(fault(readText(`{"row":1,"to":"a@x.example","fields":{},"__proto__":{}}`)[0])).toEqual({
    code: 'member_unknown',
    about: '__proto__',
  })
})

it('1,000 hostile lines are read, each for itself', () => {
  const { faults, rows, bad } = fuzzRows(1000, 1)
  expect(faults).toEqual([])
  expect(Math.min(rows, bad)).toBeGreaterThan(100)
}, 60_000)
