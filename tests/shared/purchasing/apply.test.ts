import type { Account } from '@securemailmerge/shared/identity/account'
import { ownerHints } from '@securemailmerge/shared/licensing/hints'
import {
  capacity,
  type Subscription,
  SubscriptionId,
  type SubscriptionState,
} from '@securemailmerge/shared/licensing/subscription'
import { applied, CEILING_MS, emptied, isEmpty, needsLook } from '@securemailmerge/shared/purchasing/apply'
import { purchasedId } from '@securemailmerge/shared/purchasing/event'
import { type Intent, newIntent } from '@securemailmerge/shared/purchasing/intent'
import type { Purchase } from '@securemailmerge/shared/purchasing/purchase'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anAccount, aPersonalAccount, day, later, noon, owner } from '../../builders.ts'

const minute = 60_000

/** Three seats, paid by the month, as the seller tells it. */
const aPurchase = (some: Partial<Purchase> = {}): Purchase => ({
  seller: { mode: 'test', subscription: 'sub_1', customer: 'cus_1', item: 'si_seats', interval: 'monthly' },
  state: 'active',
  why: 'paid',
  quantity: 3,
  term: 'renewing',
  paidUntil: '2026-04-01T00:00:00.000Z',
  pastDueSince: null,
  intent: null,
  reversal: null,
  ...some,
})

const anIntent = (account: Account = owner): Intent =>
  newIntent(
    'intent_1',
    'test',
    account,
    'f',
    { name: 'Contoso', reference: 'PO 7', quantity: 3, interval: 'monthly', language: 'en' },
    noon,
  )

/** What stands here of a purchase that arrived and was claimed. */
const arrived = (some: Partial<Subscription> = {}): Subscription => ({
  ...applied(undefined, aPurchase(), anIntent(), noon).subscription,
  ...some,
})

describe('a purchase that we see for the first time', () => {
  it('becomes a subscription with nothing assigned, which belongs to whoever meant to buy it', () => {
    expect(applied(undefined, aPurchase(), anIntent(), noon).subscription).toEqual({
      id: 'subscription',
      kind: 'subscription',
      subscriptionId: purchasedId('test', 'sub_1'),
      source: 'purchased',
      owner,
      name: 'Contoso',
      reference: 'PO 7',
      quantity: 3,
      ceiling: null,
      ceilingAt: null,
      assigned: 0,
      nextOrder: 1,
      overFrom: null,
      state: 'active',
      why: 'paid',
      term: 'renewing',
      paidUntil: '2026-04-01T00:00:00.000Z',
      pastDueSince: null,
      extendedUntil: null,
      seller: aPurchase().seller,
      seenAt: noon.toISOString(),
      shownToTenant: true,
      contact: null,
      createdAt: noon.toISOString(),
    })
  })

  it('is told in the history, and found by its owner and the people of its tenant', () => {
    const { did, shown, hints, subscription } = applied(undefined, aPurchase(), anIntent(), noon)
    expect(did).toBe('purchased')
    expect(shown).toEqual({ quantity: 3, state: 'active', term: 'renewing', paidUntil: '2026-04-01T00:00:00.000Z' })
    expect(hints).toEqual(ownerHints(subscription, noon))
    expect(hints.map(({ kind }) => kind)).toEqual(['role', 'shown'])
    expect(applied(undefined, aPurchase(), anIntent(aPersonalAccount), noon).hints.map(({ kind }) => kind)).toEqual([
      'role',
    ])
  })

  it('belongs to nobody when nothing of ours says to whom, and is found by nobody', () => {
    const { subscription, hints, did } = applied(undefined, aPurchase(), null, noon)
    expect(subscription).toMatchObject({ owner: null, name: 'SecureMailMerge', reference: null, state: 'active' })
    expect(did).toBe('purchased')
    expect(hints).toEqual([])
  })

  it('has an id that is the same each time, so that creating it twice collides, and another in another mode', () => {
    const of = (mode: 'live' | 'test', subscription: string) =>
      applied(undefined, aPurchase({ seller: { ...aPurchase().seller, mode, subscription } }), null, noon).subscription
    expect(of('test', 'sub_1').subscriptionId).toBe(of('test', 'sub_1').subscriptionId)
    const ids = [of('test', 'sub_1'), of('live', 'sub_1'), of('test', 'sub_2')].map((one) => one.subscriptionId)
    expect(new Set(ids).size).toBe(3)
    for (const id of ids) expect(SubscriptionId.safeParse(id).success).toBe(true)
  })
})

