import { capacity, type Subscription } from '@securemailmerge/shared/licensing/subscription'
import { applied, CEILING_MS } from '@securemailmerge/shared/purchasing/apply'
import {
  askEnd,
  askQuantity,
  boughtAt,
  isEndToBeTold,
  isToBeTold,
  mustWithdraw,
  refuseQuantity,
  seatLine,
} from '@securemailmerge/shared/purchasing/managing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aChange, aState, aSubscription, decided, later, noon, refusalOf } from '../../builders.ts'
import { anItem, aStripeSubscription, seen } from '../../stripe-objects.ts'

const minute = 60_000
const seller = {
  mode: 'test',
  subscription: 'sub_1',
  customer: 'cus_1',
  item: 'si_seats',
  interval: 'monthly',
} as const
const bought = (some: Partial<Subscription> = {}) => aState({ source: 'purchased', term: 'renewing', seller, ...some })
const asked = (to: number, some: Partial<Subscription> = {}, at = noon) =>
  decided(askQuantity(to), bought(some), aChange({ at }))

describe('what can be asked of the seller', () => {
  it('nothing about a subscription that was granted', () => {
    const granted = aSubscription()
    expect(refusalOf(() => boughtAt(granted)).code).toBe('not_purchased')
    expect(refusalOf(() => seatLine(granted)).code).toBe('not_purchased')
    expect(refusalOf(() => decided(askQuantity(5), aState())).code).toBe('not_purchased')
    expect(refusalOf(() => decided(askEnd('cancel_asked'), aState())).code).toBe('not_purchased')
  })

  it('no other quantity while seats stand on several lines', () => {
    const several = { seller: { ...seller, item: null } }
    expect(refusalOf(() => asked(5, several)).code).toBe('not_purchased')
    expect(decided(askEnd('cancel_asked'), bought(several)).did).toBe('cancel_asked')
  })
})

describe('fewer seats', () => {
  it('are a ceiling at once, and the quantity stays what the seller says', () => {
    const { subscription, did, answer } = asked(7, { assigned: 7 })
    expect(did).toBe('quantity_asked')
    expect(answer).toEqual({ at: noon.toISOString(), sellersId: 'sub_1', item: 'si_seats', from: 10, to: 7 })
    expect(subscription).toEqual({
      ...bought({ assigned: 7 }).subscription,
      ...{ ceiling: 7, ceilingAt: noon.toISOString() },
      asked: { changeId: 'change-1', to: 7, at: noon.toISOString(), isOver: false },
    })
  })

  it.each([
    [7, 8, 1],
    [1, 10, 9],
    [0, 1, 1],
    [5, 12, 7],
  ])('%i of which %i are assigned: withdraw %i first', (to, assigned, missing) => {
    expect(refusalOf(() => asked(to, { assigned }))).toEqual({
      code: 'below_assigned',
      message: `Licences assigned: ${assigned}. Withdraw ${missing} first.`,
      details: { assigned, mustWithdraw: missing },
    })
    expect(mustWithdraw(aSubscription({ assigned }), to)).toBe(missing)
  })

  it.each([7, 8, 10, 11])('nobody has to be withdrawn for %i of which 7 are assigned', (to) => {
    const subscription = aSubscription({ assigned: 7 })
    expect(mustWithdraw(subscription, to)).toBe(0)
    expect(() => refuseQuantity(subscription, to, noon)).not.toThrow()
    expect(asked(to, { assigned: 7 }).did).toBe('quantity_asked')
  })

  it.each([
    ['the lower one first', 5, 7],
    ['the higher one first', 7, 5],
    ['more first', 12, 7],
  ])(
    'asked for after another of which nobody knows: the lower of the two counts until it is settled, %s',
    (_, a, b) => {
      const { asked: given, ceiling, ceilingAt } = asked(a).subscription!
      const second = asked(b, { asked: given!, ceiling, ceilingAt }, later(5 * minute))
      // Either may be what the seller does last.
      expect(second.subscription).toMatchObject({ ceiling: Math.min(a, b), ceilingAt: later(5 * minute).toISOString() })
      expect(second.answer).toMatchObject({ from: 10, to: b })
    },
  )
})

