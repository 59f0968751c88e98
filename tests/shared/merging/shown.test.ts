import { foreseen } from '@securemailmerge/shared/merging/foreseen'
import { claimed, folded } from '@securemailmerge/shared/merging/moves'
import { shownCampaign } from '@securemailmerge/shared/merging/shown'
import { emptyWindows, withClaim, withEnd } from '@securemailmerge/shared/merging/windows'
import { describe, expect, it } from 'vitest'
import { day, hour, later, noon, second } from '../../builders.ts'
import { aCampaign, aMailbox, idOf } from '../../kit/merging-builders.ts'

const minute = 60 * second
const claim = (position: number, n = 1) => ({
  id: `c${n} ${position}`,
  campaignId: idOf(n),
  position,
  at: noon.toISOString(),
})
const until = (ms: number) => later(ms).toISOString()
const state = (mailbox: Parameters<typeof aMailbox>[0], campaign: Parameters<typeof aCampaign>[0] = {}) => {
  const { state, waitsUntil } = shownCampaign(aMailbox(mailbox), aCampaign(campaign), noon)
  return { state, waitsUntil }
}

describe('its numbers', () => {
  it('make its total, whatever is in flight, its own and others', () => {
    const claims = [claim(9), claim(10), claim(1, 2)]
    const counts = { sent: 3, failed: 2, unknown: 1 }
    const shown = shownCampaign(aMailbox({ claims }), aCampaign({ counts, total: 20, skipped: 4 }), noon)
    expect(shown).toMatchObject({ total: 20, skipped: 4, counts: { ...counts, sending: 2, pending: 12 } })
  })

  it('stay those of the counts until a result is counted', () => {
    const pair = claimed({ mailbox: aMailbox(), campaign: aCampaign() }, claim(1), { recipients: 1, bytes: 1 }, noon)
    const before = shownCampaign(pair.mailbox, pair.campaign, noon)
    expect(before.counts).toMatchObject({ sent: 0, sending: 1, pending: 9 })
    const after = folded(pair, { claim: claim(1), state: 'sent', end: noon, again: null, stop: null }, noon)
    expect(shownCampaign(after.mailbox, after.campaign, noon).counts).toMatchObject({ sent: 1, sending: 0, pending: 9 })
  })

  it('of the last minute are those of the mailbox', () => {
    const windows = [-61, -60, -59, -1].map((s) => later(s * second)).reduce(withEnd, emptyWindows())
    expect(shownCampaign(aMailbox({ windows }), aCampaign(), noon).perMinute).toBe(2)
  })
})

describe('what it waits for', () => {
  it('is nothing while it is sent', () => expect(state({})).toEqual({ state: 'running', waitsUntil: null }))

  it('is its owner', () => {
    for (const lost of ['needs_sign_in', 'blocked_by_policy', 'consent_withdrawn'] as const)
      expect(state({ lost })).toEqual({ state: lost, waitsUntil: null })
  })

  it('is its start', () => {
    expect(state({}, { startAt: until(hour) })).toEqual({ state: 'scheduled', waitsUntil: until(hour) })
    expect(state({}, { startAt: until(-hour) }).state).toBe('running')
  })

  it('is what Microsoft has asked for, or the day', () => {
    const rest = (why: 'throttled' | 'day_limit', ms = minute) => ({ rest: { until: until(ms), why } })
    expect(state(rest('throttled'))).toEqual({ state: 'waiting', waitsUntil: until(minute) })
    expect(state(rest('day_limit'))).toEqual({ state: 'waiting_limit', waitsUntil: until(minute) })
    expect(state(rest('day_limit', -1)).state).toBe('running')
  })

  it('is the day as we count it', () => {
    const windows = withClaim(emptyWindows(), { recipients: 10_000, bytes: 0 }, later(-hour))
    const { state: found, waitsUntil } = state({ windows })
    expect(found).toBe('waiting_limit')
    expect(Date.parse(waitsUntil!) - noon.getTime()).toBeGreaterThan(23 * hour)
  })

  it('is the day, for one whose next mail has more recipients than it has room for', () => {
    const open = [{ campaignId: idOf(), at: until(20 * hour) }]
    expect(state({ open })).toEqual({ state: 'waiting_limit', waitsUntil: until(20 * hour) })
    // Another one of the mailbox, and one whose only row waits for its next try, do not wait for the day.
    expect(state({ open: [{ campaignId: idOf(2), at: until(20 * hour) }] }).state).toBe('running')
    const again = [{ position: 1, at: until(hour) }]
    expect(state({ open: [{ campaignId: idOf(), at: until(hour) }] }, { cursor: 10, again }).state).toBe('running')
    // Minutes and bytes are no day.
    expect(state({ open: [{ campaignId: idOf(), at: until(8 * minute) }] }).state).toBe('running')
  })

  it('is an operator, or a restore, who has stopped sending for everybody', () => {
    const shown = (mailbox: Parameters<typeof aMailbox>[0], campaign: Parameters<typeof aCampaign>[0] = {}) => {
      const { state, why, waitsUntil, expectedEnd } = shownCampaign(aMailbox(mailbox), aCampaign(campaign), noon, true)
      return { state, why, waitsUntil, expectedEnd }
    }
    const stopped = { state: 'waiting', why: 'stopped', waitsUntil: null, expectedEnd: null }
    expect(shown({})).toEqual(stopped)
    expect(shown({ rest: { until: until(hour), why: 'day_limit' } })).toEqual(stopped)
    // Its sender has something to do, or nothing of it is due.
    expect(shown({ lost: 'needs_sign_in' })).toMatchObject({ state: 'needs_sign_in', why: null })
    expect(shown({}, { startAt: until(hour) })).toMatchObject({ state: 'scheduled', why: null })
    expect(shown({}, { state: 'paused', why: 'by_sender' })).toMatchObject({ state: 'paused', why: 'by_sender' })
  })

  it('is not shown of one that is not sent', () => {
    for (const other of ['ready', 'paused', 'blocked', 'completed', 'cancelled'] as const)
      expect(
        state({ lost: 'needs_sign_in', rest: { until: until(hour), why: 'throttled' } }, { state: other }),
      ).toEqual({
        state: other,
        waitsUntil: null,
      })
  })
})

