import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { People } from '../kit/people.ts'
import { monday } from './monday.ts'
import { race } from './rounds.ts'

let people: People
beforeAll(async () => {
  people = await People.start()
})
afterAll(() => people.stop())

describe('C14 over HTTP', () => {
  it('5 rounds of 20 callers: none over, none lost, each is answered', async () => {
    expect(await race(people, 5, 20, () => {})).toMatchObject({ over: 0, lost: 0, timedOut: 0 })
  })
})

describe("a company's first Monday", () => {
  it('300 look up at once: all are answered and licensed, and all are bound within a minute', async () => {
    expect(await monday(people, 300)).toMatchObject({ answers: ['200 licensed'], unbound: 0 })
  }, 120_000)
})
