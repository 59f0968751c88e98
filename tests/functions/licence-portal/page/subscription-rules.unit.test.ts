import { describe, expect, it } from 'vitest'
import type { Subscription } from '../../../../functions/licence-portal/page/data/answers.ts'
import { attentionsOf, inOrder } from '../../../../functions/licence-portal/page/pages/subscriptions/attention.ts'
import { choices, isWanted, matches } from '../../../../functions/licence-portal/page/pages/subscriptions/found.ts'
import { standingOf } from '../../../../functions/licence-portal/page/pages/subscriptions/shown-state.ts'
import { day, later, noon } from '../../../builders.ts'

const inDays = (days: number) => later(days * day).toISOString()

const one = (some: Partial<Subscription> = {}): Subscription => ({
  ...{ id: 'sub_1', name: 'Contoso', reference: null, source: 'purchased', interval: 'yearly' },
  ...{ quantity: 10, assigned: 4, ceiling: null, free: 6, overQuantity: 0 },
  ...{ licensing: true, state: 'active', term: 'renewing', paidUntil: inDays(200), endsAt: null },
  ...{ contact: null, role: 'owner', may: ['see', 'assign'] },
  ...some,
})
const off = { licensing: false, endsAt: null }

describe('how a subscription stands', () => {
  it.each([
    ['active', {}, inDays(200)],
    ['renewing_late', { paidUntil: inDays(-1) }, inDays(-1)],
    ['fixed', { term: 'fixed', endsAt: inDays(200) }, inDays(200)],
    ['cancelled', { term: 'cancelled', endsAt: inDays(9) }, inDays(9)],
    ['trialing', { state: 'trialing', endsAt: inDays(5) }, inDays(5)],
    ['past_due', { state: 'past_due', paidUntil: inDays(-3), endsAt: inDays(11) }, inDays(11)],
    ['extended', { state: 'ended', endsAt: inDays(3) }, inDays(3)],
    ['payment_pending', { ...off, state: 'payment_pending' }, inDays(200)],
    ['paused', { ...off, state: 'paused' }, inDays(200)],
    ['ended', { ...off, state: 'ended' }, inDays(200)],
    ['ended_unpaid', { ...off, state: 'ended_unpaid' }, inDays(200)],
  ] as const)('%s', (state, some, at) => {
    expect(standingOf(one(some), noon)).toEqual({ state, at })
  })

  it('what the seller calls active or owed is over when it does not license any more', () => {
    expect(standingOf(one({ ...off, term: 'fixed' }), noon).state).toBe('ended')
    expect(standingOf(one({ ...off, state: 'past_due' }), noon).state).toBe('ended_unpaid')
  })
})

describe('what asks for attention', () => {
  it.each([
    [[], {}],
    [['over_quantity'], { overQuantity: 2, free: 0 }],
    [[], { ...off, state: 'ended', overQuantity: 2 }],
    [['past_due'], { state: 'past_due', endsAt: inDays(11) }],
    [['ended_unpaid'], { ...off, state: 'ended_unpaid' }],
    [[], { ...off, state: 'ended_unpaid', assigned: 0 }],
    [['payment_pending'], { ...off, state: 'payment_pending' }],
    [['ending_soon'], { term: 'cancelled', endsAt: inDays(30) }],
    [[], { term: 'cancelled', endsAt: inDays(31) }],
    [['ending_soon'], { term: 'fixed', endsAt: inDays(1) }],
    [['none_free'], { free: 0 }],
    [['over_quantity', 'past_due'], { overQuantity: 1, free: 0, state: 'past_due', endsAt: inDays(2) }],
    [['ending_soon', 'none_free'], { free: 0, term: 'fixed', endsAt: inDays(1) }],
  ] as [string[], Partial<Subscription>][])('%j', (attentions, some) => {
    expect(attentionsOf(one(some), noon)).toEqual(attentions)
  })

  it('stands first, the most urgent above; what is over stands last; names decide among equals', () => {
    const named = (name: string, some: Partial<Subscription> = {}) => one({ name, ...some })
    const all = [
      named('Over', { ...off, state: 'ended' }),
      named('Client 10'),
      named('Client 9'),
      named('Full', { free: 0 }),
      named('Ending', { term: 'cancelled', endsAt: inDays(3) }),
      named('Pending', { ...off, state: 'payment_pending' }),
      named('Unpaid', { ...off, state: 'ended_unpaid' }),
      named('Owed', { state: 'past_due', endsAt: inDays(3) }),
      named('Too many', { overQuantity: 1, free: 0 }),
    ]
    expect(inOrder(all, noon, 'en').map(({ name }) => name)).toEqual([
      ...['Too many', 'Owed', 'Unpaid', 'Pending', 'Ending', 'Full', 'Client 9', 'Client 10', 'Over'],
    ])
  })
})

describe('what is found', () => {
  it.each([
    ['', true],
    ['europe', true],
    ['societe', true],
    ['4711 generale', true],
    ['  Générale  ', true],
    ['4712', false],
    ['generale asia', false],
  ])('%j: %s', (search, found) => {
    expect(matches({ name: 'Société Générale Europe', reference: 'PO 4711' }, search)).toBe(found)
  })

  it('by state, or what asks for attention', () => {
    const full = one({ free: 0 })
    expect(isWanted(full, 'all', noon)).toBe(true)
    expect(isWanted(full, 'attention', noon)).toBe(true)
    expect(isWanted(full, 'active', noon)).toBe(true)
    expect(isWanted(full, 'ended', noon)).toBe(false)
  })

  it('offers only what finds something, and says how many', () => {
    const all = [one(), one({ free: 0 }), one({ ...off, state: 'ended' })]
    expect(choices(all, noon)).toEqual([
      { wanted: 'all', count: 3 },
      { wanted: 'attention', count: 1 },
      { wanted: 'active', count: 2 },
      { wanted: 'ended', count: 1 },
    ])
    expect(choices([], noon)).toEqual([{ wanted: 'all', count: 0 }])
  })
})
