import {
  cancel,
  cancelFor,
  discard,
  listStored,
  pause,
  regained,
  resume,
  retryFailed,
  settleUnknown,
  start,
} from '@securemailmerge/shared/merging/acts'
import type { Campaign, CampaignState } from '@securemailmerge/shared/merging/campaign'
import { type Mailbox, wokenAt } from '@securemailmerge/shared/merging/mailbox'
import type { StoredList } from '@securemailmerge/shared/merging/store-list'
import { Refusal } from '@securemailmerge/shared/refusal'
import { describe, expect, it } from 'vitest'
import { hour, later, noon } from '../../builders.ts'
import { aCampaign, aMailbox, aRow, idOf } from '../../kit/merging-builders.ts'

const states: CampaignState[] = [
  ...(['draft', 'ready', 'running', 'paused', 'blocked'] as const),
  ...(['completed', 'completed_with_errors', 'cancelled'] as const),
]
const pairOf = (campaign: Partial<Campaign> = {}, mailbox: Partial<Mailbox> = {}) => ({
  mailbox: aMailbox(mailbox),
  campaign: aCampaign(campaign),
})
const open = (at = noon) => [{ campaignId: idOf(), at: at.toISOString() }]
const list = { list: 'new', mails: 3, lines: 5, bytesPerMail: 700 } as StoredList

/** What an act makes of each state; `-` is a refusal, `=` changes nothing. */
function table(act: (pair: ReturnType<typeof pairOf>) => { campaign: Campaign; mailbox: Mailbox }) {
  return states.map((state) => {
    const pair = pairOf({ state, counts: { sent: 0, failed: 1, unknown: 1 } })
    try {
      const after = act(pair)
      return after.campaign === pair.campaign && after.mailbox === pair.mailbox ? '=' : after.campaign.state
    } catch (error) {
      expect(error).toBeInstanceOf(Refusal)
      expect(error).toMatchObject({ code: 'campaign_state', details: { state } })
      return '-'
    }
  })
}

it.each([
  ['started', 'ready', (pair) => start(null, null)(pair, noon)],
  ['resumed', 'paused', (pair) => resume(pair, noon)],
  ['tried again', 'completed_with_errors', (pair) => retryFailed(pair, noon)],
] as [string, CampaignState, (pair: ReturnType<typeof pairOf>) => unknown][])(
  'one more is not %s while 20 are open',
  (_, state, act) => {
    const others = (many: number) => Array.from({ length: many }, (_, n) => ({ campaignId: idOf(n + 2), at: 'x' }))
    const pair = (many: number) => pairOf({ state, counts: { sent: 0, failed: 1, unknown: 0 } }, { open: others(many) })
    expect(() => act(pair(20))).toThrow(expect.objectContaining({ code: 'too_many_campaigns', details: { limit: 20 } }))
    expect(() => act(pair(19))).not.toThrow()
    expect(() => act(pairOf({ state: 'running' }, { open: [...others(19), ...open()] }))).not.toThrow()
  },
)

describe('what may be done with a campaign, by its state', () => {
  const again = (pair: ReturnType<typeof pairOf>) => settleUnknown(pair, aRow({ state: 'unknown' }), 'again', noon)
  const sent = (pair: ReturnType<typeof pairOf>) => settleUnknown(pair, aRow({ state: 'unknown' }), 'sent', noon)
  it.each([
    ['given a list', (pair) => listStored(list)(pair, noon), 'ready ready - - - - - -'],
    ['started', (pair) => start(null, null)(pair, noon), '- running running - - - - -'],
    ['paused', (pair) => pause(pair, noon), '- - paused = - - - -'],
    ['resumed', (pair) => resume(pair, noon), '- - = running running - - -'],
    ['cancelled', (pair) => cancel(pair, noon), 'cancelled cancelled cancelled cancelled cancelled - - ='],
    ['discarded', (pair) => discard(pair, noon), 'cancelled cancelled - - - = = ='],
    // What was stopped stays so.
    ['tried again', (pair) => retryFailed(pair, noon), '- - running paused blocked running running -'],
    ['settled as lost', again, 'running running running paused blocked running running -'],
    ['settled as sent', sent, 'draft ready running paused blocked completed completed_with_errors cancelled'],
  ] as [string, Parameters<typeof table>[0], string][])('%s', (_, act, expected) => {
    expect(table(act).join(' ')).toBe(expected)
  })
})

