import type { Content } from '@securemailmerge/shared/merging/content'
import { type LeftOut, LeftOutLines } from '@securemailmerge/shared/merging/left-out'
import { asCsv, type ReportLine, reportLines } from '@securemailmerge/shared/merging/report'
import type { Row } from '@securemailmerge/shared/merging/row'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { noon } from '../../builders.ts'
import { MemorySending } from '../../kit/memory-sending.ts'
import { aCampaign, aRow, idOf } from '../../kit/merging-builders.ts'

const row = (position: number): Row => ({
  row: position + 100,
  to: { address: `p${position}@x.example`, name: null },
  cc: [],
  bcc: [],
  fields: {},
})
/** A list of which nothing is left, or all. */
const content = (isThere = true) =>
  ({ row: async (_: unknown, position: number) => (isThere ? row(position) : undefined) }) as unknown as Content

describe('a report', () => {
  const sending = () => {
    const store = new MemorySending(() => noon)
    store.put(
      aRow({ position: 1, row: 101, state: 'sent', to: 'a@x.example' }),
      aRow({ position: 3, row: 103, state: 'failed', why: 'ErrorInvalidRecipients' }),
      aRow({ position: 4, row: 104, state: 'pending', why: 'throttled' }),
    )
    return store.asSending
  }

  it('has a line for each row, in order, whether it was attempted or not', async () => {
    const { lines, next } = await reportLines({ content: content(), sending: sending() }, aCampaign({ total: 5 }), 0)
    expect(next).toBeNull()
    expect(lines.map(({ position, row: number, state, why }) => [position, number, state, why])).toEqual([
      [1, 101, 'sent', null],
      [2, 102, 'pending', null],
      [3, 103, 'failed', 'ErrorInvalidRecipients'],
      [4, 104, 'pending', 'throttled'],
      [5, 105, 'pending', null],
    ])
    expect(lines[0]).toMatchObject({ to: 'a@x.example', at: noon.toISOString() })
    expect(lines[1]).toMatchObject({ to: 'p2@x.example', at: null })
  })

  it('of a cancelled campaign says of which rows nothing will come', async () => {
    const campaign = aCampaign({ total: 5, state: 'cancelled' })
    const { lines } = await reportLines({ content: content(), sending: sending() }, campaign, 0)
    expect(lines.map(({ state }) => state)).toEqual(['sent', 'cancelled', 'failed', 'cancelled', 'cancelled'])
  })

  it('keeps what was attempted when the list is gone', async () => {
    const parts = { content: content(false), sending: sending() }
    const { lines } = await reportLines(parts, aCampaign({ total: 5 }), 0)
    expect(lines.map(({ position }) => position)).toEqual([1, 3, 4])
  })

  it('comes in parts of 5,000 which are the whole, none twice', async () => {
    const store = new MemorySending(() => noon)
    const attempted = [1, 499, 500, 501, 4_999, 5_000, 5_001, 10_000, 12_000]
    store.put(...attempted.map((position) => aRow({ position, state: 'sent', campaignId: idOf() })))
    const seen: (number | null)[] = []
    const sent: (number | null)[] = []
    for (let after: number | null = 0; after !== null; ) {
      const parts = { content: content(), sending: store.asSending }
      const part: Awaited<ReturnType<typeof reportLines>> = await reportLines(
        parts,
        aCampaign({ total: 12_345 }),
        after,
      )
      expect(part.lines.length).toBeLessThanOrEqual(5_000)
      for (const { position, state } of part.lines) {
        seen.push(position)
        if (state === 'sent') sent.push(position)
      }
      after = part.next
    }
    expect(seen).toEqual(Array.from({ length: 12_345 }, (_, at) => at + 1))
    expect(sent).toEqual(attempted)
  })
})

describe('what was left out', () => {
  const notes = new Map<string, unknown>()
  const store = {
    putNote: async (_: unknown, name: string, value: unknown) => void notes.set(name, structuredClone(value)),
    note: async (_: unknown, name: string) => notes.get(name),
  }
  const listed = { ...content(), ...store } as unknown as Content
  const leftOut = (line: number): LeftOut => ({ line, row: null, to: `x${line}`, why: 'address_invalid', about: 'to' })

  it('stands behind the rows, in the same parts, however much it is; nothing of it is left without content', async () => {
    const lines = new LeftOutLines(listed, aCampaign())
    for (let line = 1; line <= 12_000; line += 1) await lines.add(leftOut(line))
    await lines.end()
    const campaign = aCampaign({ total: 3, skipped: 12_000 })
    const parts = { content: listed, sending: new MemorySending(() => noon).asSending }
    const sizes: number[] = []
    const seen: (number | null)[] = []
    for (let after: number | null = 0; after !== null; ) {
      const part: Awaited<ReturnType<typeof reportLines>> = await reportLines(parts, campaign, after)
      sizes.push(part.lines.length)
      seen.push(...part.lines.map(({ position, line }) => position ?? line))
      after = part.next
    }
    expect(sizes).toEqual([5_000, 5_000, 2_003])
    expect(seen).toEqual([1, 2, 3, ...Array.from({ length: 12_000 }, (_, at) => at + 1)])
    const [first] = (await reportLines(parts, campaign, 2_503)).lines
    expect(first).toEqual({ ...leftOut(2_501), position: null, state: 'skipped', at: null })
    const gone = await reportLines(parts, { ...campaign, isEmptied: true }, 0)
    expect(gone.lines.filter(({ state }) => state === 'skipped')).toEqual([])
    expect(asCsv([first!], 'en', false)).toBe(',x2501,skipped,,address_invalid,that is not an address,2501,to\r\n')
  })
})

