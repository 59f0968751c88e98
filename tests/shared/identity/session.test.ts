import { accountHash } from '@securemailmerge/shared/identity/account'
import {
  callerBy,
  freshUntil,
  isFresh,
  isLiving,
  newSession,
  type SignedIn,
  sessionId,
} from '@securemailmerge/shared/identity/session'
import { describe, expect, it } from 'vitest'
import { anAccount, anAddress, hour, later, noon, second } from '../../builders.ts'

const minute = 60 * second
const secret = 's'.repeat(43)
const olivia: SignedIn = {
  account: anAccount(1),
  evidence: [anAddress('olivia@contoso.example')],
  homed: true,
  name: 'Olivia Owner',
  address: 'olivia@contoso.example',
  signedInAt: later(-3 * minute),
}
const session = newSession(olivia, secret, noon)

describe('F16 a session', () => {
  it('is kept under a hash of what its cookie holds, and holds nothing that opens it', () => {
    expect(session.id).toBe(sessionId(secret))
    expect(session.id).toMatch(/^[\w-]{43}$/)
    expect(JSON.stringify(session)).not.toContain(secret)
    expect(sessionId('t'.repeat(43))).not.toBe(session.id)
  })

  it('lives 8 hours, and not an instant longer', () => {
    expect(isLiving(session, noon)).toBe(true)
    expect(isLiving(session, later(8 * hour - 1))).toBe(true)
    expect(isLiving(session, later(8 * hour))).toBe(false)
    expect(session).toMatchObject({ endsAt: later(8 * hour).toISOString(), ttl: 8 * 3600 })
  })

  it('is found by its account', () => {
    expect(session.accountHash).toBe(accountHash(olivia.account))
  })

  it('says of its caller what a token of that sign-in would say', () => {
    const { account, evidence, homed, signedInAt } = olivia
    expect(callerBy(session, 'portal')).toEqual({ account, evidence, homed, signedInAt, clientId: 'portal' })
    const unknown = newSession({ ...olivia, signedInAt: null }, secret, noon)
    expect(callerBy(unknown, 'portal').signedInAt).toBeNull()
  })
})

describe('F18 a sign-in', () => {
  it.each<[string, Date | null, boolean]>([
    ['a moment ago', noon, true],
    ['ten minutes ago', later(-10 * minute), true],
    ['ten minutes and a second ago', later(-10 * minute - second), false],
    ['eleven minutes ago', later(-11 * minute), false],
    ['at a time that nobody knows', null, false],
  ])('%s is fresh: %#', (_, signedInAt, fresh) => {
    expect(isFresh(signedInAt, noon)).toBe(fresh)
  })

  it('says until when it is fresh', () => {
    expect(freshUntil(noon)).toEqual(later(10 * minute))
    expect(freshUntil(null)).toBeNull()
  })
})