describe('whose it is', () => {
  const buyer = anAccount(1)
  const successor = anAccount(2)

  it('whoever meant to buy it, also when that is found out later', () => {
    const unclaimed = applied(undefined, aPurchase(), null, noon).subscription
    const { subscription, did, hints } = applied(unclaimed, aPurchase(), anIntent(buyer), later(minute))
    expect(subscription).toMatchObject({ owner: buyer, name: 'Contoso', reference: 'PO 7' })
    expect(did).toBe('changed_at_seller')
    expect(hints).toEqual(ownerHints(subscription, later(minute)))
  })

  it('whoever it was handed to, whatever the seller goes on saying (B4)', () => {
    const handed = arrived({ owner: successor, name: 'Fabrikam', reference: null })
    const { subscription, did } = applied(handed, aPurchase({ intent: 'intent_1' }), anIntent(buyer), later(day))
    expect(subscription).toMatchObject({ owner: successor, name: 'Fabrikam', reference: null })
    expect(did).toBeNull()
  })

  it('nobody any more once its owner was erased, whatever they once meant to buy', () => {
    const erased = arrived({ owner: null, ownerErased: true, name: 'SecureMailMerge', reference: null })
    const { subscription, hints } = applied(erased, aPurchase({ state: 'ended' }), anIntent(buyer), later(day))
    expect(subscription).toMatchObject({ owner: null, name: 'SecureMailMerge', reference: null, state: 'ended' })
    expect(hints).toEqual([])
  })

  it('is told again to the directory with whatever else changes, and left alone otherwise', () => {
    const handed = arrived({ owner: successor })
    expect(applied(handed, aPurchase({ quantity: 4 }), null, noon).hints).toEqual(
      ownerHints({ ...handed, quantity: 4 }, noon),
    )
    expect(applied(handed, aPurchase(), null, noon).hints).toEqual([])
  })
})

describe('what the history tells', () => {
  it.each<[string, Partial<Purchase>]>([
    ['another quantity', { quantity: 4 }],
    ['another state', { state: 'past_due', why: 'payment failed', pastDueSince: noon.toISOString() }],
    ['another end', { paidUntil: '2026-05-01T00:00:00.000Z' }],
    ['an end instead of a renewal', { term: 'cancelled' }],
    ['a state that ended it', { state: 'ended', why: 'cancelled' }],
  ])('%s', (_, some) => {
    const { did, subscription } = applied(arrived(), aPurchase(some), null, later(minute))
    expect(did).toBe('changed_at_seller')
    expect(subscription).toMatchObject(some)
  })

  it('a first failure that turns out to be older', () => {
    const owed = (pastDueSince: string) => aPurchase({ state: 'past_due', pastDueSince })
    const before = applied(arrived(), owed('2026-03-01T01:00:00.000Z'), null, noon).subscription
    expect(applied(before, owed('2026-02-01T01:00:00.000Z'), null, noon).did).toBe('changed_at_seller')
    expect(applied(before, owed('2026-03-01T01:00:00.000Z'), null, noon).did).toBeNull()
  })

  it('nothing when nothing differs: only that it was looked at is written (B1)', () => {
    const { subscription, did } = applied(arrived(), aPurchase(), null, later(day))
    expect(did).toBeNull()
    expect(subscription).toEqual({ ...arrived(), seenAt: later(day).toISOString() })
  })
})

describe('what the seller does not say stays', () => {
  it('seats, orders, contact, goodwill and the day it began', () => {
    const ours = arrived({
      assigned: 2,
      nextOrder: 9,
      overFrom: 7,
      contact: 'Ask Kim',
      shownToTenant: false,
      extendedUntil: later(day).toISOString(),
    })
    const { subscription } = applied(ours, aPurchase({ quantity: 1, state: 'paused' }), null, later(day))
    const { quantity: _, state: __, why: ___, seenAt: ____, ...kept } = ours
    expect(subscription).toMatchObject(kept)
  })

  it.each<[SubscriptionState]>([['active'], ['trialing'], ['past_due'], ['paused'], ['ended'], ['payment_pending']])(
    'the last known state, when it says something new: %s',
    (state) => {
      const ours = arrived({ state, why: 'as it was', pastDueSince: state === 'past_due' ? noon.toISOString() : null })
      const news = aPurchase({
        state: 'unknown',
        why: 'the seller says something new',
        term: 'cancelled',
        paidUntil: noon.toISOString(),
      })
      const { subscription, did } = applied(ours, { ...news, quantity: 5 }, null, later(day))
      expect(subscription).toEqual({ ...ours, quantity: 5, seenAt: later(day).toISOString() })
      expect(did).toBe('changed_at_seller')
      expect(applied(ours, news, null, later(day)).did).toBeNull()
    },
  )

  it('of one that was never understood nothing licenses', () => {
    const { subscription } = applied(undefined, aPurchase({ state: 'unknown' }), null, noon)
    expect(subscription.state).toBe('payment_pending')
  })
})

