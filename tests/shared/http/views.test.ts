import { seatAssignment } from '@securemailmerge/shared/http/contracts/seat-assignment'
import { countsAndDeeds, historyView, nextPage, seatView, subscriptionView } from '@securemailmerge/shared/http/views'
import { historyEntry } from '@securemailmerge/shared/licensing/change'
import { giveSeats } from '@securemailmerge/shared/licensing/seats'
import { expect, it } from 'vitest'
import {
  aChange,
  anAccount,
  aReleasedSeat,
  aSeat,
  aState,
  aSubscription,
  day,
  decided,
  later,
  noon,
  owner,
  typed,
} from '../../builders.ts'

it('shows a subscription to its manager: what is bought, given away and free', () => {
  const view = subscriptionView(aSubscription({ quantity: 10, assigned: 4, contact: 'Ask Pat' }), owner, noon)
  expect(seatAssignment.show_subscription.answer.parse(view)).toEqual({
    id: aSubscription().subscriptionId,
    name: 'Contoso',
    reference: null,
    source: 'granted',
    interval: null,
    term: 'fixed',
    quantity: 10,
    assigned: 4,
    free: 6,
    licensing: true,
    state: 'active',
    paidUntil: aSubscription().paidUntil,
    endsAt: aSubscription().paidUntil,
    overQuantity: 0,
    ceiling: null,
    contact: 'Ask Pat',
    role: 'owner',
    may: ['see', 'assign', 'describe'],
  })
})

it.each([
  ['a reduction under way', { quantity: 10, ceiling: 5, assigned: 4 }, { ceiling: 5, free: 1, overQuantity: 0 }],
  ['more than is bought', { quantity: 3, assigned: 5 }, { free: 0, overQuantity: 2 }],
  ['an end', { paidUntil: noon.toISOString() }, { licensing: false, free: 10 }],
])('shows %s', (_, some, shown) => {
  expect(subscriptionView(aSubscription(some), owner, noon)).toMatchObject(shown)
})

it.each([
  ['a renewal that is not paid: its beginning', { state: 'past_due' as const }, '2026-02-20T12:00:00.000Z'],
  ['a first payment on its way: the beginning', { state: 'payment_pending' as const }, '2026-02-20T12:00:00.000Z'],
  ['money that is there: the end of its period', { state: 'active' as const }, '2026-03-20T12:00:00.000Z'],
])('shows as paid, of %s', (_, some, paidUntil) => {
  const seller = { mode: 'test' as const, subscription: 'sub_1', customer: 'cus_1', item: 'si_1' }
  const bought = aSubscription({
    ...{ source: 'purchased', seller: { ...seller, interval: 'monthly' }, term: 'renewing' },
    ...{ paidUntil: '2026-03-20T12:00:00.000Z', createdAt: '2026-02-20T12:00:00.000Z' },
    ...{ pastDueSince: '2026-02-20T13:00:00.000Z', ...some },
  })
  expect(subscriptionView(bought, owner, noon).paidUntil).toBe(paidUntil)
})

it('tells when an unpaid one ends that was cancelled, which is not until when it is paid', () => {
  const since = later(-day).toISOString()
  const end = later(3 * day).toISOString()
  const view = subscriptionView(
    aSubscription({ state: 'past_due', term: 'cancelled', pastDueSince: since, paidUntil: end }),
    owner,
    noon,
  )
  expect(view).toMatchObject({ licensing: true, paidUntil: since, endsAt: end })
})

it('tells somebody else that they are nothing to it and may do nothing', () => {
  expect(subscriptionView(aSubscription(), anAccount(2), noon)).toMatchObject({ role: null, may: [] })
})

it('shows a seat with its holder, its place and its last use', () => {
  const bob = aSeat('bob@contoso.example', { order: 4, account: anAccount(2) })
  const over = seatView(bob, aSubscription({ overFrom: 4 }), '2026-02-28')
  expect(seatAssignment.list_seats.answer.parse({ seats: [over], next: null }).seats).toEqual([
    {
      id: bob.seatId,
      address: 'bob@contoso.example',
      typed: 'bob@contoso.example',
      state: 'bound',
      overQuantity: true,
      assignedAt: noon.toISOString(),
      boundAt: noon.toISOString(),
      releasedAt: null,
      account: anAccount(2),
      usedOn: '2026-02-28',
    },
  ])
})

