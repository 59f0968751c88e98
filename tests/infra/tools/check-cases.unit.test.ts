import { describe, expect, it } from 'vitest'
import { casesIn, uncovered } from '../../../infra/tools/check-cases.ts'

const goesBeyond = true

describe('finds tests named after a case', () => {
  it.each([
    ['a test', "it('C14 never too many', () => {\n})", 'C14'],
    ['a suite', "  describe('C16 one key', () => {\n  })", 'C16'],
    ['a test with options', "it.concurrent('C20: the instant', () => {\n})", 'C20'],
    ['a name on its own line', 'test(\n  `C22 who may`,\n  () => {\n  },\n)', 'C22'],
  ])('%s', (_, source, number) => {
    expect(casesIn(source)).toEqual([{ number, goesBeyond: false }])
  })

  it.each([
    ['the number later in the name', "it('as C14 says', () => {})"],
    ['the number inside a word', "it('XC14', () => {})"],
    ['a skipped test', "it.skip('C14 never too many', () => {})"],
    ['a test to be written', "it.todo('C14 never too many')"],
    ['a comment', "// it('C14 never too many', () => {})"],
    ['another function', "log('C14 never too many')"],
  ])('but not %s', (_, source) => {
    expect(casesIn(source)).toEqual([])
  })
})

it('takes the whole number', () => {
  expect(casesIn("it('C140 other', () => {})")).toEqual([{ number: 'C140', goesBeyond: false }])
})

describe('sees what goes beyond one input', () => {
  it.each([
    ['a property', "it('C14 x', () => {\n  fc.assert(\n  )\n})"],
    ['an awaited property', "it('C14 x', async () => {\n  await fc.assert(\n  )\n})"],
    ['a loop over a table', "it('C14 x', () => {\n  for (const row of table) {\n  }\n})"],
    ['a table of tests', "describe('C14 x', () => {\n  it.each(table)('row', () => {\n  })\n})"],
    ['a table before the name', "it.each(table)('C14 %s', () => {\n})"],
    ['a long table before the name', "it.each([\n  [1],\n  [2],\n])('C14 %s', () => {\n})"],
  ])('%s', (_, source) => {
    expect(casesIn(source)).toEqual([{ number: 'C14', goesBeyond }])
  })

  it('only inside the test itself', () => {
    const source = "it('C14 x', () => {\n  one()\n})\n\nit('many', () => {\n  fc.assert(all)\n})"
    expect(casesIn(source)).toEqual([{ number: 'C14', goesBeyond: false }])
  })

  it('only in code', () => {
    expect(casesIn("it('C14 x', () => {\n  // fc.assert(all)\n})")).toEqual([{ number: 'C14', goesBeyond: false }])
  })
})

describe('lists what is not covered', () => {
  it.each([
    ['nothing', [{ number: 'C14', goesBeyond }], []],
    [
      'nothing when one of several tests goes beyond',
      [false, true].map((beyond) => ({ number: 'C14', goesBeyond: beyond })),
      [],
    ],
    ['a case without a test', [{ number: 'C16', goesBeyond }], ['C14: no test has a name that begins with it']],
    ['a case with one input', [{ number: 'C14', goesBeyond: false }], ['C14: no property or table in its tests']],
  ])('%s', (_, found, lines) => {
    expect(uncovered(['C14'], found)).toEqual(lines)
  })
})
