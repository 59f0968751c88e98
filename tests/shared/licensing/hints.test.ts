import {
  accountHint,
  accountKey,
  addressHint,
  addressKey,
  hintsOf,
  roleHint,
  tenantHint,
  tenantKey,
} from '@securemailmerge/shared/licensing/hints'
import { expect, it } from 'vitest'
import { anAccount, anAddress, aSeat, aSubscription, contoso, fabrikam, noon, owner } from '../../builders.ts'

const bob = aSeat('bob@contoso.example', { account: anAccount(2) })
const subscription = aSubscription()
const all = [
  addressHint(bob, noon),
  accountHint(bob, anAccount(2), noon),
  roleHint(subscription, owner, noon),
  tenantHint(subscription, contoso, noon),
]

it('has one item per key and subscription, and says what it is for', () => {
  expect(all.map(({ key, id, kind }) => [key.split(':')[0], id, kind])).toEqual([
    ['address', `seat:${subscription.subscriptionId}:${bob.seatId}`, 'seat'],
    ['account', `seat:${subscription.subscriptionId}:${bob.seatId}`, 'seat'],
    ['account', `role:${subscription.subscriptionId}`, 'role'],
    ['tenant', `shown:${subscription.subscriptionId}`, 'shown'],
  ])
})

it('keeps addresses and accounts readable inside the item only', () => {
  expect(all.map(({ of }) => of)).toEqual([bob.address, anAccount(2), owner, contoso])
  for (const { key, id } of all) {
    expect(key).toMatch(/^(account|address|tenant):[\w-]{43}$/)
    expect(id).not.toMatch(/@|contoso|00000000/)
  }
})

it('has another key for each account, address and tenant', () => {
  const keys = [
    ...[anAccount(1), anAccount(2), anAccount(1, fabrikam)].map(accountKey),
    ...['a@contoso.example', 'b@contoso.example'].map(anAddress).map(addressKey),
    ...[contoso, fabrikam].map(tenantKey),
  ]
  expect(new Set(keys).size).toBe(keys.length)
})

it('finds the hints of a seat again, for fading them', () => {
  const places = [addressHint(bob, noon), accountHint(bob, anAccount(2), noon)].map(({ key, id }) => ({ key, id }))
  expect(hintsOf(bob)).toEqual(places)
  expect(hintsOf(aSeat('bob@contoso.example'))).toEqual(places.slice(0, 1))
})

it('carries the name that lists are searched by', () => {
  expect(roleHint(subscription, owner, noon)).toMatchObject({ name: 'Contoso', at: noon.toISOString(), seatId: null })
})