describe('more seats', () => {
  it.each([11, 100_000])('%i: count when the seller says so, and no more than these while it is asked', (to) => {
    const { subscription, did, answer } = asked(to)
    expect(did).toBe('quantity_asked')
    expect(answer).toMatchObject({ from: 10, to })
    expect(subscription).toMatchObject({ quantity: 10, ceiling: to, asked: { to, isOver: false } })
    expect(capacity(subscription!)).toBe(10)
    // Somebody raises it at the seller meanwhile: ours may still come.
    expect(capacity({ ...subscription!, quantity: to + 1 })).toBe(to)
  })

  it('lift no ceiling: what was asked for before may still come', () => {
    expect(asked(12, { ceiling: 7, ceilingAt: noon.toISOString() }).subscription).toMatchObject({ ceiling: 7 })
  })

  it.each([
    ['past_due', 'payment_failed'],
    ['payment_pending', 'not_licensing'],
    ['paused', 'not_licensing'],
    ['ended', 'not_licensing'],
    ['ended_unpaid', 'not_licensing'],
  ] as const)('are not sold of one that is %s: %s', (state, code) => {
    expect(refusalOf(() => asked(11, { state })).code).toBe(code)
  })

  it.each(['past_due', 'payment_pending', 'paused'] as const)('fewer can be given back of one that is %s', (state) => {
    for (const to of [9, 10]) expect(asked(to, { state }).did).toBe('quantity_asked')
  })

  it.each(['active', 'trialing'] as const)('are sold of one that is %s', (state) => {
    expect(asked(11, { state }).did).toBe('quantity_asked')
  })
})

describe('as many seats', () => {
  it('are no wish to tell, and settle what was asked before', () => {
    const { subscription } = asked(10, { ceiling: 7, ceilingAt: noon.toISOString() })
    expect(subscription).toMatchObject({ ceiling: 7, ceilingAt: noon.toISOString(), asked: { to: 10, isOver: true } })
  })
})

describe('one wish at a time', () => {
  const open = { changeId: 'other', to: 12, at: noon.toISOString(), isOver: false }

  it.each([0, minute, 5 * minute - 1])('another is refused while nobody knows what came of the first: %i ms', (ms) => {
    const refusal = refusalOf(() => asked(8, { asked: open }, later(ms)))
    expect(refusal).toMatchObject({ code: 'changed_meanwhile', details: { retryAfterSeconds: 15 } })
  })

  it('is let in when the first is settled, or five minutes old', () => {
    expect(asked(8, { asked: { ...open, isOver: true } }).did).toBe('quantity_asked')
    expect(asked(8, { asked: open }, later(5 * minute)).did).toBe('quantity_asked')
  })

  it.each([
    ['when the seller shows what was wished for', 12, undefined, true],
    ['when the seller has answered, whatever it shows', 10, 'other', true],
    ['not when another one was answered', 10, 'third', false],
    ['not by a look at something else', 11, undefined, false],
  ])('is settled %s', (_, quantity, heard, isOver) => {
    const before = { ...bought().subscription, asked: open, ceiling: 12, ceilingAt: noon.toISOString() }
    const told = seen(aStripeSubscription({}, [anItem({ quantity })]))
    const { subscription } = applied(before, told, null, later(minute), heard)
    expect(subscription.asked).toEqual({ ...open, isOver })
    expect(subscription.ceiling).toBe(isOver ? null : 12)
  })
})