describe('a start', () => {
  it('at once wakes the mailbox at once, whatever is set', () => {
    for (const wake of [null, later(-hour), noon, later(hour)]) {
      const { mailbox, campaign } = start(null, null)(
        { ...pairOf({ state: 'ready' }), mailbox: wokenAt(aMailbox(), wake) },
        noon,
      )
      expect(mailbox).toMatchObject({ wake: { number: 2, at: noon.toISOString() }, open: open() })
      expect(campaign).toMatchObject({ state: 'running', startAt: null })
    }
  })

  it('later wakes it then; a wake that comes sooner finds it too', () => {
    const at = later(hour)
    const due = { wake: { number: 1, at: at.toISOString() }, open: open(at) }
    expect(start(at, null)(pairOf({ state: 'ready' }), noon).mailbox).toMatchObject(due)
    const sooner = wokenAt(aMailbox(), later(hour / 2))
    const next = start(at, null)({ ...pairOf({ state: 'ready' }), mailbox: sooner }, noon).mailbox
    expect(next).toMatchObject({ wake: sooner.wake, open: open(at) })
    const later2 = wokenAt(aMailbox(), later(2 * hour))
    const moved = start(at, null)({ ...pairOf({ state: 'ready' }), mailbox: later2 }, noon).mailbox
    expect(moved.wake).toEqual({ number: 2, at: at.toISOString() })
  })

  it('is moved until its first mail, to another instant or to now; the same once more changes nothing', () => {
    const scheduled = start(later(2 * hour), null)(pairOf({ state: 'ready' }), noon)
    for (const [at, due] of [
      [later(hour), later(hour)],
      [null, noon],
    ] as const) {
      const { campaign, mailbox } = start(at, null)(scheduled, noon)
      expect(campaign).toMatchObject({ state: 'running', startAt: at?.toISOString() ?? null })
      expect(campaign.movedAt).toBe(due.toISOString())
      expect(mailbox).toMatchObject({ wake: { number: 2, at: due.toISOString() }, open: open(due) })
    }
    const postponed = start(later(3 * hour), null)(scheduled, noon)
    expect(postponed).toMatchObject({
      campaign: { startAt: later(3 * hour).toISOString() },
      mailbox: { open: open(later(3 * hour)) },
    })
    expect(start(later(2 * hour), null)(scheduled, noon)).toEqual(scheduled)
    const begun = pairOf({ startAt: null, startedAt: noon.toISOString() })
    expect(start(later(hour), null)(begun, noon)).toEqual(begun)
  })

  it('keeps what was proved, and takes what is proved now', () => {
    const until = later(hour).toISOString()
    expect(start(null, later(hour))(pairOf({ state: 'ready' }), noon).campaign.licensedUntil).toBe(until)
    expect(start(null, null)(pairOf({ state: 'ready', licensedUntil: until }), noon).campaign.licensedUntil).toBe(until)
    // Started twice, with a proof at last: its footer is not decided yet.
    expect(start(null, later(hour))(pairOf(), noon).campaign.licensedUntil).toBe(until)
  })
})

describe('a pause', () => {
  it('closes the campaign; what waits to be tried again is kept', () => {
    const again = [{ position: 2, at: noon.toISOString() }]
    const { mailbox, campaign } = pause(pairOf({ again }, { open: open() }), noon)
    expect(mailbox.open).toEqual([])
    expect(campaign).toMatchObject({ why: 'by_sender', again })
  })
})

describe('resuming', () => {
  it('begins with a fresh error budget, at once', () => {
    const { mailbox, campaign } = resume(
      pairOf({ state: 'paused', why: 'mostly_failing', lately: 'f'.repeat(20) }, { wake: { number: 4, at: null } }),
      noon,
    )
    expect(campaign).toMatchObject({ state: 'running', why: null, lately: '' })
    expect(mailbox).toMatchObject({ open: open(), wake: { number: 5, at: noon.toISOString() } })
  })

  it('of one that waits for a sign-in looks whether there is one', () => {
    const wake = { number: 4, at: later(hour).toISOString() }
    const { mailbox, campaign } = resume(pairOf({}, { lost: 'needs_sign_in', wake }), noon)
    expect(mailbox).toMatchObject({ lost: 'needs_sign_in', wake: { number: 5, at: noon.toISOString() } })
    expect(campaign.state).toBe('running')
  })

  it('ends a campaign of which nothing is left', () => {
    const done = { state: 'paused', cursor: 10, counts: { sent: 10, failed: 0, unknown: 0 } } as const
    const { campaign, mailbox } = resume(pairOf(done), noon)
    expect(campaign).toMatchObject({ state: 'completed', endedAt: noon.toISOString() })
    expect(mailbox.wake.at).toBeNull()
  })
})

describe('a cancellation', () => {
  it('leaves nothing to try', () => {
    const again = [{ position: 2, at: noon.toISOString() }]
    const { mailbox, campaign } = cancel(pairOf({ again, retryFrom: 3, why: 'x' }, { open: open() }), noon)
    expect(mailbox.open).toEqual([])
    expect(campaign).toMatchObject({ again: [], retryFrom: null, why: null, endedAt: noon.toISOString() })
  })
})

it.each(['idle', 'by_operator'] as const)('a campaign that not its sender ends says so: %s', (why) => {
  expect(cancelFor(why)(pairOf({ why: 'mostly_failing' }), noon).campaign).toMatchObject({ state: 'cancelled', why })
})

