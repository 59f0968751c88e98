import { describe, expect, it } from 'vitest'
import type { Seat, Subscription } from '../../../../functions/licence-portal/page/data/answers.ts'
import { between } from '../../../../functions/licence-portal/page/pages/subscriptions/licences/between.ts'
import { keyMove } from '../../../../functions/licence-portal/page/pages/subscriptions/licences/key-move.ts'
import { withGaps } from '../../../../functions/licence-portal/page/pages/subscriptions/licences/row-gaps.ts'
import {
  agrees,
  seatsIn,
  withAssigned,
  withCounts,
  withDeeds,
} from '../../../../functions/licence-portal/page/pages/subscriptions/licences/seat-changes.ts'
import {
  beginsWith,
  passes,
  seatFilters,
  seatState,
} from '../../../../functions/licence-portal/page/pages/subscriptions/licences/seat-state.ts'
import { seatsCsv } from '../../../../functions/licence-portal/page/pages/subscriptions/licences/seats-csv.ts'
import { asksFirst, canUndo } from '../../../../functions/licence-portal/page/pages/subscriptions/licences/sure.ts'
import { noon } from '../../../builders.ts'

const at = noon.toISOString()
const seat = (address: string, some: Partial<Seat> = {}): Seat => ({
  ...{ id: `id of ${address}`, address, typed: address, state: 'assigned', overQuantity: false, assignedAt: at },
  ...{ boundAt: null, releasedAt: null, account: null, usedOn: null },
  ...some,
})
const bound = { state: 'bound', boundAt: at, account: { tenantId: 't', objectId: 'o' } } as const
const gone = { state: 'released', releasedAt: at } as const

describe('what is said of a licence', () => {
  it.each([
    ['never_used', {}, null],
    ['in_use', bound, at],
    ['last_used', { ...bound, usedOn: '2026-02-28' }, '2026-02-28T12:00'],
    ['freed', { usedOn: '2026-02-28' }, '2026-02-28T12:00'],
    ['withdrawn', { ...gone, usedOn: '2026-02-28' }, at],
  ] as const)('%s', (state, some, when) => {
    expect(seatState(seat('a@x.fr', some))).toEqual({ state, at: when })
  })

  it.each([
    [{}, ['all', 'never_used']],
    [{ usedOn: '2026-02-28' }, ['all']],
    [bound, ['all', 'in_use']],
    [{ ...bound, overQuantity: true }, ['all', 'in_use', 'over_quantity']],
    [gone, ['withdrawn']],
  ] as const)('%j is found as %j', (some, filters) => {
    expect(seatFilters.filter((filter) => passes(seat('a@x.fr', some), filter))).toEqual(filters)
  })

  it.each([
    ['', true],
    ['Anne.D', true],
    [' anne ', true],
    ['sales.', true],
    ['dupont', false],
    ['x.fr', false],
  ])('begins with %j: %s', (prefix, begins) => {
    expect(beginsWith(seat('anne.dupont@sales.x.fr'), prefix)).toBe(begins)
  })
})

describe('what was read, after a change', () => {
  const pages = () => [
    { seats: [seat('c@x.fr'), seat('b@x.fr', { ...bound, overQuantity: true })], next: '/2' },
    { seats: [seat('a@x.fr', gone)], next: null },
  ]
  const deed = (address: string, outcome: string) => ({ seat: `id of ${address}`, address, outcome })

  it('has those that were assigned first, as they were typed, and those that had one as they were', () => {
    const deeds = [deed('d@x.fr', 'assigned'), deed('a@x.fr', 'assigned'), deed('b@x.fr', 'already_bound')]
    const seats = seatsIn(withAssigned(pages(), deeds, ['D@X.fr', 'a@x.fr', 'b@x.fr'], at))
    expect(seats.map(({ typed, state }) => [typed, state])).toEqual([
      ['a@x.fr', 'assigned'],
      ['D@X.fr', 'assigned'],
      ['c@x.fr', 'assigned'],
      ['b@x.fr', 'bound'],
    ])
  })

  it('has those that were withdrawn in their place, in nobody’s use and beyond nothing', () => {
    const [, after] = seatsIn(withDeeds(pages(), [deed('b@x.fr', 'withdrawn')], at))
    expect(after).toEqual(seat('b@x.fr', gone))
  })

  it('has those that were freed without their account', () => {
    const [first, after] = seatsIn(withDeeds(pages(), [deed('b@x.fr', 'rebound'), deed('c@x.fr', 'not_bound')], at))
    expect(first).toEqual(seat('c@x.fr'))
    expect(after).toEqual(seat('b@x.fr', { overQuantity: true }))
  })

  it('has each licence once, also when it came in two pages', () => {
    const twice = [...pages(), { seats: [seat('c@x.fr')], next: null }]
    expect(seatsIn(twice).map(({ address }) => address)).toEqual(['c@x.fr', 'b@x.fr', 'a@x.fr'])
  })
})

const subscription = (some: Partial<Subscription>) => some as Subscription