describe('the law of a quantity', () => {
  const steps = fc.array(fc.record({ to: fc.nat(20), people: fc.nat(20), heard: fc.boolean(), minutes: fc.nat(6) }), {
    maxLength: 12,
  })

  it('never is more assigned than what is under way may leave, whatever is asked in whatever order', () => {
    fc.assert(
      fc.property(steps, fc.nat(10), (asks, assigned) => {
        let { subscription } = bought({ assigned })
        let underWay: { to: number; at: number }[] = []
        let now = 0
        for (const [index, { to, people, heard, minutes }] of asks.entries()) {
          now += minutes * minute
          const change = aChange({ id: `change-${index}`, at: later(now) })
          const ask = () => decided(askQuantity(to), { subscription, seats: new Map() }, change)
          const isOpen =
            subscription.asked?.isOver === false &&
            later(now).getTime() - Date.parse(subscription.asked.at) < 5 * minute
          if (isOpen || to < subscription.assigned) refusalOf(ask)
          else {
            subscription = ask().subscription!
            if (!subscription.asked!.isOver) underWay.push({ to, at: now })
          }
          // What is ten minutes old comes no more.
          underWay = underWay.filter(({ at }) => now - at < CEILING_MS)
          // Meanwhile people assign, as many as they may.
          const most = Math.max(subscription.assigned, Math.min(people, capacity(subscription)))
          subscription = { ...subscription, assigned: most }
          const limits = underWay.map((one) => one.to)
          expect(most).toBeLessThanOrEqual(Math.min(subscription.quantity, ...limits))
          if (!heard) continue
          // The seller has done the lowest last, and we look.
          const quantity = limits.length > 0 ? Math.min(...limits) : subscription.quantity
          const told = seen(aStripeSubscription({}, [anItem({ quantity })]))
          ;({ subscription } = applied(subscription, told, null, later(now), subscription.asked?.changeId))
          underWay = []
          expect(capacity(subscription)).toBeLessThanOrEqual(quantity)
          const settled = applied(subscription, told, null, later(now + CEILING_MS)).subscription
          expect(capacity(settled)).toBe(quantity)
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('an end', () => {
  it.each(['cancel_asked', 'undo_asked'] as const)(
    '%s: a wish in the history; what comes of it the seller says',
    (did) => {
      for (const state of ['active', 'trialing', 'past_due', 'paused', 'payment_pending'] as const) {
        const decision = decided(askEnd(did), bought({ state }))
        expect(decision).toEqual({
          answer: { at: noon.toISOString(), sellersId: 'sub_1' },
          did,
          subscription: { ...bought({ state }).subscription, endAskedBy: 'change-1' },
        })
      }
    },
  )

  it.each(['ended', 'ended_unpaid'] as const)(
    'no end, none taken back and no other quantity of one that is %s',
    (state) => {
      expect(refusalOf(() => asked(3, { state })).code).toBe('not_licensing')
      expect(refusalOf(() => decided(askEnd('cancel_asked'), bought({ state }))).code).toBe('not_licensing')
      expect(refusalOf(() => decided(askEnd('undo_asked'), bought({ state }))).code).toBe('not_licensing')
    },
  )
})

describe('a change that is repeated', () => {
  const asking = { at: noon.toISOString(), sellersId: 'sub_1' }
  const wished = { ...bought().subscription, asked: { changeId: 'one', to: 7, at: noon.toISOString(), isOver: false } }

  it.each([
    [0, true],
    [3 * minute - 1, true],
    [3 * minute, false],
    [60 * minute, false],
  ])('%i ms later is asked of the seller again: %s', (ms, again) => {
    const ask = () => isToBeTold(wished, asking, 'one', later(ms))
    if (again) expect(ask()).toBe(true)
    else expect(refusalOf(ask).code).toBe('changed_meanwhile')
  })

  it('is asked no more when the seller has answered, or another was asked since', () => {
    const over = { ...wished, asked: { ...wished.asked, isOver: true } }
    expect(isToBeTold(over, asking, 'one', later(minute))).toBe(false)
    for (const known of [wished, over, bought().subscription])
      expect(refusalOf(() => isToBeTold(known, asking, 'other', later(minute))).code).toBe('changed_meanwhile')
  })

  it('is asked again only while its ceiling surely stands', () => {
    const lowered = { ...wished, ceiling: 7, ceilingAt: noon.toISOString() }
    const told = seen(aStripeSubscription({}, [anItem({ quantity: 10 })]))
    fc.assert(
      fc.property(fc.nat(3 * minute - 1), (ms) => {
        expect(isToBeTold(wished, asking, 'one', later(ms))).toBe(true)
        // With as long again for the seller to answer.
        expect(applied(lowered, told, null, later(ms + 5 * minute - 1)).subscription.ceiling).toBe(7)
      }),
    )
  })

  it.each([
    ['one', 0, true],
    ['one', 22 * 60 * minute, true],
    ['one', 23 * 60 * minute, false],
    ['other', 0, false],
  ])('an end that %s asked for is told again %i ms later: %s', (endAskedBy, ms, again) => {
    expect(isEndToBeTold({ ...bought().subscription, endAskedBy }, asking, 'one', later(ms))).toBe(again)
  })
})
