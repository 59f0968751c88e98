import { describe, expect, it } from 'vitest'
import type { HistoryEntry } from '../../../../functions/licence-portal/page/data/answers.ts'
import { byDay } from '../../../../functions/licence-portal/page/pages/subscription/history/days.ts'
import { levelsOf } from '../../../../functions/licence-portal/page/pages/subscription/history/levels.ts'
import { stepsOf } from '../../../../functions/licence-portal/page/pages/subscription/history/steps.ts'

const on = (day: number) => new Date(Date.UTC(2026, 0, day)).toISOString()
const at = (day: number) => Date.UTC(2026, 0, day)
const anEntry = (day: number, did: string, more: Partial<HistoryEntry> = {}): HistoryEntry => ({
  ...{ id: `${did} ${day}`, at: on(day), by: 'you', did },
  ...{ quantity: null, quantityBefore: null, state: null, changed: [], seats: [] },
  ...more,
})
const seats = (count: number, outcome: string) =>
  Array.from({ length: count }, (_, index) => ({ seat: `${index}`, address: `u${index}@contoso.example`, outcome }))

const bought = anEntry(1, 'purchased', { quantity: 10, state: 'active' })
const eight = anEntry(3, 'assigned', { seats: seats(8, 'assigned') })
const raised = anEntry(5, 'changed_at_seller', { quantity: 12, state: 'active' })
const asked = anEntry(4, 'quantity_asked', { quantity: 12, quantityBefore: 10 })
const two = anEntry(7, 'withdrawn', { seats: seats(2, 'withdrawn') })
const all = [two, raised, asked, eight, bought]

describe('days', () => {
  it('hold what happened on them, in the order that it is told in', () => {
    const days = byDay([anEntry(2, 'b'), anEntry(2, 'a'), anEntry(1, 'granted')], (instant) => instant.slice(0, 10))
    const shown = days.map(({ day, entries }) => [day, entries.map(({ entry }) => entry.did)])
    expect(shown).toEqual([
      ['2026-01-02', ['b', 'a']],
      ['2026-01-01', ['granted']],
    ])
  })

  it('give each change what was told of the quantity before it, a wish apart', () => {
    const placed = byDay(all, () => 'one day').flatMap(({ entries }) => entries)
    expect(placed.map(({ before }) => before?.quantity)).toEqual([12, 10, 10, 10, undefined])
  })
})

describe('levels', () => {
  it('are reckoned backwards from what there is now', () => {
    expect(levelsOf(all, true, { assigned: 6, quantity: 12 })).toEqual({
      from: at(1),
      assigned: [
        { at: at(1), count: 0 },
        { at: at(3), count: 8 },
        { at: at(4), count: 8 },
        { at: at(5), count: 8 },
        { at: at(7), count: 6 },
      ],
      quantity: [
        { at: at(1), count: 10 },
        { at: at(5), count: 12 },
      ],
    })
  })

  it('are not drawn where history and numbers do not fit: one of them is newer', () => {
    expect(levelsOf(all, true, { assigned: 7, quantity: 12 })).toBeUndefined()
    expect(levelsOf(all, true, { assigned: 6, quantity: 13 })).toBeUndefined()
    expect(levelsOf([two, eight], false, { assigned: 3, quantity: 12 })).not.toBeUndefined()
    expect(
      levelsOf([anEntry(9, 'assigned', { seats: seats(5, 'assigned') }), eight], false, { assigned: 3, quantity: 9 }),
    ).toBeUndefined()
  })

  it('of a part of the history begin with that part, and its quantity where it is first told', () => {
    const levels = levelsOf([two, raised, asked], false, { assigned: 6, quantity: 12 })
    expect(levels?.from).toBe(at(4))
    expect(levels?.quantity).toEqual([{ at: at(5), count: 12 }])
  })

  it('know the quantity of a part in which it never changed', () => {
    expect(levelsOf([two, eight], false, { assigned: 6, quantity: 10 })?.quantity).toEqual([{ at: at(3), count: 10 }])
  })

  it('do not reach back beyond an erasure, which does not tell how many licences went', () => {
    const erased = anEntry(6, 'erased', { seats: seats(3, 'erased') })
    const one = anEntry(9, 'assigned', { seats: seats(1, 'assigned') })
    const levels = levelsOf([one, two, erased, ...all.slice(1)], true, { assigned: 5, quantity: 12 })
    expect(levels?.from).toBe(at(7))
    expect(levels?.assigned).toEqual([
      { at: at(7), count: 4 },
      { at: at(9), count: 5 },
    ])
  })

  it('of a licence that is handed on stay, and fall when the other one had a licence', () => {
    const handedOn = (outcome: string) =>
      anEntry(9, 'handed_on', { seats: [...seats(1, 'withdrawn'), ...seats(1, outcome)] })
    const first = (outcome: string) =>
      levelsOf([handedOn(outcome), two], false, { assigned: 5, quantity: 9 })?.assigned[0]
    expect(first('assigned')?.count).toBe(5)
    expect(first('already_bound')?.count).toBe(6)
  })

  it('of less than a day are not worth a drawing', () => {
    expect(levelsOf([two], false, { assigned: 6, quantity: 12 })).toBeUndefined()
    expect(levelsOf([], true, { assigned: 0, quantity: 12 })).toBeUndefined()
  })
})

it('a line goes on level until its number changes, and to the end', () => {
  const frame = { width: 100, height: 50, from: 0, until: 10, most: 10 }
  const levels = [
    { at: 0, count: 0 },
    { at: 5, count: 10 },
    { at: 8, count: 4 },
  ]
  expect(stepsOf(levels, frame)).toBe('M0 50H50V0H80V30H100')
})
