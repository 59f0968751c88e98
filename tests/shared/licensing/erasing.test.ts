import { accountHash } from '@securemailmerge/shared/identity/account'
import type { HistoryEntry } from '@securemailmerge/shared/licensing/change'
import {
  ERASED_ADDRESS,
  isLive,
  nameless,
  type Person,
  takeOut,
  unname,
} from '@securemailmerge/shared/licensing/erasing'
import { seatIdOf } from '@securemailmerge/shared/licensing/seats'
import type { Invitation, Subscription } from '@securemailmerge/shared/licensing/subscription'
import { describe, expect, it } from 'vitest'
import {
  aChange,
  anAccount,
  anAddress,
  applied,
  aReleasedSeat,
  aSeat,
  aState,
  aSubscription,
  day,
  decided,
  later,
  noon,
  owner,
  refusalOf,
} from '../../builders.ts'

const [bob, pia] = ['bob@contoso.example', 'pia@contoso.example']
const [bobs, pias] = [anAccount(2), anAccount(3)]
const person = (some: Partial<Person>): Person => ({ account: null, address: null, ...some })
const account = person({ account: accountHash(pias) })
const address = person({ address: seatIdOf(anAddress(pia)) })
const both = { ...account, ...address, account: account.account }
const out = (who: Person, state: ReturnType<typeof aState>) => decided(takeOut(who), state)
const over = { paidUntil: later(-day).toISOString() }

describe('takeOut', () => {
  it.each([
    ['assigned to their address', address, aSeat(pia)],
    ['of their address, whoever holds it', address, aSeat(pia, { account: bobs })],
    ['of their address, withdrawn', address, aReleasedSeat(pia, noon)],
    ['held by their account', account, aSeat('alias@contoso.example', { account: pias })],
    ['withdrawn from their account', account, aReleasedSeat(pia, noon, { account: pias })],
  ])('takes a seat away that is %s, and not another', (_, who, seat) => {
    const state = aState({}, [seat, aSeat(bob, { account: bobs, order: 2 })])
    const { answer, did, deeds, seats, forgotten, ...decision } = out(who, state)
    expect([answer, did, forgotten]).toEqual([{ seats: 1, invitations: 0 }, 'erased', [seat.id]])
    expect(deeds).toEqual([{ seatId: seat.seatId, address: ERASED_ADDRESS, outcome: 'erased' }])
    expect(seats?.map(({ seatId, state }) => [seatId, state])).toEqual([[seat.seatId, 'released']])
    expect(decision.subscription?.assigned).toBe(1)
  })

  it('takes their name from a seat that is somebody else’s now, and leaves it to them', () => {
    const seat = aSeat(bob, { account: bobs, formerAccount: pias, formerUntil: noon.toISOString() })
    const { answer, seats, forgotten, deeds, subscription } = out(account, aState({}, [seat]))
    expect([answer.seats, forgotten, deeds, subscription?.assigned]).toEqual([0, [], [], 1])
    expect(seats).toEqual([{ ...seat, formerAccount: null, formerUntil: null }])
  })

  it('changes nothing where they are not', () => {
    const state = aState({}, [aSeat(bob, { account: bobs })])
    expect(out(both, state)).toEqual({ answer: { seats: 0, invitations: 0 } })
  })

  it('leaves over what is over: the next in order, not their place', () => {
    const seats = [aSeat(pia, { order: 1 }), aSeat(bob, { order: 2 }), aSeat('c@contoso.example', { order: 3 })]
    const state = aState({ quantity: 1, owner: null }, seats)
    expect(applied(state, out(address, state)).subscription).toMatchObject({ assigned: 2, overFrom: 3 })
  })

  it('takes them out of an invitation that they accepted, and leaves others', () => {
    const invitation = { kind: 'invitation', state: 'accepted', account: pias } as Invitation
    const state = { ...aState(), invitations: [invitation, { ...invitation, account: bobs }] }
    const { answer, invitations } = takeOut(account)(state, aChange())
    expect([answer.invitations, invitations]).toEqual([1, [{ ...invitation, account: null }]])
  })

  it.each([
    ['by their account', { owner: pias }, account],
    ['by the account that holds the seat of their address', { owner: pias }, address],
    ['although they hand in an address that is not theirs', { owner: pias }, { ...account, address: 'x' }],
  ])('refuses the owner of what is live, %s', (_, some, who) => {
    const state = aState(some, [aSeat(pia, { account: pias })])
    const refused = refusalOf(() => out(who, state))
    expect(refused).toMatchObject({ code: 'not_allowed', details: { subscriptions: [aSubscription().subscriptionId] } })
    expect(refused.message).toContain('recover_owner')
  })

  it('takes the owner out of what is over, with what they said of it', () => {
    const said = { name: 'Pia', reference: 'Pia 1', contact: 'Ask Pia' }
    const { did, subscription } = out(account, aState({ ...over, ...said, owner: pias }, [aSeat(bob)]))
    expect(did).toBe('erased')
    const unowned = { owner: null, ownerErased: true, name: 'SecureMailMerge', reference: null, contact: null }
    expect(subscription).toEqual(
      aSubscription({ ...over, ...unowned, assigned: 1, nextOrder: 2 } as Partial<Subscription>),
    )
  })

  it('an address whose withdrawn seat the owner had is not the owner', () => {
    const state = aState({}, [aReleasedSeat(pia, noon, { account: owner })])
    expect(out(address, state).answer.seats).toBe(1)
  })
})

