import {
  type Attempt,
  attemptItem,
  faultOf,
  isFresh,
  newAttempt,
  outcomeOf,
  readState,
  stateText,
  wanted,
} from '@securemailmerge/shared/merging/attempt'
import { describe, expect, it } from 'vitest'
import { aPersonalAccount } from '../../builders.ts'

const noon = new Date('2027-03-01T12:00:00Z')
const minute = 60_000
const at = (ms: number) => new Date(noon.getTime() + ms)
const mailboxId = 'm'.repeat(43)
const grantId = `${mailboxId}.${'g'.repeat(22)}`
const account = { tenantId: 'a0c94727-500b-47b6-9778-07462571a6b6', objectId: '8e5024d6-1638-491e-a660-21f300fe7848' }
const permissions = wanted(true, false)
const made = { mailboxId, grantId, account, secret: 'hash', verifier: 'sealed', permissions }
const attempt: Attempt = newAttempt(made, noon)

describe('an attempt', () => {
  it('is open for ten minutes, to whoever knows its secret', () => {
    expect(attempt).toMatchObject({ id: attemptItem(grantId), outcome: 'open', claims: null })
    expect(faultOf(attempt, 'hash', at(10 * minute - 1))).toBeNull()
    expect(faultOf(attempt, 'hash', at(10 * minute))).toBe('expired')
  })

  it('is unknown to everybody else, used or expired or not', () => {
    expect(faultOf(undefined, 'hash', noon)).toBe('unknown')
    for (const one of [attempt, { ...attempt, outcome: 'done' as const }]) {
      expect(faultOf(one, 'other', at(60 * minute))).toBe('unknown')
    }
  })

  it.each(['redeeming', 'done', 'another_account', 'ended', 'unavailable'] as const)(
    'that is %s is used',
    (outcome) => {
      expect(faultOf({ ...attempt, outcome }, 'hash', noon)).toBe('used')
    },
  )

  it('shows as expired when nobody has come back, and otherwise as what became of it', () => {
    expect(outcomeOf(attempt, at(minute))).toBe('open')
    expect(outcomeOf(attempt, at(10 * minute))).toBe('expired')
    expect(outcomeOf({ ...attempt, outcome: 'redeeming' }, at(10 * minute))).toBe('expired')
    expect(outcomeOf({ ...attempt, outcome: 'declined' }, at(10 * minute))).toBe('declined')
  })

  it('wants a sign-in of now, or of the ten minutes before it', () => {
    expect(isFresh(attempt, at(5 * minute))).toBe(true)
    expect(isFresh(attempt, at(-11 * minute))).toBe(true)
    expect(isFresh(attempt, at(-11 * minute - 1))).toBe(false)
  })

  it('takes one of which nobody says when for fresh of personal accounts alone, of which Microsoft never says it', () => {
    expect(isFresh(attempt, null)).toBe(false)
    const personal = { ...attempt, account: aPersonalAccount }
    expect(isFresh(personal, null)).toBe(true)
    expect(isFresh(personal, at(-11 * minute - 1))).toBe(false)
  })

  it('asks for sending alone unless more is wanted', () => {
    expect(wanted(false, false)).toEqual(['Mail.Send'])
    expect(wanted(true, false)).toEqual(['Mail.Send', 'Mail.ReadWrite'])
    expect(wanted(true, true)).toEqual(['Mail.Send', 'Mail.Send.Shared', 'Mail.ReadWrite'])
  })
})

describe('the state that comes back', () => {
  const state = { mailboxId, grantId, secret: 's'.repeat(43) }

  it('is read as it was written', () => {
    expect(readState(stateText(state))).toEqual(state)
  })

  it.each([
    '',
    'x',
    grantId,
    `${stateText(state)}x`,
    `x${stateText(state)}`,
    stateText(state).replace('.', '/'),
    `${stateText(state)}\n`,
    stateText({ ...state, secret: '' }),
    '../'.repeat(40),
  ])('is nothing when it is %j', (text) => {
    expect(readState(text)).toBeUndefined()
  })
})
