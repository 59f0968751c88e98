import { classify, classOf } from '@securemailmerge/shared/graph/classify'
import { type Answer, claimsOf, type Reply } from '@securemailmerge/shared/graph/client'
import type { Outcome, Refused } from '@securemailmerge/shared/graph/outcome'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const answer = (status: number, some: Partial<Answer> = {}): Answer => ({
  ...{ kind: 'answer', status, code: null, retryAfterMs: null, askedToWait: false, claims: null, body: undefined },
  ...some,
})
/** The class of an outcome, or `unclear`. */
const named = (outcome: Outcome<never>) => (outcome.kind === 'refused' ? outcome.why.class : outcome.kind)
const writing = (reply: Reply) => named(classify(reply, true))
const reading = (reply: Reply) => named(classify(reply, false))

type Row = [code: string, statuses: number[], expected: Refused['class']]
/** Each code of product reference 4.4 that a call answers, with the statuses it was seen with; then those beyond it. */
const rows: Row[] = [
  ['ApplicationThrottled', [429, 503], 'throttled'],
  ['TooManyRequests', [429], 'throttled'],
  ['ErrorExceededMessageLimit', [400, 403, 429], 'day_limit'],
  ['ErrorSubmissionQuotaExceeded', [400, 403, 429], 'day_limit'],
  ['ErrorExceededHourlyMessageLimit', [400, 403, 429], 'day_limit'],
  ['ErrorExceededMaxRecipientLimit', [400, 403], 'row'],
  ['ErrorAccountSuspend', [403, 400], 'sender'],
  ['ErrorMessageSubmissionBlocked', [403, 400], 'sender'],
  ['InvalidAuthenticationToken', [401], 'sign_in'],
  ['invalid_grant', [400, 401], 'sign_in'],
  ['interaction_required', [400, 401], 'sign_in'],
  ['ErrorAccessDenied', [403], 'sign_in'],
  ['ErrorInvalidRecipients', [400], 'row'],
  ['ErrorRecipientNotFound', [400, 404], 'row'],
  ['ErrorMessageSizeExceeded', [413, 400], 'row'],
  ['ErrorAttachmentSizeLimitExceeded', [413, 400], 'row'],
  ['ErrorServerBusy', [503], 'transient'],
  ['ErrorSendAsDenied', [403], 'sender'],
  ['ErrorQuotaExceeded', [403, 507], 'sender'],
  ['ErrorNonExistentMailbox', [404], 'sender'],
  ['MailboxNotEnabledForRESTAPI', [404], 'sender'],
  ['MailboxNotSupportedForRESTAPI', [404], 'sender'],
  ['ErrorMailboxStoreUnavailable', [503], 'transient'],
  ['ErrorItemNotFound', [404], 'transient'],
]

describe('a code', () => {
  it.each(rows)('%s with %j: %s', (code, statuses, expected) => {
    for (const status of statuses) {
      expect([status, writing(answer(status, { code }))]).toEqual([status, expected])
      expect([status, reading(answer(status, { code }))]).toEqual([status, expected])
    }
  })

  it('has a row here, and no code has two', () => {
    expect(rows.map(([code]) => code).toSorted()).toEqual(Object.keys(classOf).toSorted())
  })

  it('that nobody knows, or that names what every object has, decides nothing', () => {
    for (const code of ['ErrorOfNextYear', 'constructor', 'toString', '__proto__'])
      expect([400, 403, 429].map((status) => writing(answer(status, { code })))).toEqual(['row', 'sender', 'throttled'])
  })
})

describe('a status without a code that we know', () => {
  it.each<[number, string, string]>([
    [200, 'unclear', 'transient'],
    [204, 'unclear', 'transient'],
    [302, 'transient', 'transient'],
    [400, 'row', 'row'],
    [401, 'sign_in', 'sign_in'],
    [403, 'sender', 'sender'],
    [404, 'sender', 'sender'],
    [405, 'row', 'row'],
    [408, 'unclear', 'transient'],
    [409, 'transient', 'transient'],
    [410, 'sender', 'sender'],
    [412, 'transient', 'transient'],
    [413, 'row', 'row'],
    [415, 'row', 'row'],
    [421, 'transient', 'transient'],
    [423, 'transient', 'transient'],
    [425, 'transient', 'transient'],
    [429, 'throttled', 'throttled'],
    [500, 'unclear', 'transient'],
    [501, 'unclear', 'transient'],
    [502, 'unclear', 'transient'],
    [503, 'transient', 'transient'],
    [504, 'unclear', 'transient'],
    [520, 'unclear', 'transient'],
  ])('%d: writing %s, reading %s', (status, written, asked) => {
    expect([writing(answer(status)), reading(answer(status))]).toEqual([written, asked])
  })
})

