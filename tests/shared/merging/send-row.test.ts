import type { Outcome, Refused } from '@securemailmerge/shared/graph/outcome'
import type { Mail } from '@securemailmerge/shared/merging/mail'
import { type ClaimedRow, sendRow } from '@securemailmerge/shared/merging/send-row'
import { Refusal } from '@securemailmerge/shared/refusal'
import { describe, expect, it } from 'vitest'
import { later, noon } from '../../builders.ts'
import { MemorySending, rowsOf } from '../../kit/memory-sending.ts'
import { aCampaign, aMailbox, aRow, idOf } from '../../kit/merging-builders.ts'

const minute = 60_000
const drafted = { id: 'draft', internetMessageId: '<id@x.example>' }
const done = <T>(value: T): Outcome<T> => ({ kind: 'done', value })
const refused = (why: Refused): Outcome<never> => ({ kind: 'refused', why })
const unclear: Outcome<never> = { kind: 'unclear', reason: 'timeout' }
const busy: Refused = { class: 'transient', code: 'ErrorServerBusy' }

interface Given {
  mode?: 'draft' | 'send'
  row?: Parameters<typeof aRow>[0]
  mail?: { problem: string }
  create?: Outcome<typeof drafted>
  send?: Outcome<void>
  /** How long ago the claim was made. */
  age?: number
  throttles?: number
  /** Writes of the row that come to nothing, by their number: the store is away, or applies them and does not say so. */
  store?: ('away' | 'lost' | 'taken')[]
}

async function sent({ mode = 'draft', row = {}, mail, create, send, age = 0, throttles = 0, store = [] }: Given) {
  const sending = new MemorySending(() => noon)
  const ledger = aRow({ state: 'sending', claim: 'claim', ...row })
  sending.put(aMailbox(), aCampaign({ mode }), ledger)
  const etag = rowsOf(sending.kept, idOf())[0]!._etag
  const calls: string[] = []
  const refusedTokens: string[] = []
  const replace = sending.replaceRow.bind(sending)
  sending.replaceRow = async (next, at) => {
    const fault = store.shift()
    if (fault === 'taken') sending.put({ ...ledger, ...{ claim: 'another' } })
    if (fault === 'lost') await replace(next, at)
    if (fault === 'lost' || fault === 'away') throw new Refusal('unavailable', 'away')
    return replace(next, at)
  }
  const given: ClaimedRow = {
    campaign: aCampaign({ mode }),
    claim: { id: 'claim', campaignId: idOf(), position: 1, at: noon.toISOString() },
    claimedAt: 0,
    ledger,
    etag,
    mail: mail ?? ({ stamp: 'x' } as Mail),
    token: 't',
    throttles,
  }
  const result = await sendRow(
    {
      sending: sending.asSending,
      monotonic: () => age,
      tokenRefused: (_, token) => void refusedTokens.push(token),
      mails: {
        createDraft: async () => {
          calls.push('create')
          return create ?? done(drafted)
        },
        sendDraft: async (_, id) => {
          calls.push(`send ${id}`)
          return send ?? done(undefined)
        },
        sendMail: async () => {
          calls.push('send')
          return send ?? done(undefined)
        },
        deleteDraft: async (_, id) => {
          calls.push(`delete ${id}`)
          return done(undefined)
        },
      },
    },
    given,
  )
  return { result, row: rowsOf(sending.kept, idOf())[0]!, calls, refusedTokens }
}

describe('a claimed row by draft', () => {
  it('is drafted, stored and sent', async () => {
    const { result, row, calls } = await sent({})
    expect(calls).toEqual(['create', 'send draft'])
    expect(row).toMatchObject({ state: 'sent', claim: null, draft: drafted, attempts: 0 })
    expect(result).toMatchObject({ state: 'sent', end: noon, stop: null })
  })

  it('that has a draft gets no other', async () => {
    const { calls, row } = await sent({ row: { draft: { ...drafted, id: 'old' } } })
    expect(calls).toEqual(['send old'])
    expect(row.draft?.id).toBe('old')
  })

  it('whose draft cannot be stored is not sent', async () => {
    for (const store of [['away', 'away', 'away'], ['taken']] as const) {
      const { calls, result } = await sent({ store: [...store] })
      expect(calls).toEqual(['create'])
      expect(result).toBeNull()
    }
  })

  it('whose draft is stored by an answer that is lost is sent', async () => {
    const { calls, result } = await sent({ store: ['lost'] })
    expect(calls).toEqual(['create', 'send draft'])
    expect(result?.state).toBe('sent')
  })

  it('that was sent by a call without an answer is settled later', async () => {
    const { result, row } = await sent({ send: unclear })
    expect(result).toBeNull()
    expect(row).toMatchObject({ state: 'sending', claim: 'claim', draft: drafted })
  })

  it('whose draft may or may not be there is tried again', async () => {
    const { result, row, calls } = await sent({ create: unclear })
    expect(calls).toEqual(['create'])
    expect(row).toMatchObject({ state: 'pending', why: 'draft_unclear', attempts: 1, draft: null })
    expect(result).toMatchObject({ state: 'pending', end: null, again: later(10_000) })
  })

  it('that failed forgets its draft, which is deleted: a retry makes another', async () => {
    const { row, calls } = await sent({
      send: refused({ class: 'row', code: 'ErrorInvalidRecipients', isFinal: true }),
    })
    expect(calls).toEqual(['create', 'send draft', 'delete draft'])
    expect(row).toMatchObject({ state: 'failed', isFinal: true, draft: null })
  })

  it('is not sent later than a minute after its claim', async () => {
    expect((await sent({ age: minute })).result?.state).toBe('sent')
    const { calls, row } = await sent({ age: minute + 1 })
    expect(calls).toEqual(['create'])
    expect(row).toMatchObject({ state: 'pending', why: 'too_late', draft: drafted })
  })
})

