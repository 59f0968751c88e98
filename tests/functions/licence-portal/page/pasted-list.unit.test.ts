import { performance } from 'node:perf_hooks'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  checked,
  entriesOf,
  planOf,
  without,
} from '../../../../functions/licence-portal/page/pages/subscriptions/licences/pasted-list.ts'

const nobody = () => false

describe('what a pasted list is made of', () => {
  it.each([
    ['lines', 'a@x.fr\r\nb@x.fr\n\n c@x.fr ', ['a@x.fr', 'b@x.fr', 'c@x.fr']],
    ['commas and semicolons', 'a@x.fr, b@x.fr;c@x.fr;', ['a@x.fr', 'b@x.fr', 'c@x.fr']],
    ['blanks alone', 'a@x.fr b@x.fr', ['a@x.fr', 'b@x.fr']],
    ['names', 'Anne D. <a@x.fr>, Bob <b@x.fr>', ['Anne D. <a@x.fr>', 'Bob <b@x.fr>']],
    [
      'names with commas, as Outlook copies them',
      'Dupont, Anne <a@x.fr>; Roux, Bob <b@x.fr>',
      ['Dupont, Anne <a@x.fr>', 'Roux, Bob <b@x.fr>'],
    ],
    ['names with commas behind an address', 'a@x.fr, Roux, Bob <b@x.fr>', ['a@x.fr', 'Roux, Bob <b@x.fr>']],
    ['quoted names', '"Roux; Bob" <b@x.fr>,a@x.fr', ['"Roux; Bob" <b@x.fr>', 'a@x.fr']],
    ['quoted cells', '"a@x.fr","b@x.fr"', ['a@x.fr', 'b@x.fr']],
    ['rows of a spreadsheet', 'Anne\ta@x.fr\tSales\nBob\tb@x.fr', ['a@x.fr', 'b@x.fr']],
    ['what is no address', 'Anne Dupont\nanne@', ['Anne Dupont', 'anne@']],
    ['a quote that is never closed', '"a@x.fr, b@x.fr', ['"a@x.fr', 'b@x.fr']],
  ])('%s', (_, text, entries) => {
    expect(entriesOf(text)).toEqual(entries)
  })

  it('takes no longer for one line that never ends', () => {
    const before = performance.now()
    for (const one of ['a,', '"', 'a ', '<', 'a@x.fr, ']) entriesOf(one.repeat(20_000))
    expect(performance.now() - before).toBeLessThan(4_000)
  })
})

describe('what would come of each entry', () => {
  it.each([
    ['a@x.fr', 'new'],
    ['Anne <A@X.fr.>', 'new'],
    ['has@x.fr', 'has_one'],
    ['not an address', 'not_an_address'],
    ['a\u200Bb@x.fr', 'invisible_character'],
    [`${'a'.repeat(65)}@x.fr`, 'too_long'],
    ['Anne <>', 'empty'],
  ])('%j is %s', (text, verdict) => {
    expect(checked(text, (address) => address === 'has@x.fr')).toMatchObject([{ text, verdict }])
  })

  it('says of the same address, however it is written, that it stands there twice', () => {
    const list = checked('a@x.fr\nA@X.FR\nAnne <a@x.fr>\nb@x.fr', nobody)
    expect(list.map(({ verdict }) => verdict)).toEqual(['new', 'twice', 'twice', 'new'])
  })
})

describe('what is sent', () => {
  const list = checked('Anne <a@x.fr>\nhas@x.fr\na@x.fr\nwrong\nb@x.fr\nc@x.fr', (address) => address === 'has@x.fr')

  it('each address once, without names', () => {
    expect(planOf(list, 10)).toEqual({ send: ['a@x.fr', 'has@x.fr', 'b@x.fr', 'c@x.fr'], wanted: 3, missing: 0 })
  })

  it('of the new ones only so many as are free, from the beginning', () => {
    expect(planOf(list, 2)).toEqual({ send: ['a@x.fr', 'has@x.fr', 'b@x.fr'], wanted: 3, missing: 1 })
    expect(planOf(list, 0)).toEqual({ send: ['has@x.fr'], wanted: 3, missing: 3 })
  })
})

it('takes what was sent off the list, and loses nothing else of it', () => {
  const text = 'Anne <A@x.fr>; wrong\nb@x.fr, a@x.fr'
  expect(without(text, new Set(['a@x.fr']))).toBe('wrong\nb@x.fr')
  expect(without(text, new Set())).toBe('Anne <A@x.fr>\nwrong\nb@x.fr\na@x.fr')
})

it('reads what it left on the list as it read it before', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ab@. ,;\t\n"<>é') }), (text) => {
      const left = without(text, new Set())
      expect(entriesOf(left)).toEqual(entriesOf(text))
    }),
    { numRuns: 2_000, examples: [['";"'], ['"a;b"'], ['"a, b"']] },
  )
})
