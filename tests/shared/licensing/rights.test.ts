import { seatAssignment } from '@securemailmerge/shared/http/contracts/seat-assignment'
import { parsed } from '@securemailmerge/shared/http/read-request'
import { allowed, only } from '@securemailmerge/shared/licensing/rights'
import { mayDo, type Right } from '@securemailmerge/shared/licensing/subscription'
import { describe, expect, it } from 'vitest'
import { anAccount, aSeat, aSubscription, fabrikam, owner, refusalOf } from '../../builders.ts'

const rights: Right[] = ['see', 'assign', 'describe']
const strangers = [
  ['a colleague', anAccount(2)],
  ['the same object id in another tenant', { ...owner, tenantId: fabrikam }],
  ['an owner of something else', anAccount(1, fabrikam)],
] as const

describe('C22 who may', () => {
  it.each(rights)('%s: the owner', (right) => {
    const subscription = aSubscription()
    expect(allowed(subscription, owner, right)).toBe(subscription)
    expect(() => only(owner, right)(subscription)).not.toThrow()
  })

  it.each(strangers)('not: %s, who learns exactly what someone learns of what does not exist', (_, account) => {
    for (const right of rights) {
      const missing = refusalOf(() => allowed(undefined, account, right))
      expect(missing).toEqual({ code: 'not_found', message: 'There is no such subscription.', details: {} })
      expect(refusalOf(() => allowed(aSubscription(), account, right))).toEqual(missing)
      expect(refusalOf(() => only(account, right)(aSubscription()))).toEqual(missing)
    }
  })

  it('not: anybody, while nobody owns it', () => {
    expect(rights.filter((right) => mayDo(aSubscription({ owner: null }), owner, right))).toEqual([])
  })

  const [seat, kim] = [aSeat('bob@contoso.example').seatId, 'kim@contoso.example']
  it.each([
    ['assign_seats', { addresses: [kim] }, { seats: 999 }],
    ['assign_seats', { addresses: [kim] }, { role: 'owner' }],
    ['assign_seats', { addresses: [kim] }, { account: owner }],
    ['withdraw_seats', { seats: [seat] }, { owner }],
    ['rebind_seats', { seats: [seat] }, { account: owner }],
    ['hand_on_seat', { address: kim }, { quantity: 999 }],
    ['describe_subscription', { name: 'Contoso' }, { quantity: 999 }],
    ['describe_subscription', { contact: null }, { owner }],
  ] as const)('no raising by a further field: %s %j with %j', (name, body, more) => {
    const schema = seatAssignment[name].body
    expect(() => parsed(schema, body, 'body')).not.toThrow()
    expect(refusalOf(() => parsed(schema, { ...body, ...more }, 'body'))).toMatchObject({
      code: 'input_invalid',
      details: { errors: [{ at: `body.${Object.keys(more)[0]}`, fault: 'unknown_field' }] },
    })
  })

  it.each([
    ['assign_seats', { addresses: [] }],
    ['assign_seats', { addresses: Array.from({ length: 91 }, (_, n) => `a${n}@contoso.example`) }],
    ['assign_seats', { addresses: [kim, 'bob@contoso.example'], self: true }],
    ['assign_seats', { email: kim, seats: 999, role: 'owner' }],
    ['withdraw_seats', { seats: Array.from({ length: 91 }, () => seat) }],
    ['withdraw_seats', { seats: ['../subscription'] }],
    ['hand_on_seat', {}],
    ['describe_subscription', {}],
    ['describe_subscription', { name: null }],
  ] as const)('no body that is none of ours: %s %#', (name, body) => {
    expect(seatAssignment[name].body.safeParse(body).success).toBe(false)
  })
})