describe('a purchase that has no line of ours any more', () => {
  const ours = arrived({ quantity: 3, assigned: 2, nextOrder: 3, ceiling: 2, ceilingAt: noon.toISOString() })

  it('is over, with seats remembered and no ceiling left', () => {
    const { subscription, did } = emptied(ours, later(day))
    const over = { quantity: 0, state: 'ended', why: 'none of its lines is ours any more', pastDueSince: null } as const
    const rest = { ceiling: null, ceilingAt: null, seenAt: later(day).toISOString() }
    expect(subscription).toEqual({ ...ours, ...over, ...rest })
    expect(did).toBe('changed_at_seller')
    expect(isEmpty(subscription)).toBe(true)
    expect(isEmpty(ours)).toBe(false)
  })

  it('is as before when the line comes back', () => {
    const { subscription } = emptied(ours, later(day))
    expect(applied(subscription, aPurchase(), null, later(day)).subscription).toMatchObject({
      ...{ quantity: 3, state: 'active', assigned: 2, owner },
    })
  })
})

describe('a ceiling', () => {
  const lowered = (ceiling: number) => arrived({ quantity: 10, ceiling, ceilingAt: noon.toISOString() })

  it.each([
    ['while the seller has not heard of it', 10, 9 * minute, 7],
    ['while the seller says even more', 12, 9 * minute, 7],
    ['until the seller has come down to it', 7, minute, null],
    ['until the seller has come down below it', 6, minute, null],
    ['for less than ten minutes', 10, 10 * minute - 1, 7],
    ['for ten minutes', 10, 10 * minute, null],
    ['for less than a day', 10, day, null],
  ])('stands %s', (_, quantity, after, ceiling) => {
    const { subscription, did } = applied(lowered(7), aPurchase({ quantity }), null, later(after))
    expect(subscription).toMatchObject({ ceiling, ceilingAt: ceiling === null ? null : noon.toISOString() })
    expect(did).toBe(quantity === 10 && ceiling === 7 ? null : 'changed_at_seller')
  })

  it('that is zero counts as one', () => {
    expect(applied(lowered(0), aPurchase({ quantity: 10 }), null, noon).subscription.ceiling).toBe(0)
    expect(applied(lowered(0), aPurchase({ quantity: 0 }), null, noon).subscription.ceiling).toBeNull()
  })

  it('lives ten minutes', () => {
    expect(CEILING_MS).toBe(10 * minute)
  })

  it('falls without letting anybody assign more than the seller has', () => {
    fc.assert(
      fc.property(fc.nat(20), fc.nat(20), fc.integer({ min: 0, max: 20 * minute }), (ceiling, quantity, after) => {
        const { subscription } = applied(lowered(ceiling), aPurchase({ quantity }), null, later(after))
        const stands = quantity > ceiling && after < CEILING_MS
        expect(capacity(subscription)).toBe(stands ? ceiling : quantity)
      }),
    )
  })
})

const states = fc.constantFrom<SubscriptionState>(
  ...(['active', 'trialing', 'past_due', 'payment_pending', 'paused', 'ended', 'ended_unpaid'] as const),
)
const knownLooks = fc
  .record({
    state: states,
    why: fc.constantFrom('paid', 'payment failed', 'cancelled'),
    quantity: fc.nat(20),
    term: fc.constantFrom('renewing' as const, 'cancelled' as const),
    paidUntil: fc.nat(400).map((days) => later(days * day).toISOString()),
    pastDueSince: fc.option(fc.nat(40).map((days) => later(-days * day).toISOString())),
    item: fc.constantFrom('si_seats', null),
  })
  .map(({ item, ...some }) => aPurchase({ ...some, seller: { ...aPurchase().seller, item } }))
const looks = fc.oneof(
  { weight: 4, arbitrary: knownLooks },
  { weight: 1, arbitrary: knownLooks.map((one) => ({ ...one, state: 'unknown' as const })) },
)
const intents = fc.option(fc.constantFrom(anIntent(anAccount(1)), anIntent(anAccount(2))))
const stored = fc.option(
  fc
    .record({ ceiling: fc.option(fc.nat(20)), owner: fc.option(fc.constant(anAccount(3))), state: states })
    .map((some) => arrived({ ...some, ceilingAt: some.ceiling === null ? null : noon.toISOString() })),
  { nil: undefined },
)
const instants = fc.nat(20 * minute).map((ms) => later(ms))

