import { REMEMBER_RELEASED_SECONDS } from '@securemailmerge/shared/licensing/seats'
import type { Seat, Subscription } from '@securemailmerge/shared/licensing/subscription'
import { type Asker, type Found, verdict, verdictCodes } from '@securemailmerge/shared/licensing/verdict'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  anAccount,
  anAddress,
  aPersonalAccount,
  aReleasedSeat,
  aSeat,
  aSubscription,
  day,
  fabrikam,
  later,
  noon,
} from '../../builders.ts'

const bob = anAddress('bob@contoso.example')
const account = anAccount(2)
const other = anAccount(3)
const evident: Asker = { account, evidence: [bob] }
const unknown: Asker = { account, evidence: [] }
const mine = aSeat(bob, { account })
const waiting = aSeat(bob)
const theirs = aSeat(bob, { account: other })
const at = (seat: Seat, subscription: Partial<Subscription> = {}): Found => ({
  seat,
  subscription: aSubscription({ contact: 'Ask Pat', ...subscription }),
})
const codeOf = (asker: Asker, found: Found[], shown: Subscription[] = [], now = noon) =>
  verdict(asker, found, shown, now).code
const released = (daysAgo: number, some: Partial<Seat> = {}) => aReleasedSeat(bob, later(-daysAgo * day), some)
const rebound = (daysAgo: number, some: Partial<Seat> = {}): Seat => ({
  ...waiting,
  formerAccount: account,
  formerUntil: later(-daysAgo * day).toISOString(),
  ...some,
})

describe('every answer', () => {
  const rows: [string, string, Asker, Found[], Subscription[]][] = [
    ['licensed', 'a bound seat', unknown, [at(mine)], []],
    ['licensed', 'a seat that waits for an evident address', evident, [at(waiting)], []],
    ['licensed_ending', 'a seat of a cancelled subscription', evident, [at(mine, { term: 'cancelled' })], []],
    ['free', 'nothing known', evident, [], []],
    ['not_confirmed', 'nothing known, and no evidence', unknown, [], []],
    ['not_confirmed', 'no evidence, whatever the tenant has', unknown, [], [aSubscription()]],
    ['not_assigned', 'a live subscription of the own tenant', evident, [], [aSubscription()]],
    ['withdrawn', 'a seat that was given back', unknown, [at(released(1, { account }))], []],
    ['withdrawn', 'a seat that was rebound', unknown, [at(rebound(1))], []],
    ['withdrawn', 'a seat that somebody else has now', evident, [at(rebound(1, { account: other }))], []],
    ['other_account', "an evident address whose seat is somebody else's", evident, [at(theirs)], []],
    ['over_quantity', 'a seat beyond the quantity', evident, [at({ ...mine, order: 5 }, { overFrom: 5 })], []],
    ['payment_pending', 'a first payment that is not there yet', evident, [at(mine, { state: 'payment_pending' })], []],
    ['paused', 'a paused subscription', evident, [at(mine, { state: 'paused' })], []],
    ['ended', 'a subscription that ended', evident, [at(mine, { state: 'ended' })], []],
    ['ended', 'a subscription that ended by the clock', evident, [at(mine, { paidUntil: noon.toISOString() })], []],
    ['ended_unpaid', 'a subscription that was not paid', evident, [at(mine, { state: 'ended_unpaid' })], []],
  ]

  it.each(rows)('%s: %s', (code, _, asker, found, shown) => {
    const { footer, ...said } = verdict(asker, found, shown, noon)
    expect(said.code).toBe(code)
    expect(footer).toBe(!code.startsWith('licensed'))
  })

  it('is reached, but for the one that waits for automatic assignment', () => {
    const reached = new Set(rows.map(([code]) => code))
    expect(verdictCodes.filter((code) => !reached.has(code))).toEqual(['all_assigned'])
    expect([...reached].filter((code) => !(verdictCodes as readonly string[]).includes(code))).toEqual([])
  })
})

describe('none of their business', () => {
  it.each([
    ['a bound seat of a stranger', unknown, at(theirs)],
    ['a seat that waits for an address without evidence', unknown, at(waiting)],
    ['a seat of a stranger that was given back', unknown, at(released(1, { account: other }))],
    ['an unused seat that was given back, without evidence', unknown, at(released(1))],
    ['an unused seat of an evident address that was given back', evident, at(released(1))],
    ['a seat of an evident address that was given back by a stranger', evident, at(released(1, { account: other }))],
    ['a seat that was rebound from a stranger', unknown, at(rebound(1, { formerAccount: other }))],
  ])('%s', (_, asker, found) => {
    expect(verdict(asker, [found], [], noon)).toEqual(verdict(asker, [], [], noon))
  })
})

