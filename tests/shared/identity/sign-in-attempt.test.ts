import { accountHash, CONSUMER_TENANT } from '@securemailmerge/shared/identity/account'
import type { SignedIn } from '@securemailmerge/shared/identity/session'
import {
  attemptText,
  faultOf,
  mismatchOf,
  readAttempt,
  type SignInAttempt,
  signedInAtOf,
} from '@securemailmerge/shared/identity/sign-in-attempt'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anAccount, aPersonalAccount, later, noon, second } from '../../builders.ts'

const minute = 60 * second
const attempt: SignInAttempt = {
  state: 's'.repeat(43),
  nonce: 'n'.repeat(43),
  verifier: 'v'.repeat(43),
  returnTo: '/subscriptions?name=Zoë',
  fresh: false,
  accountHash: null,
  at: noon.getTime(),
}
const who = (some: Partial<SignedIn> = {}): SignedIn => ({
  ...{ account: anAccount(1), evidence: [], homed: true, name: null, address: null, signedInAt: noon },
  ...some,
})

describe('F17 an attempt to sign in', () => {
  it('comes back from its cookie as it went in, in characters that a cookie may have', () => {
    expect(readAttempt(attemptText(attempt))).toEqual(attempt)
    expect(attemptText(attempt)).toMatch(/^[\w-]+$/)
  })

  it('is nothing when it is anything else', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(readAttempt(text)).toBeUndefined()
      }),
    )
    const wrong = [{ ...attempt, state: 'x' }, { ...attempt, fresh: 1 }, [attempt], null]
    for (const one of wrong) expect(readAttempt(attemptText(one as never))).toBeUndefined()
    // A later version may keep more in it.
    expect(readAttempt(attemptText({ ...attempt, more: 1 } as never))).toEqual(attempt)
  })

  it('is good for its own state, for ten minutes', () => {
    expect(faultOf(attempt, attempt.state, later(10 * minute))).toBeNull()
    expect(faultOf(attempt, attempt.state, later(10 * minute + 1))).toBe('expired')
    // A cookie that somebody made up, so that its sign-in counts as fresh for hours.
    expect(faultOf({ ...attempt, at: later(8 * 60 * minute).getTime() }, attempt.state, noon)).toBe('expired')
    expect(faultOf({ ...attempt, at: later(minute).getTime() }, attempt.state, noon)).toBeNull()
    expect(faultOf(attempt, 't'.repeat(43), noon)).toBe('unknown')
    expect(faultOf(undefined, attempt.state, noon)).toBe('unknown')
  })
})

describe('F18 a fresh sign-in', () => {
  const fresh = { ...attempt, fresh: true, accountHash: accountHash(anAccount(1)) }

  it.each<[string, SignInAttempt, SignedIn, 'another_account' | 'not_fresh' | null]>([
    ['whoever signs in', attempt, who({ signedInAt: null }), null],
    ['whoever signed in long ago', attempt, who({ signedInAt: later(-60 * minute) }), null],
    ['the same person, just now', fresh, who(), null],
    ['another account', fresh, who({ account: anAccount(2) }), 'another_account'],
    [
      'another account, although it is fresh',
      { ...attempt, accountHash: fresh.accountHash },
      who({ account: anAccount(2) }),
      'another_account',
    ],
    ['somebody whom Microsoft did not ask', fresh, who({ signedInAt: later(-11 * minute) }), 'not_fresh'],
    ['somebody of whom it is not known', fresh, who({ signedInAt: null }), 'not_fresh'],
    ['somebody new', { ...fresh, accountHash: null }, who({ account: anAccount(2) }), null],
  ])('is for %s: %#', (_, of, one, mismatch) => {
    expect(mismatchOf(of, one, noon)).toBe(mismatch)
  })

  it('of a personal account is as old as the attempt, where Microsoft does not say it', () => {
    const pat = who({ account: aPersonalAccount, signedInAt: null })
    expect(aPersonalAccount.tenantId).toBe(CONSUMER_TENANT)
    expect(signedInAtOf({ ...attempt, fresh: true }, pat)).toEqual(noon)
    expect(signedInAtOf(attempt, pat)).toBeNull()
    expect(signedInAtOf({ ...attempt, fresh: true }, who({ signedInAt: null }))).toBeNull()
    const said = who({ account: aPersonalAccount, signedInAt: later(-60 * minute) })
    expect(signedInAtOf({ ...attempt, fresh: true }, said)).toEqual(later(-60 * minute))
  })
})
