import { Unreadable } from '@securemailmerge/shared/stripe/purchase'
import { allOf, pagesOf } from '@securemailmerge/shared/stripe/read'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'

const Thing = z.looseObject({ id: z.string() })

/** A list of so many things, and what was asked of it. */
function aList(many: number) {
  const asked: object[] = []
  const call = async ({ limit, starting_after }: { limit: number; starting_after?: string }) => {
    asked.push({ limit, ...(starting_after ? { starting_after } : {}) })
    const from = starting_after === undefined ? 0 : Number(starting_after) + 1
    const data = Array.from({ length: Math.max(0, Math.min(limit, many - from)) }, (_, at) => ({ id: `${from + at}` }))
    return { data, has_more: from + limit < many }
  }
  return { asked, call }
}

describe('a list of the seller', () => {
  it.each([
    [0, 1],
    [20, 1],
    [21, 2],
    [120, 2],
    [121, 3],
    [1000, 11],
  ])('of %i things is read to its end in %i calls, each thing once', async (many, calls) => {
    const { asked, call } = aList(many)
    expect((await allOf(Thing, call)).map(({ id }) => Number(id))).toEqual(Array.from({ length: many }, (_, at) => at))
    expect(asked).toHaveLength(calls)
  })

  it('is read no further than is asked for, a short page first', async () => {
    const { asked, call } = aList(1000)
    let pages = 0
    for await (const { hasMore } of pagesOf(Thing, call)) {
      expect(hasMore).toBe(true)
      pages += 1
      if (pages === 2) break
    }
    expect(asked).toEqual([{ limit: 20 }, { limit: 100, starting_after: '19' }])
  })

  it('that has no end is given up, and nothing is taken for its end', async () => {
    const endless = async () => ({ data: [{ id: crypto.randomUUID() }], has_more: true })
    await expect(allOf(Thing, endless)).rejects.toThrow(new Unreadable('a list has no end'))
  })

  it('with an empty page is over, whatever it says', async () => {
    expect(await allOf(Thing, async () => ({ data: [], has_more: true }))).toEqual([])
  })

  it('with something that cannot be understood is not read', async () => {
    const wrong = async () => ({ data: [{ id: 'a' }, { id: 7 }], has_more: false })
    await expect(allOf(Thing, wrong)).rejects.toThrow(new Unreadable('1.id: invalid_type'))
  })
})