describe('the same as CSV', () => {
  const line = (some: Partial<ReportLine> = {}): ReportLine => ({
    ...{ position: 1, row: 2, to: 'a@x.example', state: 'sent', at: noon.toISOString(), why: null },
    ...{ line: null, about: null },
    ...some,
  })

  it('has a heading in its first part alone', () => {
    const text = '2,a@x.example,sent,2026-03-01T12:00:00.000Z,,,,\r\n'
    expect(asCsv([line()], 'en', true)).toBe(`row,to,state,at,why,reason,line,about\r\n${text}`)
    expect(asCsv([line(), line()], 'en', false)).toBe(text + text)
    expect(asCsv([], 'en', false)).toBe('')
  })

  it('has the separator that Excel wants in the language; a cell with either is in quotes', () => {
    const rest = ['sent', noon.toISOString(), '', '', '', '']
    const text = (language: 'en' | 'fr') => asCsv([line({ to: 'a;b,c' })], language, true)
    for (const [language, separator] of [['en', ','] as const, ['fr', ';'] as const])
      expect(text(language).split('\r\n')).toEqual([
        ['row', 'to', 'state', 'at', 'why', 'reason', 'line', 'about'].join(separator),
        ['2', '"a;b,c"', ...rest].join(separator),
        '',
      ])
  })

  it.each([
    ['en', 'ErrorInvalidRecipients', 'Microsoft does not accept an address of this row. Correct it,'],
    ['fr', 'ErrorInvalidRecipients', "Microsoft n'accepte pas une adresse de cette ligne. Corrige-la,"],
    ['en', 'said_by_sender', 'You have said so yourself.'],
    ['en', 'http_400', 'Microsoft did not take the mail (http_400). Try'],
    ['fr', 'constructor', "Microsoft n'a pas pris le message (constructor). Réessaie"],
  ] as const)('says in %s why: %s', (language, why, sentence) =>
    expect(asCsv([line({ state: 'failed', why })], language, false)).toContain(sentence),
  )

  it.each([
    ['=1+1', "'=1+1"],
    ['+x@x.example', "'+x@x.example"],
    ['-x@x.example', "'-x@x.example"],
    ['@x', "'@x"],
    ['\t=1', "'\t=1"],
    ['a"b,c', '"a""b,c"'],
    ['a\r\n=b', '"a\r\n=b"'],
    ['=a"', `"'=a"""`],
    ["'a", "'a"],
  ])('%j becomes %s', (to, cell) =>
    expect(asCsv([line({ to })], 'en', false)).toBe(asCsv([line({ to: 'X' })], 'en', false).replace('X', () => cell)),
  )

  it('whatever stands in it, it is read back as it was, and no cell begins a formula', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (to, why) => {
        const cells = parse(asCsv([line({ to, why })], 'en', false))
        expect(cells).toHaveLength(8)
        expect(cells[1]).toMatch(/^(?![=+\-@\t\r])/)
        const back = (cell: string) => cell.replace(/^'(?=[=+\-@\t\r])/, '')
        if (!to.startsWith("'")) expect(back(cells[1]!)).toBe(to)
        if (!why.startsWith("'")) expect(back(cells[4]!)).toBe(why)
      }),
      { numRuns: 2_000 },
    )
  })
})

/** The cells of the one record of a CSV text (RFC 4180). */
function parse(text: string): string[] {
  const cells: string[] = []
  let rest = text
  for (;;) {
    const [all, quoted, plain, end] = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/.exec(rest) ?? []
    if (all === undefined) throw new Error(`not CSV: ${JSON.stringify(text)}`)
    cells.push(quoted?.replaceAll('""', '"') ?? plain ?? '')
    rest = rest.slice(all.length)
    if (end === ',') continue
    expect(rest).toBe('')
    return cells
  }
}
