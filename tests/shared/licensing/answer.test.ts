import { answer, type Language, proofOf, saysStill } from '@securemailmerge/shared/licensing/answer'
import type { Seat, Subscription } from '@securemailmerge/shared/licensing/subscription'
import { type Verdict, verdict, verdictCodes } from '@securemailmerge/shared/licensing/verdict'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anAccount, aSeat, aSubscription, day, hour, later, noon, owner } from '../../builders.ts'

const account = anAccount(2)
const asker = { account, evidence: [] }
const seat = aSeat('bob@contoso.example', { account })
const languages: Language[] = ['en', 'fr']
const said = (some: Partial<Verdict> & { code: Verdict['code'] }): Verdict => ({
  footer: !some.code.startsWith('licensed'),
  found: null,
  contact: null,
  until: null,
  paidUntil: null,
  ...some,
})
const licensed = (subscription: Partial<Subscription> = {}, some: Partial<Seat> = {}) =>
  verdict(
    { account, evidence: [seat.address] },
    [{ seat: { ...seat, ...some }, subscription: aSubscription(subscription) }],
    [],
    noon,
  )

describe.each(languages)('in %s', (language) => {
  it.each(verdictCodes)('%s is a whole sentence without a name or a price', (code) => {
    const found = { seat, subscription: aSubscription({ name: 'OWNERS-NAME', reference: 'PO-99' }) }
    for (const contact of [null, 'Ask Pat in room 7']) {
      for (const paidUntil of code.startsWith('licensed') ? [later(day).toISOString()] : [null]) {
        const { message } = answer(said({ code, contact, paidUntil, found }), language, noon)
        expect(message).toMatch(/^\p{Lu}.{20,}[.7]$/u)
        expect(message).not.toMatch(/[{}]|undefined|null|\s\s|OWNERS-NAME|PO-99|[€$£]|\b(EUR|USD|price|prix)\b/)
        expect(message).not.toContain(owner.objectId)
      }
    }
  })

  it.each(['not_assigned', 'all_assigned', 'withdrawn', 'other_account', 'over_quantity', 'ended', 'paused'] as const)(
    '%s says whom to ask, in the words of the managers',
    (code) => {
      const [named, unnamed] = ['Ask Pat: $& {date} {ask} $1', null].map(
        (contact) => answer(said({ code, contact }), language, noon).message,
      )
      expect(named).toContain('Ask Pat: $& {date} {ask} $1')
      expect(unnamed).not.toContain('{')
    },
  )

  it.each(['licensed', 'licensed_ending', 'free', 'not_confirmed'] as const)('%s names nobody', (code) => {
    const verdict = said({ code, contact: 'Ask Pat', paidUntil: later(day).toISOString() })
    expect(answer(verdict, language, noon).message).not.toContain('Pat')
  })
})

it('has other words in each language', () => {
  for (const code of verdictCodes) {
    const verdict = said({ code, paidUntil: later(day).toISOString() })
    expect(answer(verdict, 'en', noon).message).not.toBe(answer(verdict, 'fr', noon).message)
  }
})

it.each([
  ['2026-04-01T00:00:00.000Z', 'until 31 March 2026', "jusqu'au 31 mars 2026"],
  ['2026-04-01T00:00:00.001Z', 'until 1 April 2026', "jusqu'au 1er avril 2026"],
  ['2026-04-11T12:00:00.000Z', 'until 11 April 2026', "jusqu'au 11 avril 2026"],
])('names the last day that is paid (%s), the same in every time zone', (paidUntil, english, french) => {
  const verdict = licensed({ paidUntil })
  const zone = process.env.TZ
  for (const name of ['America/Los_Angeles', 'Pacific/Kiritimati']) {
    process.env.TZ = name
    expect(answer(verdict, 'en', noon).message).toContain(english)
    expect(answer(verdict, 'fr', noon).message).toContain(french)
  }
  if (zone === undefined) delete process.env.TZ
  else process.env.TZ = zone
})

it('does not call the late renewal of a licence an end', () => {
  const atOnce = licensed({ term: 'renewing', paidUntil: noon.toISOString() })
  expect(answer(atOnce, 'en', noon).message).toBe('You have a licence. Its payment is being confirmed.')
  const verdict = licensed({ term: 'renewing', paidUntil: later(-hour).toISOString() })
  expect(answer(verdict, 'en', noon)).toMatchObject({
    code: 'licensed',
    message: 'You have a licence. Its payment is being confirmed.',
    validUntil: later(-hour).toISOString(),
  })
})

describe('a renewal that is not paid', () => {
  const unpaid = {
    state: 'past_due' as const,
    term: 'renewing' as const,
    pastDueSince: later(-2 * day).toISOString(),
    paidUntil: later(28 * day).toISOString(),
  }

  it('is a licence, of which no unpaid day is named as paid', () => {
    const { message, validUntil } = answer(licensed(unpaid), 'en', noon)
    expect(message).toBe('You have a licence. Its payment is being confirmed.')
    expect(validUntil).toBe(unpaid.pastDueSince)
  })

  it('of what was cancelled names its end, and no paid time beyond the debt', () => {
    const ending = { ...unpaid, term: 'cancelled' as const, paidUntil: later(3 * day).toISOString() }
    const { message, validUntil } = answer(licensed(ending), 'en', noon)
    expect(message).toContain('until 4 March 2026; after that')
    expect(validUntil).toBe(unpaid.pastDueSince)
  })

  it('names no paid time at all where none is known, whatever an operator has given', () => {
    for (const state of ['payment_pending', 'ended_unpaid', 'paused'] as const) {
      const given = { ...unpaid, state, extendedUntil: later(14 * day).toISOString() }
      for (const language of ['en', 'fr'] as const) {
        const { code, message, validUntil } = answer(licensed(given), language, noon)
        expect([code, validUntil]).toEqual(['licensed', null])
        expect(message).not.toMatch(/until|jusqu|\d/)
      }
    }
  })
})

