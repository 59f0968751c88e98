import {
  allowedAt,
  BYTES_IN_FIVE_MINUTES,
  dayAllowsAt,
  emptyWindows,
  MAILS_A_MINUTE,
  type Need,
  RECIPIENTS_A_DAY,
  recipientsSince,
  type Windows,
  withClaim,
  withEnd,
} from '@securemailmerge/shared/merging/windows'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { day, hour, later, noon, second } from '../../builders.ts'

const minute = 60 * second
const one: Need = { recipients: 1, bytes: 1000 }

/** One mail as it went: when it was claimed, when it left for all we know, when the call ended. */
interface Gone extends Need {
  claimed: number
  left: number
  ended: number
}

/** What chance decides about a mail: how late it is claimed, how long the call lasts, when in it the mail leaves. */
interface Chance extends Need {
  late: number
  lasts: number
  leaves: number
  /** How long after its end others learn of it. */
  told: number
  /** How long before it there was nothing to send. */
  idle: number
}

const within = (from: number, to: number) => fc.integer({ min: from, max: to })
const fast: fc.Arbitrary<Chance> = fc.record({
  late: within(0, 50),
  lasts: within(0, 50),
  leaves: within(0, 100),
  told: fc.constant(0),
  idle: fc.constant(0),
  recipients: fc.constant(1),
  bytes: fc.constant(1000),
})
const any: fc.Arbitrary<Chance> = fc.record({
  late: fc.oneof(within(0, 100), within(0, 10_000)),
  lasts: fc.oneof(within(0, 2_000), within(0, 90_000)),
  leaves: within(0, 100),
  told: fc.oneof(fc.constant(0), within(0, 60_000)),
  idle: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: within(0, 20 * 3_600_000) }),
  recipients: fc.oneof(within(1, 3), within(1, 500)),
  bytes: fc.oneof(within(500, 50_000), within(500, 5_000_000)),
})

/** Mails go as soon as they may, or later by chance. Whoever is in flight counts until others learn of the end. */
function sendAll(chances: Chance[], look: (windows: Windows) => void = () => {}): Gone[] {
  let windows = emptyWindows()
  let now = noon.getTime()
  const gone: Gone[] = []
  let flying: (Gone & { told: number })[] = []
  const learn = () => {
    const told = flying.filter((mail) => mail.told <= now)
    for (const { ended } of told) windows = withEnd(windows, new Date(ended))
    if (told.length > 0) flying = flying.filter((mail) => mail.told > now)
  }
  for (const chance of chances) {
    now += chance.idle
    for (;;) {
      learn()
      const at = allowedAt(windows, flying.length, chance, new Date(now)).getTime()
      expect(at).toBeGreaterThanOrEqual(now)
      if (at === now) break
      // What is learnt meanwhile may let it go sooner, as in a turn.
      now = Math.min(at, ...flying.map(({ told }) => told))
    }
    now += chance.late
    learn()
    const { lasts, leaves, recipients, bytes } = chance
    windows = withClaim(windows, chance, new Date(now))
    look(windows)
    const ended = now + lasts
    const mail = { claimed: now, left: now + Math.floor((lasts * leaves) / 100), ended, recipients, bytes }
    gone.push(mail)
    flying.push({ ...mail, told: ended + chance.told })
  }
  return gone
}

/** The most that any span of this length holds, which is open at its beginning. */
function mostIn(span: number, gone: Gone[], at: (mail: Gone) => number, amount: (mail: Gone) => number): number {
  const all = gone.toSorted((a, b) => at(a) - at(b))
  let most = 0
  let sum = 0
  let first = 0
  for (const mail of all) {
    sum += amount(mail)
    for (; at(all[first]!) <= at(mail) - span; first += 1) sum -= amount(all[first]!)
    most = Math.max(most, sum)
  }
  return most
}

const left = ({ left }: Gone) => left
const ended = ({ ended }: Gone) => ended
const claimed = ({ claimed }: Gone) => claimed

describe('whatever is sent, and however long it takes', () => {
  const always = (look: (gone: Gone[]) => void, seen?: (windows: Windows) => void) =>
    fc.assert(
      fc.property(fc.array(any, { minLength: 1, maxLength: 120 }), (chances) => look(sendAll(chances, seen))),
      { numRuns: 300 },
    )

  it('no 60 seconds see more than 30 mails leave', () => {
    always((gone) => {
      expect(mostIn(minute, gone, left, () => 1)).toBeLessThanOrEqual(MAILS_A_MINUTE)
      expect(mostIn(minute, gone, ended, () => 1)).toBeLessThanOrEqual(MAILS_A_MINUTE)
    })
  })

  it('no 24 hours see more than 10,000 recipients, no 5 minutes more than 150 MB', () => {
    always((gone) => {
      for (const at of [claimed, left, ended]) {
        expect(mostIn(day, gone, at, ({ recipients }) => recipients)).toBeLessThanOrEqual(RECIPIENTS_A_DAY)
        expect(mostIn(5 * minute, gone, at, ({ bytes }) => bytes)).toBeLessThanOrEqual(BYTES_IN_FIVE_MINUTES)
      }
    })
  })

  it('what is stored of it is less than 2 KB', () => {
    always(
      () => {},
      (windows) => expect(JSON.stringify(windows).length).toBeLessThan(2048),
    )
  })
})