describe('a subscription after a change', () => {
  it.each([
    [{ ceiling: null }, { quantity: 10, assigned: 4 }, { free: 6, overQuantity: 0 }],
    [{ ceiling: 5 }, { quantity: 10, assigned: 4 }, { free: 1, overQuantity: 0 }],
    [{ ceiling: null }, { quantity: 3, assigned: 4 }, { free: 0, overQuantity: 1 }],
  ])('%j with %j', (one, counts, shown) => {
    expect(withCounts(subscription(one), counts)).toMatchObject({ ...counts, ...shown })
  })

  it('does not agree with a list that counts otherwise, or marks others', () => {
    const seats = [seat('a@x.fr'), seat('b@x.fr', { overQuantity: true }), seat('c@x.fr', gone)]
    expect(agrees(seats, subscription({ assigned: 2, overQuantity: 1 }))).toBe(true)
    expect(agrees(seats, subscription({ assigned: 3, overQuantity: 1 }))).toBe(false)
    expect(agrees(seats, subscription({ assigned: 2, overQuantity: 0 }))).toBe(false)
  })

  it('is asked about before many are withdrawn, or any that could not be given back', () => {
    const calm = subscription({ licensing: true, overQuantity: 0, may: ['assign'] })
    expect([asksFirst(10, calm), asksFirst(11, calm)]).toEqual([false, true])
    expect(canUndo({ ...calm, overQuantity: 1 })).toBe(false)
    expect(asksFirst(1, { ...calm, overQuantity: 1 })).toBe(true)
    expect(asksFirst(1, { ...calm, licensing: false })).toBe(true)
  })
})

describe('the file of all licences', () => {
  const words = { heading: (column: string) => column, state: () => 'in use', yes: 'yes', no: 'no' }

  it('begins with the mark of UTF-8, has a line for each, and ends its lines as spreadsheets do', () => {
    const text = seatsCsv([seat('é@x.fr', { ...bound, typed: 'É@X.fr', usedOn: '2026-02-28' })], words)
    expect(text).toBe(
      [
        '\uFEFFaddress,state,over_quantity,assigned_at,in_use_since,last_used_on,withdrawn_at',
        `É@X.fr,in use,no,${at},${at},2026-02-28,`,
        '',
      ].join('\r\n'),
    )
  })

  it.each(['=cmd@x.fr', '+1@x.fr', '-1@x.fr', '@sum(1)', '\tx', '\rx'])('lets %j be no formula', (typed) => {
    const cell = seatsCsv([seat('a@x.fr', { typed })], words)
      .split('\r\n')[1]
      ?.split(',')[0]
    expect(cell?.replace(/^"/, '').startsWith("'")).toBe(true)
  })

  it('puts cells that hold separators or quotes into quotes', () => {
    const text = seatsCsv([seat('a@x.fr', { typed: 'a,b;c"d' })], { ...words, state: () => 'x, y' })
    expect(text.split('\r\n')[1]).toMatch(/^"a,b;c""d","x, y",/)
  })
})

describe('the table', () => {
  it.each([
    ['a', 'c', ['a', 'b', 'c']],
    ['d', 'b', ['b', 'c', 'd']],
    [null, 'b', ['b']],
    ['gone', 'b', ['b']],
  ])('a range from %s to %s', (from, to, ids) => {
    expect(between(['a', 'b', 'c', 'd'], from, to)).toEqual(ids)
  })

  const pressed = { shiftKey: false, ctrlKey: false, metaKey: false, altKey: false }
  const rows = { here: 5, count: 100, isRow: true }
  const go = (to: number, asRange = false) => ({ kind: 'go', to, asRange })
  it.each([
    [{ key: 'ArrowDown' }, rows, go(6)],
    [{ key: 'ArrowUp', shiftKey: true }, rows, go(4, true)],
    [{ key: 'ArrowUp' }, { ...rows, here: 0 }, go(0)],
    [{ key: 'PageDown' }, { ...rows, here: 95 }, go(99)],
    [{ key: 'Home' }, rows, go(0)],
    [{ key: 'End', ctrlKey: true }, rows, go(99)],
    [{ key: ' ' }, rows, { kind: 'toggle', asRange: false }],
    [{ key: ' ' }, { ...rows, isRow: false }, undefined],
    [{ key: 'Enter' }, rows, { kind: 'more' }],
    [{ key: 'Enter' }, { ...rows, isRow: false }, undefined],
    [{ key: 'a', ctrlKey: true }, rows, { kind: 'all' }],
    [{ key: 'A', metaKey: true }, rows, { kind: 'all' }],
    [{ key: 'c', ctrlKey: true }, rows, undefined],
    [{ key: 'ArrowDown', altKey: true }, rows, undefined],
    [{ key: 'ArrowDown' }, { ...rows, count: 0 }, undefined],
    [{ key: 'toString' }, rows, undefined],
  ])('%j', (some, place, move) => {
    expect(keyMove({ ...pressed, ...some }, place)).toEqual(move)
  })

  it('is as high with gaps as with all of its rows', () => {
    const item = (index: number) => ({ key: `r${index}`, index, start: 44 + index * 10, end: 54 + index * 10 })
    const drawn = withGaps([item(0), item(7), item(8)], { first: 44, last: 44 + 100 })
    expect(drawn.map(({ index, gap }) => [index, gap])).toEqual([
      [0, 0],
      [null, 60],
      [7, 0],
      [8, 0],
      [null, 10],
    ])
    expect(new Set(drawn.map(({ key }) => key)).size).toBe(drawn.length)
    expect(withGaps([], { first: 44, last: 44 })).toEqual([])
  })
})