describe('a former holder is told', () => {
  const last = REMEMBER_RELEASED_SECONDS * 1_000

  it.each([
    [
      'of a withdrawal',
      at(aReleasedSeat(bob, noon, { account })),
      { withinDays: 'withdrawn', later: 'not_confirmed' },
      unknown,
    ],
    ['of a rebinding', at(rebound(0)), { withinDays: 'withdrawn', later: 'not_confirmed' }, unknown],
    [
      'of a rebinding to somebody else',
      at(rebound(0, { account: other })),
      { withinDays: 'withdrawn', later: 'other_account' },
      evident,
    ],
  ])('%s for 90 days and no longer', (_, found, codes, asker) => {
    expect(codeOf(asker, [found], [], later(last))).toBe(codes.withinDays)
    expect(codeOf(asker, [found], [], later(last + 1))).toBe(codes.later)
  })

  it('but has the seat when it still waits for the address that is evident', () => {
    expect(codeOf(evident, [at(rebound(1))])).toBe('licensed')
  })
})

describe('the organisation has licences', () => {
  const shown = (some: Partial<Subscription> = {}) => [aSubscription({ contact: 'Ask Pat', ...some })]

  it('is said with whom to ask', () => {
    expect(verdict(evident, [], shown(), noon)).toMatchObject({ code: 'not_assigned', contact: 'Ask Pat', found: null })
  })

  it.each([
    ['another tenant has them', shown({ owner: anAccount(1, fabrikam) })],
    ['nobody owns them yet', shown({ owner: null })],
    ['the subscription does not let itself be shown', shown({ shownToTenant: false })],
    ['it is over', shown({ state: 'ended' })],
    ['it ended by the clock', shown({ paidUntil: noon.toISOString() })],
  ])('not when %s', (_, subscriptions) => {
    expect(verdict(evident, [], subscriptions, noon)).toMatchObject({ code: 'free', contact: null })
  })

  it('is never said of the tenant of all personal accounts', () => {
    const personal = { account: aPersonalAccount, evidence: [bob] }
    expect(codeOf(personal, [], shown({ owner: aPersonalAccount }))).toBe('free')
  })

  it('looks past a subscription that tells nothing', () => {
    expect(codeOf(evident, [], [...shown({ state: 'ended' }), ...shown()])).toBe('not_assigned')
  })
})

describe('of several seats', () => {
  const second = (some: Partial<Subscription>) => at(mine, { subscriptionId: `sub_${'b'.repeat(22)}`, ...some })

  it('any that licenses decides', () => {
    for (const state of ['ended', 'paused', 'payment_pending'] as const) {
      expect(codeOf(evident, [second({ state }), at(mine)])).toBe('licensed')
    }
    expect(codeOf(evident, [at({ ...mine, order: 5 }, { overFrom: 5 }), second({ term: 'cancelled' })])).toBe(
      'licensed_ending',
    )
  })

  it.each([
    [
      'the later end of two',
      { paidUntil: later(10 * day).toISOString() },
      { paidUntil: later(20 * day).toISOString() },
    ],
    [
      'one that renews over one that is paid for longer and ends',
      { paidUntil: later(20 * day).toISOString() },
      { term: 'renewing' as const, paidUntil: later(10 * day).toISOString() },
    ],
    ['one that renews over one that was cancelled', { term: 'cancelled' as const }, { term: 'renewing' as const }],
    [
      'the later paid of two that renew',
      { term: 'renewing' as const, paidUntil: later(10 * day).toISOString() },
      { term: 'renewing' as const, paidUntil: later(20 * day).toISOString() },
    ],
    [
      'the longer one even when it was cancelled',
      { paidUntil: later(10 * day).toISOString() },
      { term: 'cancelled' as const, paidUntil: later(20 * day).toISOString() },
    ],
  ])('the longest is shown: %s', (_, shorter, longer) => {
    const expected = { ...aSubscription(), ...longer }.paidUntil
    for (const found of [
      [at(mine, shorter), second(longer)],
      [second(longer), at(mine, shorter)],
    ]) {
      const { found: decisive, paidUntil } = verdict(evident, found, [], noon)
      expect(decisive?.subscription.subscriptionId).toBe(second({}).subscription.subscriptionId)
      expect(paidUntil).toBe(expected)
    }
  })

  it('one that is bound to the account comes before one that waits for it, however long that lasts', () => {
    const short = at(mine, { term: 'cancelled', paidUntil: later(2 * day).toISOString() })
    const longer = second({ term: 'renewing' })
    const waits = { ...longer, seat: waiting }
    for (const found of [
      [short, waits],
      [waits, short],
    ]) {
      expect(verdict(evident, found, [], noon).found).toEqual(short)
    }
    expect(verdict(evident, [short, waits, longer], [], noon).found).toEqual(longer)
  })

  it('the longest of those that wait is taken when none is bound', () => {
    const short = at(waiting, { paidUntil: later(2 * day).toISOString() })
    const longer = { ...second({}), seat: waiting }
    expect(verdict(evident, [short, longer], [], noon).found).toEqual(longer)
  })

  it('of several "no" the one comes first that most can be done about', () => {
    const inOrder: Found[] = [
      at({ ...mine, order: 5 }, { overFrom: 5 }),
      at(mine, { state: 'payment_pending' }),
      at(mine, { state: 'paused' }),
      at(mine, { state: 'ended_unpaid' }),
      at(mine, { state: 'ended' }),
      at(theirs),
      at(released(1, { account })),
    ]
    const codes = inOrder.map((_, from) => codeOf(evident, inOrder.slice(from).reverse()))
    expect(codes).toEqual([
      'over_quantity',
      'payment_pending',
      'paused',
      'ended_unpaid',
      'ended',
      'other_account',
      'withdrawn',
    ])
  })
})

