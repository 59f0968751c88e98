import { actedOn } from '@securemailmerge/shared/merging/act-on-tick'
import { type Mailbox, nextOpen, wokenAt } from '@securemailmerge/shared/merging/mailbox'
import { nextLook, nextLookAt, turnOver } from '@securemailmerge/shared/merging/next-look'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { day, later, noon, second } from '../../builders.ts'
import { aMailbox, idOf } from '../../kit/merging-builders.ts'

const open = (ms: number, n = 1) => ({ campaignId: idOf(n), at: later(ms).toISOString() })
const claim = (ms: number, position = 1) => ({
  id: `c${position}`,
  campaignId: idOf(),
  position,
  at: later(ms).toISOString(),
})
const at = (mailbox: Partial<Mailbox>, now = noon) => {
  const found = nextLookAt(aMailbox(mailbox), now)
  return found && found.getTime() - noon.getTime()
}

describe('what is claimed next', () => {
  const next = (...all: Mailbox['open']) => nextOpen(aMailbox({ open: all }), noon)?.campaignId

  it('is of whoever has waited longest and is due', () => {
    expect(next(open(1), open(0, 2), open(-5, 3))).toBe(idOf(2))
    expect(next(open(1))).toBeUndefined()
  })

  it('is the first mail of a campaign, before anything else', () => {
    const isNew = (entry: Mailbox['open'][number]) => ({ ...entry, isNew: true })
    expect(next(open(-9), isNew(open(0, 2)), isNew(open(-1, 3)))).toBe(idOf(2))
    expect(next(open(-9), isNew(open(1, 2)))).toBe(idOf())
  })
})

describe('there is something to do for a mailbox', () => {
  it('never, when nothing is open and nothing in flight', () => expect(at({})).toBeNull())

  it('when the first of its campaigns is due, as soon as it may send', () => {
    expect(at({ open: [open(60_000), open(20_000, 2)] })).toBe(20_000)
    expect(at({ open: [open(-60_000)] })).toBe(0)
    expect(at({ open: [open(0)], rest: { until: later(90_000).toISOString(), why: 'throttled' } })).toBe(90_000)
  })

  it('when a claim is two minutes old, even if its owner has to sign in', () => {
    expect(at({ claims: [claim(-100_000)] })).toBe(20_000)
    expect(at({ claims: [claim(-100_000)], lost: 'needs_sign_in', open: [open(0)] })).toBe(20_000)
  })

  it('now and then while a sign-in is missing: nobody may have heard of it', () => {
    expect(at({ lost: 'needs_sign_in', open: [open(0)] })).toBe(7_200_000)
    expect(at({ lost: 'needs_sign_in' })).toBeNull()
  })

  it('a minute later, when an old claim could not be settled', () => {
    expect(at({ claims: [claim(-120_000), claim(-5_000, 2)] })).toBe(60_000)
  })

  it('when so many are unsettled that none may be claimed, by their age', () => {
    const claims = Array.from({ length: 30 }, (_, n) => claim(-60_000 - n, n))
    expect(at({ claims, open: [open(0)] })).toBe(60_000 - 29)
  })
})

describe('at the end of a turn', () => {
  const woken = (ms: number | null, some: Partial<Mailbox> = {}) =>
    wokenAt(aMailbox(some), ms === null ? null : later(ms))

  it.each([
    ['stands when it comes in time', 3_000, 3_000, true],
    ['stands when it comes a little late', 3_400, 3_000, true],
    ['stands when it comes a little early', 0, 5_000, true],
    ['is moved when it comes late', 10_000, 3_000, false],
    ['is moved when it comes for nothing', 0, 6_000, false],
  ])('the wake that is set %s', (_, set, due, stands) => {
    const mailbox = woken(set, { open: [open(due)] })
    const next = nextLook(mailbox, noon)
    if (stands) expect(next).toBe(mailbox)
    else expect(next.wake).toEqual({ number: 2, at: later(due).toISOString() })
  })

  it('a mailbox with nothing to do sleeps, under a number that no tick has', () => {
    expect(nextLook(woken(10_000), noon).wake).toEqual({ number: 2, at: null })
    const asleep = woken(null)
    expect(nextLook(asleep, noon)).toBe(asleep)
  })

  it('one that slept and has something to do wakes', () => {
    expect(nextLook(woken(null, { open: [open(0)] }), noon).wake).toEqual({ number: 2, at: noon.toISOString() })
  })

  it('it is left to another turn that is under way', () => {
    const other = woken(10_000, { acting: 7, open: [] })
    expect(turnOver(other, 6, noon)).toBe(other)
    expect(turnOver(other, 7, noon)).toMatchObject({ acting: null, wake: { at: null } })
    expect(turnOver({ ...other, acting: null }, 6, noon)).toMatchObject({ acting: null, wake: { at: null } })
  })
})

describe('a tick', () => {
  const mailbox = wokenAt(aMailbox(), noon)

  it('that is the wake of its mailbox moves it on before anything else', () => {
    const next = actedOn(mailbox, 1, later(3))
    expect(next).toMatchObject({ wake: { number: 2, at: later(10_003).toISOString() }, acting: 2 })
    expect(actedOn(next!, 1, later(4))).toBeNull()
  })

  it('that is any other does nothing', () => {
    expect(actedOn(mailbox, 0, noon)).toBeNull()
    expect(actedOn(mailbox, 2, noon)).toBeNull()
    expect(actedOn(wokenAt(aMailbox(), null), 1, noon)).toBeNull()
  })
})

describe('whatever a mailbox is at', () => {
  const instant = fc.integer({ min: -day, max: day })
  const mailboxes = fc.record({
    open: fc.array(instant, { maxLength: 3 }),
    claims: fc.array(fc.integer({ min: -20 * 60_000, max: 0 }), { maxLength: 32 }),
    rest: fc.option(instant),
    lost: fc.option(fc.constant('needs_sign_in' as const)),
    wake: fc.option(instant),
    acting: fc.option(fc.constantFrom(5, 6)),
  })

  it('a turn that was the last one leaves a wake when anything is left to do, and none when not', () => {
    fc.assert(
      fc.property(mailboxes, ({ open: opens, claims, rest, lost, wake, acting }) => {
        const mailbox = aMailbox({
          open: opens.map((ms, n) => open(ms, n + 1)),
          claims: claims.map((ms, n) => claim(ms, n)),
          rest: rest === null ? null : { until: later(rest).toISOString(), why: 'throttled' },
          wake: { number: 5, at: wake === null ? null : later(wake).toISOString() },
          lost,
          acting,
        })
        const next = turnOver(mailbox, 5, noon)
        if (acting === 6) {
          expect(next).toBe(mailbox)
          return
        }
        const hasWork = claims.length > 0 || opens.length > 0
        expect(next.wake.at !== null).toBe(hasWork)
        // Never late: by more than half a second, or a second look at what could not be settled.
        const due = nextLookAt(next, noon)
        if (due) expect(Date.parse(next.wake.at!) - due.getTime()).toBeLessThanOrEqual(0.5 * second)
        if (next.wake.at !== mailbox.wake.at) expect(next.wake.number).toBe(6)
        expect(next.acting).toBeNull()
      }),
      { numRuns: 2_000 },
    )
  })
})