describe('isLive', () => {
  const bought = { source: 'purchased', term: 'renewing' } as const
  it.each([
    ['granted, within its time', {}, true],
    ['granted, over', over, false],
    ['granted, over, extended', { ...over, extendedUntil: later(day).toISOString() }, true],
    ['bought', { ...bought, state: 'active' }, true],
    ['bought, not heard of for weeks', { ...bought, ...over, paidUntil: later(-30 * day).toISOString() }, true],
    [
      'bought, not paid for weeks',
      { ...bought, ...over, state: 'past_due', pastDueSince: later(-30 * day).toISOString() },
      true,
    ],
    ['bought, paused', { ...bought, state: 'paused' }, true],
    ['bought, its first money under way', { ...bought, state: 'payment_pending' }, true],
    ['bought, ended', { ...bought, state: 'ended' }, false],
    ['bought, ended unpaid', { ...bought, state: 'ended_unpaid' }, false],
    ['bought, ended, extended', { ...bought, state: 'ended', extendedUntil: later(day).toISOString() }, true],
  ] as const)('%s', (_, some, live) => {
    expect(isLive(aSubscription(some as Partial<Subscription>), noon)).toBe(live)
  })
})

describe('an entry without a person', () => {
  const deed = (of: string) => ({ seatId: seatIdOf(anAddress(of)), address: anAddress(of), outcome: 'assigned' })
  const gone = { ...deed(pia), address: ERASED_ADDRESS }
  const entry = (some: Partial<HistoryEntry> = {}): HistoryEntry => ({
    ...{ id: 'change:1', kind: 'history', subscriptionId: 's', at: noon.toISOString(), did: 'assigned' },
    ...{ by: { kind: 'account', account: bobs }, seats: [], fingerprint: 'f', why: null, answer: {} },
    ...some,
  })
  const seatIds = new Set([seatIdOf(anAddress(pia))])

  it.each([
    ['in its seats', { seats: [deed(bob), deed(pia)] }, { seats: [deed(bob), gone] }],
    ['in its answer', { answer: { assigned: 2, seats: [deed(pia)] } }, { answer: { assigned: 2, seats: [gone] } }],
    ['deeper', { answer: { from: deed(pia), to: deed(bob) } }, { answer: { from: gone, to: deed(bob) } }],
    ['who made it', { by: { kind: 'account', account: pias } }, { by: { kind: 'erased', account: accountHash(pias) } }],
  ] as const)('%s', (_, before, after) => {
    const named = entry(before as Partial<HistoryEntry>)
    const unnamed = nameless(named, both, seatIds)
    expect(unnamed).toEqual(entry(after as Partial<HistoryEntry>))
    expect(nameless(unnamed as HistoryEntry, both, seatIds)).toBeNull()
  })

  it('nor what they said of a subscription; what others said stays', () => {
    const answer = { changed: [{ what: 'contact', from: null, to: 'Ask Pia' }] }
    const said = entry({ did: 'described', answer, by: { kind: 'account', account: pias } })
    expect(nameless(said, both, seatIds)?.answer).toEqual({ changed: [] })
    expect(nameless({ ...said, by: { kind: 'account', account: bobs } }, both, seatIds)).toBeNull()
  })

  it('stays as it is where they are not, whoever made it', () => {
    for (const by of [{ kind: 'account', account: bobs }, { kind: 'operator' }, { kind: 'system' }] as const)
      expect(nameless(entry({ by, seats: [deed(bob)], answer: { seats: [deed(bob)] } }), both, seatIds)).toBeNull()
  })

  it('is written over the earlier one, and leaves no entry of its own', () => {
    const state = { ...aState(), entries: [entry({ seats: [deed(pia)] }), entry({ id: 'change:2' })] }
    const { answer, did, entries } = unname(both, seatIds)(state, aChange())
    expect([answer, did, entries]).toEqual([1, undefined, [entry({ seats: [gone] })]])
  })
})