describe('its members', () => {
  it('for a yes name the seat, the subscription and the paid time', () => {
    const subscription = aSubscription({ paidUntil: later(day).toISOString() })
    expect(answer(licensed({ paidUntil: subscription.paidUntil }), 'en', noon)).toEqual({
      footer: false,
      code: 'licensed',
      message: 'You have a licence until 2 March 2026. Your mails carry no footer.',
      address: 'bob@contoso.example',
      subscription: { id: subscription.subscriptionId, name: 'Contoso' },
      validUntil: subscription.paidUntil,
      recheckAfter: 24 * 3600,
    })
  })

  it('show paid time, never a grace', () => {
    const paidUntil = later(hour).toISOString()
    expect(answer(licensed({ term: 'renewing', paidUntil }), 'en', noon).validUntil).toBe(paidUntil)
  })

  it("for somebody else's seat name no subscription", () => {
    const verdict = said({ code: 'other_account', found: { seat, subscription: aSubscription() } })
    expect(answer(verdict, 'en', noon)).toMatchObject({ address: seat.address, subscription: null, validUntil: null })
  })

  it.each(['free', 'not_confirmed', 'not_assigned', 'all_assigned'] as const)('for %s are empty', (code) => {
    const { message: _, ...rest } = answer(said({ code }), 'en', noon)
    expect(rest).toEqual({ footer: true, code, address: null, subscription: null, validUntil: null, recheckAfter: 300 })
  })

  it('ask to come again soon after a no, and until the seat is bound', () => {
    expect(answer(licensed({ state: 'ended' }), 'en', noon).recheckAfter).toBe(300)
    expect(answer(licensed({}, { account: null, state: 'assigned' }), 'en', noon).recheckAfter).toBe(300)
  })
})

describe('the proof', () => {
  const seconds = (date: Date) => date.getTime() / 1000

  it('says what the answer says, about this account', () => {
    expect(proofOf(licensed(), asker, noon)).toEqual({
      sub: `${account.tenantId}.${account.objectId}`,
      code: 'licensed',
      footer: false,
      subscription: aSubscription().subscriptionId,
      seat: seat.seatId,
      iat: seconds(noon),
      exp: seconds(later(14 * day)),
    })
  })

  it.each([
    ['one hour while the seat is unbound', {}, { account: null, state: 'assigned' as const }, later(hour)],
    ['to a known end', { paidUntil: later(3 * day).toISOString() }, {}, later(3 * day)],
    ['to the whole second before a known end', { paidUntil: later(hour + 999).toISOString() }, {}, later(hour)],
    ['14 days when it renews', { term: 'renewing' as const, paidUntil: later(day).toISOString() }, {}, later(14 * day)],
  ])('holds %s', (_, subscription, some, until) => {
    expect(proofOf(licensed(subscription, some), asker, noon)?.exp).toBe(seconds(until))
  })

  it('is not given with a no', () => {
    expect(proofOf(licensed({ state: 'paused' }), asker, noon)).toBeNull()
    expect(proofOf(said({ code: 'free' }), asker, noon)).toBeNull()
  })

  it('never holds longer than 14 days, an hour while unbound, or a known end', () => {
    const subscription = fc.record({
      term: fc.constantFrom<Subscription['term']>('renewing', 'fixed', 'cancelled'),
      state: fc.constantFrom<Subscription['state']>('active', 'trialing', 'past_due'),
      paidUntil: fc.integer({ min: -3 * 86_400_000, max: 40 * 86_400_000 }).map((ms) => later(ms).toISOString()),
    })
    fc.assert(
      fc.property(subscription, fc.boolean(), fc.integer({ min: -999, max: 999 }), (some, bound, ms) => {
        const now = later(ms)
        const one = bound ? seat : aSeat(seat.address)
        const verdictNow = verdict(
          { account, evidence: [seat.address] },
          [{ seat: one, subscription: aSubscription(some) }],
          [],
          now,
        )
        const claims = proofOf(verdictNow, asker, now)
        expect(claims === null).toBe(verdictNow.footer)
        if (!claims) return
        expect(claims.exp - claims.iat).toBeLessThanOrEqual(bound ? 14 * 86_400 : 3_600)
        expect(claims.exp * 1_000).toBeLessThanOrEqual(verdictNow.until?.getTime() ?? Infinity)
      }),
      { numRuns: 300 },
    )
  })
})

describe('saysStill', () => {
  const next = {
    sub: 's',
    code: 'licensed',
    footer: false,
    subscription: 'sub',
    seat: 'seat',
    iat: 10_000,
    exp: 20_000,
  }
  const last = { ...next, iss: 'i', aud: 'securemailmerge-add-in' as const }

  it.each([
    ['none was sent', undefined, false],
    ['it is the same moment', last, true],
    ['an hour has nearly passed', { ...last, iat: 10_000 - 3599, exp: 20_000 - 3599 }, true],
    ['an hour has passed', { ...last, iat: 10_000 - 3600, exp: 20_000 - 3600 }, false],
    ['it was made later than now', { ...last, iat: 10_001 }, false],
    ['it outlives what is known now', { ...last, exp: 20_001 }, false],
    ['it was a short one, before the seat was bound', { ...last, iat: 9_999, exp: 13_599 }, false],
    ['another seat decides', { ...last, seat: 'other' }, false],
    ['another subscription decides', { ...last, subscription: 'other' }, false],
    ['the code has changed', { ...last, code: 'licensed_ending' }, false],
  ])('%s', (_, sent, expected) => {
    expect(saysStill(sent, next)).toBe(expected)
  })
})