/** What stands after these looks, one a second. */
const inOrder = (ours: Subscription | undefined, seen: Purchase[], intent: Intent | null) =>
  seen.reduce<Subscription | undefined>(
    (one, look, index) => applied(one, look, intent, later(index * 1_000)).subscription,
    ours,
  )

describe('the laws of applying', () => {
  it('twice is once: the second look writes that it looked, and nothing else', () => {
    fc.assert(
      fc.property(stored, looks, intents, instants, fc.nat(9 * minute), (ours, seen, intent, at, pause) => {
        const once = applied(ours, seen, intent, at).subscription
        // Only the ten minutes of a ceiling may pass in between.
        fc.pre(once.ceilingAt === null || later(pause, at).getTime() < Date.parse(once.ceilingAt) + CEILING_MS)
        const twice = applied(once, seen, intent, later(pause, at))
        expect(twice.subscription).toEqual({ ...once, seenAt: later(pause, at).toISOString() })
        expect(twice.did).toBeNull()
        expect(once.owner === null || twice.hints.length === 0).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('the last look decides, in whatever order those before it came', () => {
    const shuffled = fc
      .array(looks, { maxLength: 6 })
      .chain((some) => fc.tuple(fc.constant(some), fc.shuffledSubarray(some, { minLength: some.length })))
    fc.assert(
      fc.property(stored, shuffled, knownLooks, intents, (ours, [some, others], last, intent) => {
        const one = inOrder(ours, [...some, last], intent)
        expect(inOrder(ours, [...others, last], intent)).toEqual(one)
        const { state, why, quantity, term, paidUntil, pastDueSince, seller } = last
        expect(one).toMatchObject({ state, why, quantity, term, paidUntil, pastDueSince, seller })
      }),
      { numRuns: 300 },
    )
  })

  it('nobody loses or gains an owner by a look, except that one without gets the one who meant to buy it', () => {
    fc.assert(
      fc.property(stored, looks, intents, (ours, seen, intent) => {
        const { owner: next } = applied(ours, seen, intent, noon).subscription
        expect(next).toEqual(ours?.owner ?? intent?.account ?? null)
      }),
    )
  })

  it('what it was given is not altered', () => {
    fc.assert(
      fc.property(stored, looks, intents, (ours, seen, intent) => {
        const copies = structuredClone([ours, seen, intent])
        applied(ours, seen, intent, noon)
        expect([ours, seen, intent]).toEqual(copies)
      }),
    )
  })
})

describe('who needs a closer look at night', () => {
  const ours = arrived()

  it('nobody of whom the list says what stands here', () => {
    expect(needsLook(ours, aPurchase())).toBe(false)
    // What a list cannot tell is not compared: who owns it, and since when something is owed.
    const owed = { state: 'past_due', pastDueSince: noon.toISOString() } as const
    expect(needsLook(arrived({ ...owed, owner: null }), aPurchase({ ...owed, pastDueSince: null }))).toBe(false)
  })

  it.each<[string, Subscription | undefined, Purchase | null]>([
    ['one that is not here', undefined, aPurchase()],
    ['one that a list does not tell in full, or that is not understood', ours, null],
    ['one whose state is new to us', ours, aPurchase({ state: 'unknown' })],
    ['one with a ceiling', arrived({ ceiling: 2, ceilingAt: noon.toISOString() }), aPurchase()],
    ['another quantity', ours, aPurchase({ quantity: 4 })],
    ['another term', ours, aPurchase({ term: 'cancelled' })],
    ['another end', ours, aPurchase({ paidUntil: '2026-05-01T00:00:00.000Z' })],
    ['another state', ours, aPurchase({ state: 'past_due' })],
  ])('%s', (_, stored, listed) => {
    expect(needsLook(stored, listed)).toBe(true)
  })

  it('a purchase that is nobody’s and comes from a page of ours', () => {
    const nobodys = arrived({ owner: null })
    expect(needsLook(nobodys, aPurchase({ intent: 'intent_1' }))).toBe(true)
    expect(needsLook(nobodys, aPurchase())).toBe(false)
    expect(needsLook({ ...nobodys, ownerErased: true }, aPurchase({ intent: 'intent_1' }))).toBe(false)
    expect(needsLook(ours, aPurchase({ intent: 'intent_1' }))).toBe(false)
  })

  it('nobody any more after the look', () => {
    fc.assert(
      fc.property(stored, knownLooks, (ours, seen) => {
        const { subscription } = applied(ours, seen, null, later(CEILING_MS))
        expect(needsLook(subscription, seen)).toBe(false)
      }),
    )
  })
})