describe('its expected end', () => {
  const end = (some: Parameters<typeof aCampaign>[0], mailbox: Parameters<typeof aMailbox>[0] = {}) => {
    const { expectedEnd } = shownCampaign(aMailbox(mailbox), aCampaign(some), noon)
    return expectedEnd && Date.parse(expectedEnd) - noon.getTime()
  }

  it.each([
    [{ total: 60 }, 2 * minute],
    [{ total: 60, counts: { sent: 30, failed: 0, unknown: 0 } }, minute],
    [{ total: 9_999 }, (9_999 / 30) * minute],
    // A day holds 10,000 of them.
    [{ total: 10_000 }, (10_000 / 30) * minute],
    [{ total: 10_001 }, day + minute / 30],
    [{ total: 25_000 }, 2 * day + (5_000 / 30) * minute],
    [{ total: 60, startAt: until(hour) }, hour + 2 * minute],
    // Cc and Bcc count for the day: 12,000 recipients.
    [{ total: 6_000, recipients: 12_000 }, day + (1_000 / 30) * minute],
    // Large files make it slower: 15 MB are ten mails in 5 minutes.
    [{ total: 60, bytes: 15 * 1024 * 1024 }, 30 * minute],
  ])('of %j', (some, ms) => expect(end(some)).toBe(Math.floor(ms)))

  it('counts what is left as the pre-flight does: where that says not today, it is not today', () => {
    // One mail of four recipients for three: one and a third are left of it, and those need two places.
    const some = { total: 3, recipients: 4, counts: { sent: 2, failed: 0, unknown: 0 } }
    for (const had of [9_998, 9_999]) {
      const windows = withClaim(emptyWindows(), { recipients: had, bytes: 0 }, later(-hour))
      const { fitsToday } = foreseen(aCampaign(some), { mailbox: aMailbox({ windows }), campaigns: [] }, null, noon)
      expect([had, fitsToday, Number(end(some, { windows })) < hour]).toEqual([had, had === 9_998, had === 9_998])
    }
  })

  it('waits as its mailbox does', () => {
    expect(end({ total: 60 }, { rest: { until: until(hour), why: 'throttled' } })).toBe(hour + 2 * minute)
  })

  it('counts what the day has had already', () => {
    const windows = withClaim(emptyWindows(), { recipients: 9_990, bytes: 0 }, later(-hour))
    const shown = shownCampaign(aMailbox({ windows }), aCampaign({ total: 60 }), noon)
    expect(shown).toMatchObject({ state: 'running', waitsUntil: null })
    expect(end({ total: 60 }, { windows })).toBeGreaterThan(23 * hour)
    expect(end({ total: 10 }, { windows })).toBe(20 * second)
  })

  it.each([
    { windows: withClaim(emptyWindows(), { recipients: 10_000, bytes: 0 }, later(-hour)) },
    { rest: { until: until(30 * hour), why: 'day_limit' as const } },
    { open: [{ campaignId: idOf(), at: until(20 * hour) }] },
  ])('is never before it goes on', (mailbox) => {
    const { waitsUntil, expectedEnd } = shownCampaign(aMailbox(mailbox), aCampaign(), noon)
    expect(Date.parse(expectedEnd!)).toBe(Date.parse(waitsUntil!) + 20 * second)
  })

  it('is not known of one that waits for a person, or is not sent', () => {
    expect(end({ total: 60 }, { lost: 'needs_sign_in' })).toBeNull()
    expect(end({ total: 60, state: 'paused' })).toBeNull()
  })
})