describe('a claimed row by one call', () => {
  const mode = 'send'
  it('is sent', async () => {
    const { result, row, calls } = await sent({ mode })
    expect(calls).toEqual(['send'])
    expect(row).toMatchObject({ state: 'sent', draft: null })
    expect(result?.end).toEqual(noon)
  })

  it('without an answer is unknown, and counts for the pace', async () => {
    const { result, row } = await sent({ mode, send: unclear })
    expect(row).toMatchObject({ state: 'unknown', why: 'no_answer' })
    expect(result).toMatchObject({ state: 'unknown', end: noon })
  })

  it('is not sent later than a minute after its claim', async () => {
    expect((await sent({ mode, age: minute + 1 })).calls).toEqual([])
  })
})

describe('a refusal', () => {
  const at = (ms: number) => later(ms)
  it.each<[string, Refused, object, object]>([
    [
      'throttled',
      { class: 'throttled', retryAfterMs: 7_000 },
      { state: 'pending', stop: { kind: 'throttled', until: at(7_000) } },
      { attempts: 0 },
    ],
    [
      'day_limit',
      { class: 'day_limit' },
      { state: 'pending', stop: { kind: 'day_limit', until: at(3_600_000) } },
      { attempts: 0 },
    ],
    [
      'sender',
      { class: 'sender', code: 'ErrorSendAsDenied' },
      { state: 'pending', stop: { kind: 'blocked', code: 'ErrorSendAsDenied' } },
      { attempts: 0 },
    ],
    [
      'row',
      { class: 'row', code: 'ErrorMessageSizeExceeded', isFinal: true },
      { state: 'failed', stop: null },
      { isFinal: true },
    ],
    [
      'row, as far as a status tells',
      { class: 'row', code: 'http_400', isFinal: false },
      { state: 'failed', stop: null },
      { isFinal: false },
    ],
    ['transient', busy, { state: 'pending', stop: null, again: at(10_000) }, { attempts: 1, why: 'ErrorServerBusy' }],
  ])('%s', async (_, why, result, row) => {
    for (const mode of ['draft', 'send'] as const) {
      const found = await sent({ mode, send: refused(why) })
      expect(found.result).toMatchObject({ ...result, end: noon })
      expect(found.row).toMatchObject({ ...row, claim: null })
    }
  })

  it('without a time waits longer each time, up to a quarter of an hour and some', async () => {
    const wait = async (throttles: number) => {
      const { result } = await sent({ throttles, send: refused({ class: 'throttled', retryAfterMs: null }) })
      const stop = result?.stop as { until: Date }
      return stop.until.getTime() - noon.getTime()
    }
    for (const [throttles, ms] of [
      [0, 10_000],
      [1, 20_000],
      [3, 80_000],
      [9, 900_000],
      [99, 900_000],
    ] as const) {
      const found = await wait(throttles)
      expect(found).toBeGreaterThanOrEqual(ms * 0.75)
      expect(found).toBeLessThanOrEqual(ms * 1.25)
    }
  })

  it('of the token asks for another one, and at last for the person', async () => {
    const send = refused({ class: 'sign_in', code: 'InvalidAuthenticationToken', claims: null })
    const first = await sent({ send })
    expect(first.refusedTokens).toEqual(['t'])
    expect(first.result).toMatchObject({ state: 'pending', stop: { kind: 'throttled', until: at(5_000) } })
    const last = await sent({ send, throttles: 2 })
    expect(last.result).toMatchObject({ state: 'pending', stop: { kind: 'lost', why: 'needs_sign_in' } })
    expect(last.row).toMatchObject({ attempts: 0 })
  })

  it('of a good token, again and again, stops the campaign: signing in would not help', async () => {
    const send = refused({ class: 'sign_in', code: 'ErrorAccessDenied', claims: null })
    const first = await sent({ mode: 'send', send, throttles: 1 })
    expect(first.result).toMatchObject({ state: 'pending', stop: { kind: 'throttled' } })
    const last = await sent({ mode: 'send', send, throttles: 2 })
    expect(last.result).toMatchObject({ state: 'pending', stop: { kind: 'blocked', code: 'ErrorAccessDenied' } })
  })

  it('that may pass is tried five times', async () => {
    const rests: (number | null)[] = []
    for (let attempts = 0; attempts < 5; attempts += 1) {
      const { result, row } = await sent({ row: { attempts }, send: refused(busy) })
      rests.push(result?.again ? result.again.getTime() - noon.getTime() : null)
      expect(row).toMatchObject({ state: attempts < 4 ? 'pending' : 'failed', attempts: attempts + 1, isFinal: false })
    }
    expect(rests).toEqual([10_000, 30_000, 120_000, 600_000, null])
  })
})

describe('a row without a mail', () => {
  it('fails, and its draft goes', async () => {
    const { row, calls } = await sent({ mail: { problem: 'field_empty' }, row: { draft: drafted } })
    expect(row).toMatchObject({ state: 'failed', why: 'field_empty', isFinal: true })
    expect(calls).toEqual(['delete draft'])
  })
})
