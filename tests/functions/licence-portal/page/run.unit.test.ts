import { SEATS_PER_CALL } from '@securemailmerge/shared/licensing/seats'
import { describe, expect, it } from 'vitest'
import { chunks, PER_CALL, Run } from '../../../../functions/licence-portal/page/pages/subscriptions/licences/run.ts'

const list = (count: number) => Array.from({ length: count }, (_, index) => index)

/** Keys in order: k1, k2, … */
const keys = () => {
  let last = 0
  return () => `k${++last}`
}

it('sends no more in one call than the service takes', () => {
  expect(PER_CALL).toBe(SEATS_PER_CALL)
})

it.each([
  [0, []],
  [1, [1]],
  [90, [90]],
  [91, [90, 1]],
  [200, [90, 90, 20]],
])('cuts %i into parts', (count, sizes) => {
  const parts = chunks(list(count), 90)
  expect(parts.map(({ length }) => length)).toEqual(sizes)
  expect(parts.flat()).toEqual(list(count))
})

describe('a run', () => {
  it('sends each part once, in order, under a key of its own', async () => {
    const sent: [number, string][] = []
    const run = new Run<number, number>(
      list(200),
      async (items, key) => {
        sent.push([items.length, key])
        return items
      },
      keys(),
    )
    await run.goOn()
    expect(sent).toEqual([
      [90, 'k1'],
      [90, 'k2'],
      [20, 'k3'],
    ])
    expect(run.progress.value).toEqual({ phase: 'done', total: 200, done: list(200), problem: null })
  })

  it('stops after the part that is under way, and goes on with the next', async () => {
    const sent: string[] = []
    const run: Run<number, number> = new Run(
      list(200),
      async (items, key) => {
        sent.push(key)
        if (key === 'k1') run.stop()
        return items
      },
      keys(),
    )
    await run.goOn()
    expect(run.progress.value).toMatchObject({ phase: 'stopped', done: list(90) })
    await run.goOn()
    expect(sent).toEqual(['k1', 'k2', 'k3'])
    expect(run.progress.value).toMatchObject({ phase: 'done', done: list(200) })
  })

  it('says why a part was refused, loses nothing, and sends it again under the same key', async () => {
    const sent: string[] = []
    const run = new Run<number, number>(
      list(100),
      async (items, key) => {
        sent.push(key)
        if (sent.length === 2) throw new Error('no_free_seat')
        return items
      },
      keys(),
    )
    await run.goOn()
    expect(run.progress.value).toMatchObject({ phase: 'refused', done: list(90), problem: new Error('no_free_seat') })
    await run.goOn()
    expect(sent).toEqual(['k1', 'k2', 'k2'])
    expect(run.progress.value).toMatchObject({ phase: 'done', done: list(100), problem: null })
  })

  it('is not begun a second time while it is under way', async () => {
    const sent: string[] = []
    const run = new Run<number, number>(
      list(1),
      async (items, key) => {
        sent.push(key)
        return items
      },
      keys(),
    )
    await Promise.all([run.goOn(), run.goOn()])
    expect(sent).toEqual(['k1'])
  })

  it('tells whoever watches, until they do not any more', async () => {
    const run = new Run<number, number>(list(1), async (items) => items, keys())
    const seen: string[] = []
    const leave = run.progress.subscribe(() => seen.push(run.progress.value.phase))
    await run.goOn()
    leave()
    await run.goOn()
    expect(seen).toEqual(['running', 'running', 'done'])
  })
})