describe('a seat that a stranger has given to the address', () => {
  const foreign = anAccount(1, fabrikam)
  const given = (some: Partial<Subscription> = {}, seat: Seat = waiting) => at(seat, { owner: foreign, ...some })
  const here = [aSubscription({ contact: 'Ask Pat' })]

  it('licenses like any other', () => {
    expect(codeOf(evident, [given()], here)).toBe('licensed')
  })

  it.each(['ended', 'ended_unpaid', 'paused', 'payment_pending'] as const)('and is %s comes last', (state) => {
    expect(codeOf(evident, [given({ state })], here)).toBe('not_assigned')
    expect(codeOf(evident, [given({ state }), at(mine, { state: 'ended' })])).toBe('ended')
    expect(codeOf(evident, [given({ state }), at(released(1, { account }))])).toBe('withdrawn')
  })

  it.each([
    ['is over', given({ state: 'ended' }), 'ended'],
    ['is beyond the quantity', given({ overFrom: 1 }), 'over_quantity'],
    ['is over, and belongs to nobody', given({ state: 'ended', owner: null }), 'ended'],
    [
      'is over, and was somebody else’s before',
      given({ state: 'ended' }, rebound(1, { formerAccount: other })),
      'ended',
    ],
  ])('and %s says so when nothing else is known, without whom to ask', (_, found, code) => {
    expect(verdict(evident, [found], [], noon)).toMatchObject({ code, footer: true, contact: null })
  })

  it.each([
    ['it is of the own organisation', at(waiting, { state: 'ended' })],
    ['it is bound', given({ state: 'ended' }, mine)],
    ['it was theirs before', given({ state: 'ended' }, rebound(1))],
  ])('is none of those when %s', (_, found) => {
    expect(verdict(evident, [found], here, noon)).toMatchObject({ code: 'ended', contact: 'Ask Pat' })
  })

  it('of one personal account to another is a stranger’s, though they share a tenant', () => {
    const personal = { account: aPersonalAccount, evidence: [bob] }
    const owner = { ...aPersonalAccount, objectId: other.objectId }
    expect(verdict(personal, [given({ state: 'ended', owner })], [], noon).contact).toBeNull()
  })
})

describe("the owner's seat is not over quantity", () => {
  const over = { owner: account, overFrom: 1, exempt: null }

  it('when it is bound, and when it waits for the owner who asks', () => {
    expect(codeOf(evident, [at({ ...mine, order: 5 }, over)])).toBe('licensed')
    expect(codeOf(evident, [at({ ...waiting, order: 5 }, over)])).toBe('licensed')
  })

  it('but a second one is', () => {
    expect(codeOf(evident, [at({ ...mine, order: 5 }, { ...over, exempt: 'another' })])).toBe('over_quantity')
  })
})

const someSubscription = fc
  .record({
    state: fc.constantFrom<Subscription['state']>('active', 'active', 'active', 'trialing', 'past_due', 'paused'),
    term: fc.constantFrom<Subscription['term']>('renewing', 'fixed', 'cancelled'),
    paidUntil: fc.integer({ min: -100, max: 100 }).map((days) => later(days * day).toISOString()),
    overFrom: fc.option(fc.integer({ min: 1, max: 5 })),
    subscriptionId: fc.integer({ min: 10, max: 99 }).map((n) => `sub_${String(n).repeat(11)}`),
  })
  .map(aSubscription)
const someSeat = fc.oneof(
  fc.constantFrom(mine, waiting, theirs, rebound(3), rebound(100), released(3), released(100)),
  fc.record({ order: fc.nat(5) }).map((some) => ({ ...mine, ...some })),
)
const someFound = fc.array(fc.record({ seat: someSeat, subscription: someSubscription }), { maxLength: 5 })

it('is the same in whatever order the seats were found', () => {
  const shuffled = someFound.chain((found) =>
    fc.tuple(fc.constant(found), fc.shuffledSubarray(found, { minLength: found.length })),
  )
  fc.assert(
    fc.property(shuffled, fc.constantFrom(evident, unknown), ([found, again], asker) => {
      const [one, two] = [found, again].map((all) => verdict(asker, all, [], noon))
      expect([one?.code, one?.until, one?.paidUntil]).toEqual([two?.code, two?.until, two?.paidUntil])
    }),
    { numRuns: 500 },
  )
})

it('never says "ended" to someone who never held a seat', () => {
  const notHeld = someFound.map((all) => all.filter(({ seat }) => seat !== mine && seat.account !== account))
  fc.assert(
    fc.property(notHeld, (found) => {
      const stranger = { account, evidence: [] }
      expect(['withdrawn', 'not_confirmed']).toContain(codeOf(stranger, found))
      const noSeat = { account: anAccount(8), evidence: [anAddress('new@contoso.example')] }
      expect(codeOf(noSeat, found, [aSubscription({ state: 'ended' })])).toBe('free')
    }),
  )
})