describe('at full speed', () => {
  it('every 60 seconds see at least 29 mails leave, and at most 30', () => {
    fc.assert(
      fc.property(fc.array(fast, { minLength: 150, maxLength: 150 }), (chances) => {
        const gone = sendAll(chances)
        const from = gone[0]!.claimed
        const until = gone.at(-1)!.claimed
        for (const { ended: at } of gone.filter(({ ended }) => ended + minute <= until)) {
          const inside = gone.filter(({ ended }) => ended > at && ended <= at + minute).length
          expect(inside).toBeGreaterThanOrEqual(29)
          expect(inside).toBeLessThanOrEqual(30)
        }
        expect(until - from).toBeGreaterThan(4 * minute)
      }),
      { numRuns: 60 },
    )
  }, 30_000)

  it('a day of single recipients is full after 10,000, of which the windows remember enough in less than 2 KB', () => {
    const chance: Chance = { late: 0, lasts: 10, leaves: 50, told: 0, idle: 0, recipients: 1, bytes: 20_000 }
    let most = 0
    const gone = sendAll(
      Array.from({ length: 10_001 }, () => chance),
      (windows) => {
        most = Math.max(most, JSON.stringify(windows).length)
      },
    )
    expect(gone[9_999]!.claimed - gone[0]!.claimed).toBeLessThan(5.6 * hour)
    expect(gone[10_000]!.claimed - gone[0]!.claimed).toBeGreaterThan(24 * hour)
    expect(gone[10_000]!.claimed - gone[0]!.claimed).toBeLessThan(24.4 * hour)
    expect(most).toBeLessThan(2048)
  }, 20_000)
})

describe('one by one', () => {
  const at = (windows: Windows, inFlight = 0, need = one, now = noon) =>
    allowedAt(windows, inFlight, need, now).getTime() - noon.getTime()

  /** Claimed at these milliseconds after noon, one after the other. */
  const claimedAt = (...instants: number[]) =>
    instants.reduce((windows, ms) => withClaim(windows, one, later(ms)), emptyWindows())

  it('the first goes at once, the second after a second, each other after two', () => {
    expect(at(emptyWindows())).toBe(0)
    expect(at(claimedAt(0))).toBe(1_000)
    expect(at(claimedAt(0, 1_000))).toBe(3_000)
    expect(at(claimedAt(0, 1_000, 3_000))).toBe(5_000)
  })

  it('one that was late lets the next go so much sooner, by a second at most', () => {
    expect(at(claimedAt(0, 1_000, 3_400))).toBe(5_000)
    expect(at(claimedAt(0, 1_000, 60_000))).toBe(61_000)
  })

  /** Two hosts may be so far apart in what they take for the time of the store. */
  const apart = 100
  it('thirty ends in the last minute wait for the oldest to be a minute old', () => {
    const ends = Array.from({ length: 30 }, (_, n) => later(-59_000 + n * 10))
    const full = ends.reduce(withEnd, emptyWindows())
    expect(at(full)).toBe(second + apart)
    // Two more in flight: two more have to be a minute old.
    expect(at(full, 2)).toBe(second + apart + 20)
  })

  it('whoever is in flight counts as one of the last minute', () => {
    const ends = Array.from({ length: 28 }, (_, n) => later(-50_000 + n * 10))
    const some = ends.reduce(withEnd, emptyWindows())
    expect(at(some, 1)).toBe(0)
    expect(at(some, 2)).toBe(10 * second + apart)
  })

  it('ends that come in any order are kept in theirs, the last thirty', () => {
    const ends = [5, 3, 9, 1].map((n) => later(n * second))
    const kept = ends.reduce(withEnd, emptyWindows()).ends.map((end) => (end - noon.getTime()) / second)
    expect(kept).toEqual([1, 3, 5, 9])
  })

  it('a quarter of an hour counts until it ended a day ago, and a little', () => {
    const full = withClaim(emptyWindows(), { recipients: 10_000, bytes: 0 }, noon)
    expect(dayAllowsAt(full, 1, later(hour)).getTime()).toBe(later(day + 17 * minute).getTime())
    const free = at(full, 0, one, later(hour))
    expect(free).toBe(day + 15 * minute + 2 * minute)
    expect(dayAllowsAt(full, 1, later(free))).toEqual(later(free))
    expect(recipientsSince(full, later(23 * hour))).toBe(10_000)
    expect(recipientsSince(full, later(day + 15 * minute))).toBe(0)
  })

  it('one mail beyond every limit goes when nothing else counts: Microsoft decides', () => {
    const need: Need = { recipients: 20_000, bytes: BYTES_IN_FIVE_MINUTES * 2 }
    expect(at(emptyWindows(), 0, need)).toBe(0)
    expect(at(withClaim(emptyWindows(), one, noon), 0, need)).toBeGreaterThan(day)
  })

  it('a clock that is set back counts where it had been, and lets nothing go sooner', () => {
    const ahead = withClaim(emptyWindows(), { recipients: 9_999, bytes: 0 }, later(2 * hour))
    const back = withClaim(ahead, { recipients: 1, bytes: 0 }, noon)
    expect(recipientsSince(back, later(2 * hour))).toBe(10_000)
    expect(at(back)).toBeGreaterThan(day)
  })
})
