import { alterGrant, Grant, granted, grantedId } from '@securemailmerge/shared/licensing/grant'
import { ownerHints } from '@securemailmerge/shared/licensing/hints'
import { SubscriptionId } from '@securemailmerge/shared/licensing/subscription'
import { describe, expect, it } from 'vitest'
import {
  aChange,
  anAccount,
  aPersonalAccount,
  aSeat,
  aState,
  aSubscription,
  contoso,
  decided,
  fabrikam,
  noon,
  owner,
  refusalOf,
} from '../../builders.ts'

const asked = { owner, quantity: 25, until: '2027-12-31T00:00:00Z', name: 'Contoso', why: 'invoice 4711' }
const grant = Grant.parse(asked)
const faultsOf = (some: Record<string, unknown>) =>
  Grant.safeParse({ ...asked, ...some }).error?.issues.map(({ path }) => path.join('.')) ?? []

describe('what a grant takes', () => {
  it('fills in what is usual', () => {
    expect(granted(grant, aChange()).subscription).toMatchObject({
      reference: null,
      contact: null,
      shownToTenant: true,
    })
  })

  it('takes ids in capitals as the ids they are', () => {
    const { owner: taken } = Grant.parse({
      ...asked,
      owner: { tenantId: contoso.toUpperCase(), objectId: owner.objectId },
    })
    expect(taken.tenantId).toBe(contoso)
  })

  it.each([
    ['quantity', { quantity: 0 }],
    ['quantity', { quantity: 1.5 }],
    ['quantity', { quantity: '25' }],
    ['quantity', { quantity: 100_001 }],
    ['owner.tenantId', { owner: { ...owner, tenantId: 'contoso.example' } }],
    ['owner.objectId', { owner: { tenantId: contoso } }],
    ['until', { until: 'soon' }],
    ['subscriptionId', { subscriptionId: 'sub_1' }],
    ['name', { name: ' ' }],
    ['name', { name: 'n'.repeat(101) }],
    ['name', { name: 'Your mailbox is full: https://evil.example' }],
    ['name', { name: 'www.evil.example' }],
    ['name', { name: 'Log in at evil.example/login' }],
    ['name', { name: 'evil.com/' }],
    ['name', { name: 'evil.example:8443/x' }],
    ['name', { name: 'évil.пример/вход' }],
    ['name', { name: 'evil.xn--e1afmkfd/x' }],
    ['name', { name: 'Con\u2028toso' }],
    ['contact', { contact: 'room\u20297' }],
    ['name', { name: 'Con\u202etoso' }],
    ['contact', { contact: 'line\nbreak' }],
    ['contact', { contact: 'c'.repeat(301) }],
    ['name', { name: 'half \ud83d' }],
    ['reference', { reference: 'a\u200bb' }],
    ['why', { why: '' }],
    ['', { seats: 999 }],
    ['', { role: 'owner' }],
  ])('refuses a wrong %s: %j', (path, some) => {
    expect(faultsOf(some)).toContain(path)
  })
})

it.each([
  'Contoso A/S',
  'Art. 3/4',
  'Müller & Co. KG / Nord',
  'it@contoso.example, room 7',
  'INV.2026/17',
  'contoso.example',
])('takes a name that is none of those: %s', (name) => {
  expect(faultsOf({ name })).toEqual([])
})

describe('a new granted subscription', () => {
  const { subscription, entry } = granted(grant, aChange({ id: 'message-1', by: { kind: 'operator' } }))

  it('begins with what was agreed and nothing assigned', () => {
    expect(subscription).toEqual(
      aSubscription({
        subscriptionId: grantedId('message-1'),
        quantity: 25,
        paidUntil: '2027-12-31T00:00:00Z',
      }),
    )
  })

  it('has an id of ours that is the same for each repeat of its message, and of no other', () => {
    expect(SubscriptionId.safeParse(subscription.subscriptionId).success).toBe(true)
    expect(grantedId('message-1')).toBe(grantedId('message-1'))
    expect(grantedId('message-2')).not.toBe(grantedId('message-1'))
  })

  it('says in its history who made it', () => {
    expect(entry).toEqual({
      id: 'change:message-1',
      kind: 'history',
      subscriptionId: subscription.subscriptionId,
      at: noon.toISOString(),
      by: { kind: 'operator' },
      did: 'granted',
      seats: [],
      fingerprint: 'f',
      why: null,
      answer: { subscriptionId: subscription.subscriptionId, quantity: 25, assigned: 0 },
    })
  })
})

describe('altering', () => {
  it('sets the terms anew and keeps the seats', () => {
    const state = aState({ nextOrder: 8, state: 'ended' }, [aSeat('bob@contoso.example')])
    const { answer, subscription, did } = decided(alterGrant({ ...grant, owner: anAccount(5) }), state)
    expect(answer).toEqual({ subscriptionId: state.subscription.subscriptionId, quantity: 25, assigned: 1 })
    expect(did).toBe('altered')
    expect(subscription).toMatchObject({ owner: anAccount(5), state: 'active', assigned: 1, nextOrder: 8 })
  })

  it('keeps what the new terms do not name, and empties what they say is empty', () => {
    const named = { reference: 'PO 17', contact: 'Ask Pat', shownToTenant: false }
    expect(decided(alterGrant(grant), aState(named)).subscription).toMatchObject(named)
    const emptied = { reference: null, contact: null, shownToTenant: true }
    expect(decided(alterGrant({ ...grant, ...emptied }), aState(named)).subscription).toMatchObject(emptied)
  })

  it('leaves alone what somebody pays for at the seller', () => {
    expect(refusalOf(() => decided(alterGrant(grant), aState({ source: 'purchased' }))).code).toBe('not_allowed')
  })
})

describe('where it is found', () => {
  const kinds = (some: Parameters<typeof aSubscription>[0]) =>
    ownerHints(aSubscription(some), noon).map(({ kind, of }) => [kind, of])

  it('by its owner and by people of its tenant', () => {
    expect(kinds({ owner: anAccount(1, fabrikam) })).toEqual([
      ['role', anAccount(1, fabrikam)],
      ['shown', fabrikam],
    ])
  })

  it('by its owner alone when it does not let itself be shown, or belongs to a personal account', () => {
    expect(kinds({ shownToTenant: false })).toEqual([['role', owner]])
    expect(kinds({ owner: aPersonalAccount })).toEqual([['role', aPersonalAccount]])
  })

  it('by nobody while nobody owns it', () => {
    expect(kinds({ owner: null })).toEqual([])
  })
})
