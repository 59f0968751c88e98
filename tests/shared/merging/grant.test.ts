import {
  ended,
  type Grant,
  isEnded,
  type Lost,
  lossOf,
  mayTry,
  newGrant,
  renewed,
  withFault,
  withLoss,
  withTry,
} from '@securemailmerge/shared/merging/grant'
import { mailboxIdOf } from '@securemailmerge/shared/merging/mailbox-id'
import { describe, expect, it } from 'vitest'

const noon = new Date('2027-03-01T12:00:00Z')
const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const at = (ms: number) => new Date(noon.getTime() + ms)
const account = { tenantId: 'a0c94727-500b-47b6-9778-07462571a6b6', objectId: '8e5024d6-1638-491e-a660-21f300fe7848' }
const mailboxId = mailboxIdOf(account)
const made = {
  ...{ mailboxId, grantId: `${mailboxId}.x`, account, permissions: ['Mail.Send'] },
  ...{ sealed: 'sealed', address: 'olivia@contoso.example' },
}
const aGrant = (earlier?: Grant) => newGrant(made, earlier, noon)
const said = (why: Lost['why'] = 'needs_sign_in', claims: string | null = null) => ({
  why,
  claims,
  code: 'invalid_grant AADSTS50173',
})

it('a mailbox has one id, and another account another', () => {
  expect(mailboxId).toMatch(/^[\w-]{43}$/)
  expect(mailboxIdOf({ ...account })).toBe(mailboxId)
  expect(mailboxIdOf({ ...account, objectId: account.tenantId })).not.toBe(mailboxId)
})

describe('the life of a grant', () => {
  it('is 90 days at most, however often it is used', () => {
    let grant = aGrant()
    for (let days = 10; days < 90; days += 10) grant = renewed(grant, 'newer', ['Mail.Send'], at(days * day))
    expect(isEnded(grant, at(90 * day - 1))).toBe(false)
    expect(isEnded(grant, at(90 * day))).toBe(true)
    expect(lossOf(grant, at(90 * day))).toBe('needs_sign_in')
  })

  it('is 30 days unused', () => {
    expect(isEnded(aGrant(), at(30 * day - 1))).toBe(false)
    expect(isEnded(aGrant(), at(30 * day))).toBe(true)
    const used = renewed(aGrant(), 'newer', ['Mail.Send'], at(29 * day))
    expect(isEnded(used, at(58 * day))).toBe(false)
    expect(isEnded(used, at(59 * day))).toBe(true)
  })

  it('is written into the item, so that the store forgets it by itself', () => {
    expect(aGrant().ttl).toBe(30 * 24 * 3600)
    expect(renewed(aGrant(), 'newer', [], at(80 * day)).ttl).toBe(10 * 24 * 3600)
  })

  it('ends on request: its token and the address go at once', () => {
    const over = ended(aGrant(), at(hour))
    expect(over).toMatchObject({ sealed: null, address: null, endedAt: at(hour).toISOString() })
    expect(isEnded(over, at(hour))).toBe(true)
    expect(ended(over, at(2 * hour)).endedAt).toBe(over.endedAt)
    expect(mayTry(withLoss(over, said(), at(hour)), at(day))).toBe(false)
  })

  it('is over where there is none', () => {
    expect(lossOf(undefined, noon)).toBe('needs_sign_in')
    expect(lossOf(aGrant(), noon)).toBeNull()
  })
})

describe('a loss', () => {
  it('is shown as what it is, with its challenge', () => {
    const lost = withLoss(aGrant(), said('needs_sign_in', '{"a":1}'), at(5 * hour))
    expect(lossOf(lost, at(5 * hour))).toBe('needs_sign_in')
    expect(lost.lost?.claims).toBe('{"a":1}')
    expect(lossOf(withLoss(aGrant(), said('consent_withdrawn'), at(hour)), at(hour))).toBe('consent_withdrawn')
  })

  it('may be tried again after ten minutes, and after a second try in vain only the next day', () => {
    let grant = withLoss(aGrant(), said(), at(5 * hour))
    expect(mayTry(grant, at(5 * hour + 10 * minute - 1))).toBe(false)
    expect(mayTry(grant, at(5 * hour + 10 * minute))).toBe(true)
    grant = withTry(grant, at(6 * hour))
    expect(mayTry(grant, at(6 * hour + 10 * minute))).toBe(false)
    grant = withLoss(grant, said(), at(6 * hour))
    expect(mayTry(grant, at(30 * hour - 1))).toBe(false)
    expect(mayTry(grant, at(30 * hour))).toBe(true)
    expect(grant.lost).toMatchObject({ at: at(5 * hour).toISOString(), tries: 2 })
  })

  it('by a policy is not tried again, and keeps no token', () => {
    const blocked = withLoss(aGrant(), said('blocked_by_policy'), at(5 * hour))
    expect(blocked.sealed).toBeNull()
    expect(mayTry(blocked, at(20 * day))).toBe(false)
    expect(lossOf(blocked, at(20 * day))).toBe('blocked_by_policy')
  })

  it('a second one within an hour of a good sign-in is a policy', () => {
    const first = withLoss(aGrant(), said(), at(20 * day))
    const again = newGrant(made, first, at(20 * day + minute))
    const second = withLoss(again, said(), at(20 * day + minute + hour))
    expect(second.lost?.why).toBe('blocked_by_policy')
    expect(withLoss(again, said(), at(20 * day + minute + hour + 1)).lost?.why).toBe('needs_sign_in')
    // A try in vain counts as well as a new sign-in.
    const tried = withTry(withLoss(aGrant(), said(), at(minute)), at(15 * minute))
    expect(withLoss(tried, said(), at(15 * minute)).lost?.why).toBe('blocked_by_policy')
  })

  it('the first one within an hour, and a withdrawn consent, are what they are', () => {
    expect(withLoss(aGrant(), said(), at(minute)).lost?.why).toBe('needs_sign_in')
    const before = withLoss(aGrant(), said(), at(minute))
    const again = newGrant(made, before, at(2 * minute))
    expect(withLoss(again, said('consent_withdrawn'), at(3 * minute)).lost?.why).toBe('consent_withdrawn')
  })

  it('by our own fault never looks like a policy', () => {
    const before = withFault(aGrant(), 'key_gone', at(minute))
    const again = newGrant(made, before, at(2 * minute))
    expect(withFault(again, 'key_gone', at(3 * minute)).lost).toMatchObject({ why: 'needs_sign_in', code: 'key_gone' })
  })

  it('goes with a good refresh', () => {
    const grant = renewed(withLoss(aGrant(), said(), at(5 * hour)), 'newer', ['Mail.Send'], at(6 * hour))
    expect(grant).toMatchObject({ lost: null, lostBefore: true, sealed: 'newer', usedAt: at(6 * hour).toISOString() })
  })
})
