import { Work } from '@securemailmerge/shared/merging/work'
import { expect, it } from 'vitest'

/** Work on a clock that each piece moves on. */
function aWork() {
  let now = 0
  const work = new Work(() => now)
  return { work, piece: (ms: number) => work.do(() => (now += ms)), wait: (ms: number) => (now += ms) }
}

it('others have their turn after 20 ms of work, and not after each piece', async () => {
  const { work, piece } = aWork()
  let turns = 0
  const others = setInterval(() => turns++, 0)
  for (let n = 0; n < 19; n++) {
    piece(1)
    await work.rest()
  }
  expect(turns).toBe(0)
  let rested = false
  setImmediate(() => (rested = true))
  piece(1)
  await work.rest()
  expect(rested).toBe(true)
  clearInterval(others)
})

it('is refused when it comes to more than a minute; to wait is no work', async () => {
  const { work, piece, wait } = aWork()
  wait(600_000)
  piece(60_000)
  await work.rest()
  piece(1)
  await expect(work.rest()).rejects.toMatchObject({ code: 'body_too_large', details: { workSeconds: 60 } })
})

it('a piece that fails counts, and fails', async () => {
  const { work, piece } = aWork()
  expect(() =>
    work.do(() => {
      piece(60_001)
      throw new Error('broken')
    }),
  ).toThrow('broken')
  await expect(work.rest()).rejects.toMatchObject({ code: 'body_too_large' })
})
