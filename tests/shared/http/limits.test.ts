import { Limits } from '@securemailmerge/shared/http/limits'
import { expect, it } from 'vitest'
import { later, noon, refusalOf } from '../../builders.ts'

const takes = (limits: Limits, times: number, who = 'a', at = noon) => {
  for (let n = 0; n < times; n += 1) limits.take(who, 3, at)
}

it('takes so many calls of one in a minute, and says when the next one may come', () => {
  const limits = new Limits()
  takes(limits, 3)
  expect(refusalOf(() => limits.take('a', 3, later(15_500)))).toEqual({
    code: 'too_many_requests',
    message: 'At most 3 calls a minute.',
    details: { retryAfterSeconds: 45 },
  })
})

it('counts each one alone', () => {
  const limits = new Limits()
  takes(limits, 3, 'a')
  expect(() => takes(limits, 3, 'b')).not.toThrow()
})

it('begins again with the next minute, and when the clock steps back', () => {
  const limits = new Limits()
  takes(limits, 3)
  expect(() => takes(limits, 3, 'a', later(60_000))).not.toThrow()
  expect(() => takes(limits, 3, 'a', later(-1))).not.toThrow()
})

it('does not grow with the number of callers', () => {
  const limits = new Limits()
  for (let n = 0; n < 50_002; n += 1) limits.take(`caller-${n}`, 1, noon)
  expect(() => limits.take('caller-0', 1, noon)).not.toThrow()
})
