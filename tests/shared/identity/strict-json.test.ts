import { hasDuplicateMembers } from '@securemailmerge/shared/identity/strict-json'
import fc from 'fast-check'
import { expect, it } from 'vitest'

it.each([
  ['{"aud":"a","aud":"b"}'],
  ['{"aud":"a","x":{"aud":"b"},"aud":"c"}'],
  ['{"aud":"a","\\u0061ud":"b"}'],
  ['{"x":[{"a":1,"a":2}]}'],
  ['{"x":{"y":{"a":1 , "a" : 2}}}'],
  ['[{"a":1},{"b":1,"b":2}]'],
  ['{"":1,"":2}'],
  ['{"a\\"":1,"a\\"":2}'],
])('sees a member named twice: %s', (json) => {
  expect(hasDuplicateMembers(json)).toBe(true)
})

it.each([
  ['{}'],
  ['{"aud":"a","AUD":"b"}'],
  ['{"aud":"aud","x":"aud"}'],
  ['{"x":{"a":1},"y":{"a":1},"a":1}'],
  ['{"a":["a","a"],"b":"{\\"a\\":1,\\"a\\":2}"}'],
  ['[{"a":1},{"a":1}]'],
  ['{"a\\\\":"\\"","a":"{"}'],
])('sees none in %s', (json) => {
  expect(hasDuplicateMembers(json)).toBe(false)
})

it('never sees one in what was written from a value, and always the one that was added', () => {
  const member = fc.tuple(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 3 }))
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), member, (value, [name, inner]) => {
      const { [name]: _, ...rest } = value
      const json = JSON.stringify(rest)
      expect(hasDuplicateMembers(json)).toBe(false)
      const added = `${JSON.stringify(name)}:${JSON.stringify(inner)}`
      const with_ = (times: number) => `{${[json.slice(1, -1), ...Array(times).fill(added)].filter(Boolean).join(',')}}`
      expect(hasDuplicateMembers(with_(1))).toBe(false)
      expect(hasDuplicateMembers(with_(2))).toBe(true)
    }),
    { numRuns: 300 },
  )
})
