import { Uploads } from '@securemailmerge/shared/merging/uploads'
import { expect, it } from 'vitest'

/** A list that comes in until it is told to end. */
function aList(uploads: Uploads, of: string) {
  const { promise, resolve } = Promise.withResolvers<string>()
  return { taken: uploads.take(of, () => promise), end: () => resolve(of) }
}

it('one list of an account at a time', async () => {
  const uploads = new Uploads()
  const first = aList(uploads, 'a')
  await expect(aList(uploads, 'a').taken).rejects.toMatchObject({
    ...{ code: 'too_many_requests', details: { retryAfterSeconds: 15 } },
  })
  first.end()
  expect(await first.taken).toBe('a')
  await expect(uploads.take('a', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  expect(await uploads.take('a', async () => 'again')).toBe('again')
})

it('four of all at a time', async () => {
  const uploads = new Uploads()
  const lists = ['a', 'b', 'c', 'd'].map((of) => aList(uploads, of))
  await expect(aList(uploads, 'e').taken).rejects.toMatchObject({
    ...{ code: 'unavailable', details: { retryAfterSeconds: 15 } },
  })
  for (const { end } of lists) end()
  await Promise.all(lists.map(({ taken }) => taken))
  expect(await uploads.take('e', async () => 'now')).toBe('now')
})