describe('beside the table', () => {
  it('busy with a time to wait pauses the mailbox; without one it is tried again', () => {
    const code = 'ErrorServerBusy'
    expect(classify(answer(503, { code, retryAfterMs: 5_000, askedToWait: true }), true)).toEqual({
      kind: 'refused',
      why: { class: 'throttled', retryAfterMs: 5_000 },
    })
    expect(classify(answer(503, { askedToWait: true }), true)).toMatchObject({ why: { retryAfterMs: null } })
    expect(writing(answer(429, { code }))).toBe('throttled')
    expect(writing(answer(503, { code }))).toBe('transient')
  })

  it('a row fails for good only by a code that says so', () => {
    const isFinal = (status: number, code: string | null) => classify(answer(status, { code }), true)
    expect(isFinal(400, 'ErrorInvalidRecipients')).toMatchObject({ why: { class: 'row', isFinal: true } })
    for (const [status, code] of [
      [400, 'ErrorOfNextYear'],
      [400, null],
      [413, null],
    ] as const)
      expect(isFinal(status, code)).toMatchObject({ why: { class: 'row', isFinal: false } })
  })

  it('the day limit is known by its code, though it asks to wait', () => {
    const limited = answer(429, { code: 'ErrorExceededMessageLimit', retryAfterMs: 1_000, askedToWait: true })
    expect(classify(limited, true)).toEqual({ kind: 'refused', why: { class: 'day_limit' } })
  })

  it('a 504 is unclear whatever code it carries, a 500 unless its code says that nothing was sent', () => {
    for (const [code] of rows) expect([code, writing(answer(504, { code }))]).toEqual([code, 'unclear'])
    expect(writing(answer(500, { code: 'ErrorServerBusy' }))).toBe('unclear')
    expect(writing(answer(500, { code: 'ApplicationThrottled' }))).toBe('unclear')
    expect(writing(answer(500, { code: 'ErrorSendAsDenied' }))).toBe('sender')
  })

  it('no connection is transient; one that broke is unclear for what changes something', () => {
    expect(writing({ kind: 'unsent', reason: 'ECONNREFUSED' })).toBe('transient')
    expect(classify({ kind: 'broken', reason: 'ECONNRESET' }, true)).toEqual({ kind: 'unclear', reason: 'ECONNRESET' })
    expect(reading({ kind: 'broken', reason: 'timeout' })).toBe('transient')
  })

  it('a refused sign-in keeps the claims that the next one has to bring', () => {
    const claims = '{"access_token":{"nbf":{"essential":true}}}'
    expect(classify(answer(401, { code: 'InvalidAuthenticationToken', claims }), true)).toEqual({
      kind: 'refused',
      why: { class: 'sign_in', code: 'InvalidAuthenticationToken', claims },
    })
  })

  it('every answer is judged, and only what may have been done is unclear', () => {
    const some = fc.record({
      status: fc.integer({ min: 200, max: 599 }),
      code: fc.option(fc.oneof(fc.constantFrom(...Object.keys(classOf)), fc.string())),
      retryAfterMs: fc.option(fc.nat()),
      askedToWait: fc.boolean(),
    })
    fc.assert(
      fc.property(some, fc.boolean(), (given, changes) => {
        const outcome = classify(answer(given.status, given), changes)
        expect(outcome.kind).not.toBe('done')
        if (outcome.kind !== 'unclear') return
        expect(changes).toBe(true)
        expect(given.status < 300 || given.status === 408 || (given.status >= 500 && given.status !== 503)).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('claims of a challenge', () => {
  const encode = (text: string) => Buffer.from(text).toString('base64')
  const claims = '{"access_token":{"xms_cc":{"values":["cp1"]}}}'

  it('are JSON in base64, in either alphabet', () => {
    for (const encoded of [encode(claims), Buffer.from(claims).toString('base64url')])
      expect(claimsOf(`Bearer realm="", error="insufficient_claims", claims="${encoded}"`)).toBe(claims)
  })

  it.each([
    ['none', 'Bearer realm=""'],
    ['no JSON', `Bearer claims="${encode('no')}"`],
    ['no object', `Bearer claims="${encode('5')}"`],
    ['nothing', 'Bearer claims=""'],
    ['far too long', `Bearer claims="${'A'.repeat(9_000)}"`],
  ])('%s: null', (_, header) => {
    expect(claimsOf(header)).toBeNull()
  })
})
