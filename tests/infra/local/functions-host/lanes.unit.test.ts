import { expect, it } from 'vitest'
import { Lanes } from '../../../../infra/local/functions-host/lanes.ts'

it('runs 16 of one service at once, the others in their order, and holds up no other service', async () => {
  const lanes = new Lanes()
  const started: string[] = []
  const end: (() => void)[] = []
  const work = (name: string) => () =>
    new Promise<void>((resolve) => {
      started.push(name)
      end.push(resolve)
    })
  const running = Array.from({ length: 20 }, (_, n) => lanes.run('busy', work(`busy ${n}`)))
  running.push(lanes.run('quiet', work('quiet')))
  expect(started).toEqual([...Array.from({ length: 16 }, (_, n) => `busy ${n}`), 'quiet'])
  end[0]?.()
  await running[0]
  expect(started.at(-1)).toBe('busy 16')
  while (end.length > 0) {
    end.pop()?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  await Promise.all(running)
  expect(started).toHaveLength(21)
})

it('gives the place back when the work fails', async () => {
  const lanes = new Lanes()
  const failing = Array.from({ length: 40 }, () => lanes.run('one', () => Promise.reject(new Error('no'))))
  expect((await Promise.allSettled(failing)).map(({ status }) => status)).toEqual(failing.map(() => 'rejected'))
  expect(await lanes.run('one', async () => 'still served')).toBe('still served')
})
