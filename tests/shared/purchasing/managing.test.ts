import { capacity, type Subscription } from '@securemailmerge/shared/licensing/subscription'
import { applied, CEILING_MS } from '@securemailmerge/shared/purchasing/apply'
import {
  askEnd,
  askQuantity,
  boughtAt,
  isFresh,
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
    expect(subscription).toEqual({ ...bought({ assigned: 7 }).subscription, ceiling: 7, ceilingAt: noon.toISOString() })
  })

  it.each([
    [7, 8, 1],
    [1, 10, 9],
    [0, 1, 1],
    [5, 12, 7],
  ])('%i of which %i are assigned: withdraw %i first', (to, assigned, missing) => {
    expect(refusalOf(() => asked(to, { assigned }))).toEqual({
      code: 'below_assigned',
      message: `${assigned} licences are assigned. Withdraw ${missing} first.`,
      details: { assigned, mustWithdraw: missing },
    })
    expect(mustWithdraw(aSubscription({ assigned }), to)).toBe(missing)
  })

  it.each([7, 8, 10, 11])('nobody has to be withdrawn for %i of which 7 are assigned', (to) => {
    const subscription = aSubscription({ assigned: 7 })
    expect(mustWithdraw(subscription, to)).toBe(0)
    expect(() => refuseQuantity(subscription, to)).not.toThrow()
    expect(asked(to, { assigned: 7 }).did).toBe('quantity_asked')
  })

  it.each([
    ['the lower one first', 5, 7],
    ['the higher one first', 7, 5],
  ])('asked for twice at once: the lower of the two counts until it is settled, %s', (_, one, other) => {
    const first = asked(one)
    const second = asked(other, { ceiling: first.subscription!.ceiling, ceilingAt: noon.toISOString() }, later(minute))
    // Either may be what the seller does last.
    expect(second.subscription).toMatchObject({ ceiling: 5, ceilingAt: later(minute).toISOString() })
    expect(second.answer).toMatchObject({ from: 10, to: other })
  })
})

describe('as many or more seats', () => {
  it.each([10, 11, 100_000])('%i: count when the seller says so; nothing here is altered', (to) => {
    const { subscription, did, answer } = asked(to)
    expect(subscription).toBeUndefined()
    expect(did).toBe('quantity_asked')
    expect(answer).toMatchObject({ from: 10, to })
  })

  it('lift no ceiling: what was asked for before may still come', () => {
    expect(asked(12, { ceiling: 7, ceilingAt: noon.toISOString() }).subscription).toBeUndefined()
  })
})

describe('the law of a quantity', () => {
  const steps = fc.array(fc.record({ to: fc.nat(20), people: fc.nat(20), heard: fc.boolean() }), { maxLength: 12 })

  it('never is more assigned than what is under way may leave, whatever is asked in whatever order', () => {
    fc.assert(
      fc.property(steps, fc.nat(10), (asks, assigned) => {
        let { subscription } = bought({ assigned })
        let underWay: number[] = []
        for (const { to, people, heard } of asks) {
          const ask = () => decided(askQuantity(to), { subscription, seats: new Map() })
          if (to < subscription.assigned) expect(refusalOf(ask).code).toBe('below_assigned')
          else {
            if (to < subscription.quantity) underWay.push(to)
            subscription = ask().subscription ?? subscription
          }
          // Meanwhile people assign, as many as they may.
          const most = Math.max(subscription.assigned, Math.min(people, capacity(subscription)))
          subscription = { ...subscription, assigned: most }
          expect(most).toBeLessThanOrEqual(Math.min(subscription.quantity, ...underWay))
          if (!heard) continue
          // The seller has done the lowest last, and we look.
          const quantity = Math.min(subscription.quantity, ...underWay)
          const told = seen(aStripeSubscription({}, [anItem({ quantity })]))
          ;({ subscription } = applied(subscription, told, null, noon))
          underWay = []
          expect(capacity(subscription)).toBe(quantity)
        }
      }),
      { numRuns: 200 },
    )
  })
})

describe('an end', () => {
  it.each(['cancel_asked', 'undo_asked'] as const)(
    '%s: a wish in the history; what comes of it the seller says',
    (did) => {
      for (const state of ['active', 'trialing', 'past_due', 'paused', 'payment_pending'] as const) {
        const decision = decided(askEnd(did), bought({ state }))
        expect(decision).toEqual({ answer: { at: noon.toISOString(), sellersId: 'sub_1' }, did })
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

  it.each([
    [0, true],
    [5 * minute - 1, true],
    [5 * minute, false],
    [60 * minute, false],
  ])('%i ms later is asked of the seller again: %s', (ms, again) => {
    expect(isFresh(asking, later(ms))).toBe(again)
  })

  it('is asked again only while its ceiling surely stands', () => {
    const lowered = { ...bought().subscription, ceiling: 7, ceilingAt: noon.toISOString() }
    const told = seen(aStripeSubscription({}, [anItem({ quantity: 10 })]))
    fc.assert(
      fc.property(fc.nat(CEILING_MS), (ms) => {
        fc.pre(isFresh(asking, later(ms)))
        // With as long again for the seller to answer.
        expect(applied(lowered, told, null, later(ms + 5 * minute - 1)).subscription.ceiling).toBe(7)
      }),
    )
  })
})
