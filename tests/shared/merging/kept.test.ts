import { Kept } from '@securemailmerge/shared/merging/kept'
import { expect, it } from 'vitest'

it('keeps what was used last, of so many bytes together', () => {
  const kept = new Kept<string>(10)
  kept.set('a', 'A', 4)
  kept.set('b', 'B', 4)
  expect(kept.get('a')).toBe('A')
  kept.set('c', 'C', 4)
  expect(['a', 'b', 'c'].map((key) => kept.get(key))).toEqual(['A', undefined, 'C'])
})

it('a value takes the place of the one before, and its bytes', () => {
  const kept = new Kept<string>(10)
  kept.set('a', 'A', 9)
  kept.set('a', 'A2', 5)
  kept.set('b', 'B', 5)
  expect([kept.get('a'), kept.get('b')]).toEqual(['A2', 'B'])
})

it('one that is larger than all may be is not kept, and keeps nothing out later', () => {
  const kept = new Kept<string>(10)
  kept.set('a', 'A', 11)
  expect(kept.get('a')).toBeUndefined()
  kept.set('b', 'B', 10)
  expect(kept.get('b')).toBe('B')
})