describe('trying again what has failed', () => {
  const failed = { counts: { sent: 8, failed: 2, unknown: 0 }, cursor: 10 }

  it('looks for it from the beginning, at once', () => {
    const { campaign, mailbox } = retryFailed(
      pairOf({ ...failed, state: 'completed_with_errors', endedAt: noon.toISOString() }),
      noon,
    )
    expect(campaign).toMatchObject({ state: 'running', retryFrom: 0, endedAt: null })
    expect(mailbox).toMatchObject({ open: open(), wake: { number: 1, at: noon.toISOString() } })
  })

  it('changes nothing when nothing has failed, or it is being looked for', () => {
    for (const some of [{ counts: { sent: 0, failed: 0, unknown: 1 } }, { ...failed, retryFrom: 7 }]) {
      const pair = pairOf(some)
      expect(retryFailed(pair, noon)).toEqual(pair)
    }
  })

  it('of a campaign that its sender has paused waits until that goes on', () => {
    const { campaign, mailbox } = retryFailed(pairOf({ ...failed, state: 'paused', why: 'by_sender' }), noon)
    expect(campaign).toMatchObject({ state: 'paused', why: 'by_sender', retryFrom: 0 })
    expect(mailbox).toMatchObject({ open: [], wake: { at: null } })
    expect(resume({ campaign, mailbox }, noon)).toMatchObject({
      campaign: { state: 'running' },
      mailbox: { open: open() },
    })
  })
})

describe('what the sender says of a mail that is unknown', () => {
  const unknown = aRow({ state: 'unknown', position: 3, attempts: 4, draft: { id: 'd', internetMessageId: 'i' } })
  const counts = { sent: 9, failed: 0, unknown: 1 }

  it('sent: it is counted as sent, and the last of its errors ends a campaign well', () => {
    const before = pairOf({ counts, cursor: 10, state: 'completed_with_errors' })
    const { campaign, row } = settleUnknown(before, unknown, 'sent', noon)
    expect(campaign).toMatchObject({ state: 'completed', counts: { sent: 10, failed: 0, unknown: 0 } })
    expect(row).toMatchObject({ state: 'sent', why: 'said_by_sender' })
    const skipped = settleUnknown(pairOf({ counts, skipped: 1, state: 'completed_with_errors' }), unknown, 'sent', noon)
    expect(skipped.campaign.state).toBe('completed_with_errors')
  })

  it('again: another mail is made of it, from a new draft', () => {
    const before = pairOf({ counts, cursor: 10, state: 'completed_with_errors', endedAt: noon.toISOString() })
    const { campaign, mailbox, row } = settleUnknown(before, unknown, 'again', noon)
    expect(campaign).toMatchObject({ state: 'running', endedAt: null, counts: { sent: 9, failed: 0, unknown: 0 } })
    expect(campaign.again).toEqual([{ position: 3, at: noon.toISOString() }])
    expect(mailbox).toMatchObject({ open: open(), wake: { at: noon.toISOString() } })
    expect(row).toMatchObject({ state: 'pending', draft: null, attempts: 0 })
  })

  it('again: a campaign that was paused stays paused', () => {
    const { campaign, mailbox } = settleUnknown(
      pairOf({ counts, state: 'paused', why: 'by_sender' }),
      unknown,
      'again',
      noon,
    )
    expect(campaign).toMatchObject({ state: 'paused', why: 'by_sender' })
    expect(mailbox).toMatchObject({ open: [], wake: { at: null } })
  })

  it('before it was counted: it is counted first', () => {
    const claims = [{ id: 'c', campaignId: idOf(), position: 3, at: noon.toISOString() }]
    const none = { sent: 9, failed: 0, unknown: 0 }
    const { campaign, mailbox } = settleUnknown(pairOf({ counts: none }, { claims }), unknown, 'sent', noon)
    expect(campaign.counts).toEqual({ sent: 10, failed: 0, unknown: 0 })
    expect(mailbox.claims).toEqual([])
  })
})

describe('a mailbox that can be sent from again', () => {
  it.each(['throttled', 'day_limit'] as const)(
    'wakes at once, and goes on waiting where Microsoft said so: %s',
    (why) => {
      const rest = { until: later(hour).toISOString(), why }
      const lost = aMailbox({ lost: 'needs_sign_in', throttles: 2, rest })
      expect(regained(lost, noon)).toMatchObject({
        ...{ lost: null, throttles: 0, rest },
        wake: { number: 1, at: noon.toISOString() },
      })
    },
  )
})

describe('a list', () => {
  it('of nothing that can be sent makes nothing ready', () => {
    const { campaign } = listStored({ ...list, mails: 0 })(pairOf({ state: 'ready' }), noon)
    expect(campaign).toMatchObject({ state: 'draft', total: 0, skipped: 5, list: 'new' })
  })
})