it('never calls a withdrawn seat over quantity', () => {
  const gone = aReleasedSeat('bob@contoso.example', noon, { order: 9 })
  expect(seatView(gone, aSubscription({ overFrom: 4 }), null)).toMatchObject({
    state: 'released',
    releasedAt: noon.toISOString(),
    overQuantity: false,
  })
})

it('answers a change with the counts and what became of each address', () => {
  const give = giveSeats([typed('bob@contoso.example')], { account: owner, evidence: [], claimed: null })
  const view = countsAndDeeds(decided(give, aState()).answer)
  expect(seatAssignment.assign_seats.answer.parse(view)).toEqual({
    quantity: 10,
    assigned: 1,
    seats: [{ seat: aSeat('bob@contoso.example').seatId, address: 'bob@contoso.example', outcome: 'assigned' }],
  })
})

it.each([
  ['you', { kind: 'account', account: owner }],
  ['another_account', { kind: 'account', account: anAccount(2) }],
  ['operator', { kind: 'operator' }],
  ['system', { kind: 'system' }],
  ['erased', { kind: 'erased', account: 'hash' }],
] as const)('says in the history that it was %s, by no id', (by, actor) => {
  const entry = {
    id: 'change:abc',
    kind: 'history' as const,
    subscriptionId: aSubscription().subscriptionId,
    at: noon.toISOString(),
    by: actor,
    did: 'assigned' as const,
    seats: [{ seatId: 's', address: typed('bob@contoso.example').address, outcome: 'assigned' }],
    fingerprint: 'f',
    why: 'kept from customers',
    answer: { secret: 'kept' },
  }
  const view = historyView(entry, owner)
  expect(seatAssignment.list_history.answer.parse({ history: [view], next: null }).history).toEqual([
    {
      id: 'abc',
      at: later(0).toISOString(),
      by,
      did: 'assigned',
      ...{ quantity: null, quantityBefore: null, state: null, changed: [] },
      seats: [{ seat: 's', address: 'bob@contoso.example', outcome: 'assigned' }],
    },
  ])
  expect(JSON.stringify(view)).not.toMatch(/00000000|kept/)
})

it.each([
  ['granted', { subscriptionId: 'sub_1', quantity: 3, assigned: 0 }, [3, null, null]],
  ['quantity_asked', { at: noon.toISOString(), sellersId: 'sub_1', item: 'si_1', from: 3, to: 5 }, [5, 3, null]],
  ['purchased', { quantity: 3, state: 'payment_pending', term: 'renewing' }, [3, null, 'payment_pending']],
  ['changed_at_seller', { quantity: 5, state: 'past_due', paidUntil: noon.toISOString() }, [5, null, 'past_due']],
  ['changed_at_seller', { quantity: 5, state: 'a state of tomorrow' }, [null, null, null]],
  ['assigned', { quantity: 5, assigned: 1, seats: [] }, [null, null, null]],
  ['cancel_asked', undefined, [null, null, null]],
] as const)('tells of %s the numbers that its entry kept: %j', (did, answer, [quantity, quantityBefore, state]) => {
  const entry = {
    ...{ id: 'change:abc', kind: 'history' as const, subscriptionId: 'sub_1', at: noon.toISOString() },
    ...{ by: { kind: 'system' as const }, did, seats: [], fingerprint: '', why: null, answer },
  }
  const view = historyView(entry, owner)
  expect(view).toMatchObject({ quantity, quantityBefore, state })
  expect(JSON.stringify(view)).not.toMatch(/sub_1|si_1/)
})

it('tells of `described` what was said before and since, and of nothing else', () => {
  const changed = [
    { what: 'name', from: 'Contoso', to: 'Contoso A/S' },
    { what: 'contact', from: 'Ask Pat', to: null },
  ]
  const told = (did: 'described' | 'altered', answer: unknown) =>
    historyView(historyEntry('sub_1', aChange(), { did, answer }), owner).changed
  expect(told('described', { changed })).toEqual(changed)
  expect(told('altered', { changed })).toEqual([])
  expect(told('described', { changed: [{ what: 'a field of tomorrow', from: null, to: 'x' }] })).toEqual([])
  expect(told('described', undefined)).toEqual([])
})

it('leads to the next page of a list, and nowhere from the last one', () => {
  expect(nextPage('/api/subscriptions', { limit: 2, prefix: null, state: 'bound' }, 'a+b/c=&')).toBe(
    '/api/subscriptions?next=a%2Bb%2Fc%3D%26&limit=2&state=bound',
  )
  expect(nextPage('/api/subscriptions', { limit: 2 }, null)).toBeNull()
})
