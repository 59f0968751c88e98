import { compile, isTemplate } from '@securemailmerge/shared/merging/template/compile'
import { fieldKey } from '@securemailmerge/shared/merging/template/field'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addressColumn,
  filledRows,
  htmlOf,
  linesOf,
  repeatedHeading,
  tableOf,
} from '../../../infra/local/add-in/list.ts'

const parsed = (lines: string) =>
  lines
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))

describe('a list that is pasted into the add-in page', () => {
  it.each([
    ['tabs, as a spreadsheet copies', 'Email\tFirst\na@x.example\tAnna\n', '\t'],
    ['commas', 'Email,First\r\na@x.example,Anna', ','],
    ['semicolons', '\uFEFFEmail;First\ra@x.example;Anna\r', ';'],
  ])('is read with %s', (_, pasted) => {
    const table = tableOf(pasted)
    expect(table.columns).toEqual(['Email', 'First'])
    expect(filledRows(table)).toEqual([['a@x.example', 'Anna']])
  })

  it('keeps what stands between quotes, whatever it is', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', ';', '\t', '\n', ' ', '{') })
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 5 }), (rows) => {
        const lines = rows.map(([one, other]) => `a@x.example,${quoted(one)},${quoted(other)}`)
        const read = parsed(linesOf(tableOf(['Email,One,Other', ...lines].join('\n')), 0))
        expect(read.map(({ fields }) => [fields.One, fields.Other])).toEqual(rows)
      }),
    )
  })

  it('never throws, and never makes rows of nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '@', '"', ',', ';', '\t', '\r', '\n', ' ') }), (pasted) => {
        const table = tableOf(pasted)
        const lines = parsed(linesOf(table, addressColumn(table)))
        expect(lines).toHaveLength(filledRows(table).length)
        expect(lines.every(({ row }) => row >= 1)).toBe(true)
      }),
    )
  })

  it('numbers rows as they stand below the headings, with holes', () => {
    const read = parsed(linesOf(tableOf('Email\na@x.example\n\nb@x.example\n'), 0))
    expect(read.map(({ row, to }) => [row, to])).toEqual([
      [1, 'a@x.example'],
      [3, 'b@x.example'],
    ])
  })

  it('leaves out columns without a heading, and fills cells that are missing', () => {
    const [row] = parsed(linesOf(tableOf('Email,,First\na@x.example,x'), 0))
    expect(row).toEqual({ row: 1, to: 'a@x.example', fields: { Email: 'a@x.example', First: '' } })
  })

  it.each([
    ['Name;E-Mail\nAnna;a@x.example', 1],
    ['Nom;Courriel\nAnna;a@x.example', 1],
    ['Who,Where\nAnna,a@x.example', 1],
    ['Address,E-mail\n1 High Street,a@x.example', 1],
    ['Adresse;Ville;Contact\n1 rue Haute;Lyon;a@x.example', 2],
    ['Email sent,Email\nyes,a@x.example', 1],
    ['Manager,Address\nm@x.example,a@x.example', 1],
    ['Adresse;Courriel\n', 1],
    ['Name;Adresse\nAnna;', 1],
    ['Who,What\nAnna,Blue', -1],
    ['', -1],
  ])('finds the column of addresses: %j', (pasted, column) => {
    expect(addressColumn(tableOf(pasted))).toBe(column)
  })
})

describe('two equal headings', () => {
  it.each([
    ['Email,First,First\n', 'First'],
    ['Email,First,first \n', 'first'],
    ['Email,,First,\n', null],
  ])('%j: %s', (pasted, heading) => {
    expect(repeatedHeading(tableOf(pasted))).toBe(heading)
  })

  it('are those that a template cannot tell apart', () => {
    const name = fc.string({
      unit: fc.constantFrom('e', 'E', '\u0301', 'é', ' ', '\u00a0', '\u200b', '\u00ad'),
      maxLength: 4,
    })
    fc.assert(
      fc.property(name, name, (one, other) => {
        const isTwice = fieldKey(one) !== '' && fieldKey(one) === fieldKey(other)
        expect(repeatedHeading({ columns: [one, other], rows: [] })).toBe(isTwice ? other : null)
      }),
    )
  })
})

describe('a text', () => {
  it('becomes paragraphs, and nothing in it becomes HTML', () => {
    expect(htmlOf('Dear {{First|a & b}},\r\n\r\n\r\none <b>\ntwo\n')).toBe(
      '<p>Dear {{First|a &amp; b}},</p>\n\n\n<p>one &lt;b&gt;<br>\ntwo</p>',
    )
    expect(htmlOf('one  \n \n\ntwo')).toBe('<p>one</p>  \n \n\n<p>two</p>')
    expect(htmlOf(' \n\n ')).toBe('')
  })

  it('is told of by the line where it was typed', () => {
    const lines = fc.array(fc.constantFrom('', ' ', 'one', 'two words', 'a < b'), { maxLength: 8 })
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const found = compile('x', htmlOf([...before, 'Dear {{Name', ...after].join('\n')))
        expect(isTemplate(found) ? null : found.problems[0]?.line).toBe(before.length + 1)
      }),
    )
  })
})
