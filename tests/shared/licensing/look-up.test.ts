import { answer, proofOf } from '@securemailmerge/shared/licensing/answer'
import type { Hint } from '@securemailmerge/shared/licensing/change'
import {
  accountHint,
  accountKey,
  addressHint,
  addressKey,
  tenantHint,
  tenantKey,
} from '@securemailmerge/shared/licensing/hints'
import { lookUp } from '@securemailmerge/shared/licensing/look-up'
import { useOf } from '@securemailmerge/shared/licensing/seat-use'
import type { Seat, Subscription } from '@securemailmerge/shared/licensing/subscription'
import { describe, expect, it } from 'vitest'
import { anAccount, anAddress, aReleasedSeat, aSeat, aSubscription, day, later, noon, owner } from '../../builders.ts'

const account = anAccount(2)
const bob = anAddress('bob@contoso.example')
const evident = { account, evidence: [bob] }
const unknown = { account, evidence: [] }
const subscription = aSubscription()
const elsewhere = aSubscription({ subscriptionId: `sub_${'b'.repeat(22)}`, paidUntil: later(900 * day).toISOString() })

/** Stores that hold these items, and keep a list of what was asked of them. */
function places(subscriptions: Subscription[], seats: Seat[], hints: Hint[]) {
  const calls: string[] = []
  const stored = <T>(item: T | undefined) => (item === undefined ? undefined : { ...item, _etag: '1' })
  return {
    calls,
    subscriptions: {
      read: async (id: string) => {
        calls.push(`subscription ${id}`)
        return stored(subscriptions.find(({ subscriptionId }) => subscriptionId === id))
      },
      seat: async (id: string, seatId: string) => {
        calls.push(`seat ${id} ${seatId}`)
        return stored(seats.find((seat) => seat.subscriptionId === id && seat.seatId === seatId))
      },
    },
    directory: {
      hints: async (key: string, kind: Hint['kind'], limit = 20) => {
        calls.push(`hints ${key} ${kind}`)
        return hints
          .filter((hint) => hint.key === key && hint.kind === kind)
          .toSorted((a, b) => b.at.localeCompare(a.at))
          .slice(0, limit)
      },
    },
  }
}

const waiting = aSeat(bob)
const mine = aSeat(bob, { account })
const proofOfMine = {
  ...proofOf(
    {
      code: 'licensed',
      footer: false,
      found: { seat: mine, subscription },
      contact: null,
      until: null,
      paidUntil: null,
    },
    evident,
    noon,
  )!,
  iss: 'https://licences.example',
  aud: 'securemailmerge-add-in' as const,
}

describe('F06 without evidence', () => {
  const something = places(
    [subscription],
    [waiting],
    [addressHint(waiting, noon), tenantHint(subscription, owner.tenantId, noon)],
  )
  const nothing = places([], [], [])

  it('the answer and the calls are the same whether or not a seat waits for the address', async () => {
    const [with_, without] = [
      await lookUp(something, unknown, undefined, noon),
      await lookUp(nothing, unknown, undefined, noon),
    ]
    expect(JSON.stringify(answer(with_, 'en', noon))).toBe(JSON.stringify(answer(without, 'en', noon)))
    expect(with_).toEqual(without)
    expect(with_.code).toBe('not_confirmed')
    expect(something.calls).toEqual(nothing.calls)
  })

  it('neither an address nor a tenant is ever looked up', async () => {
    const asked = places([subscription], [waiting], [addressHint(waiting, noon)])
    for (const proof of [undefined, proofOfMine]) await lookUp(asked, unknown, proof, noon)
    expect(asked.calls.filter((call) => /hints (address|tenant):/.test(call))).toEqual([])
  })

  it('a bound seat is found by the account', async () => {
    const found = await lookUp(
      places([subscription], [mine], [accountHint(mine, account, noon)]),
      unknown,
      undefined,
      noon,
    )
    expect(found).toMatchObject({ code: 'licensed', reads: 3 })
  })
})

describe('where a look-up looks', () => {
  it('with evidence: under account, address and tenant at once, then at the truth, each item once', async () => {
    const all = places(
      [subscription],
      [mine],
      [addressHint(mine, noon), accountHint(mine, account, noon), tenantHint(subscription, owner.tenantId, noon)],
    )
    const found = await lookUp(all, evident, undefined, noon)
    expect(found).toMatchObject({ code: 'licensed', reads: 5, crowded: false })
    expect(all.calls.toSorted()).toEqual(
      [
        `hints ${accountKey(account)} seat`,
        `hints ${addressKey(bob)} seat`,
        `hints ${tenantKey(account.tenantId)} shown`,
        `seat ${subscription.subscriptionId} ${mine.seatId}`,
        `subscription ${subscription.subscriptionId}`,
      ].toSorted(),
    )
  })

  it('at the seat of the last proof first: if it licenses, two reads are all', async () => {
    const all = places([subscription], [mine], [])
    expect(await lookUp(all, unknown, proofOfMine, noon)).toMatchObject({
      code: 'licensed',
      reads: 2,
      crowded: false,
    })
    expect(all.calls).toHaveLength(2)
  })

  it('further, when the seat of the last proof still waits, for one that is bound comes first', async () => {
    const there = { ...mine, subscriptionId: elsewhere.subscriptionId }
    const all = places([subscription, elsewhere], [waiting, there], [accountHint(there, account, noon)])
    const found = await lookUp(all, evident, proofOfMine, noon)
    expect(found.found?.seat).toMatchObject(there)
    expect(useOf(found, account, proofOfMine, noon)).toMatchObject({ subscriptionId: elsewhere.subscriptionId })
  })

  it('further, when the seat of the last proof does not license any more', async () => {
    const there = { ...aSeat(bob, { account }), subscriptionId: elsewhere.subscriptionId }
    const gone = aReleasedSeat(bob, later(-day), { account })
    const all = places([subscription, elsewhere], [gone, there], [accountHint(there, account, noon)])
    const found = await lookUp(all, evident, proofOfMine, noon)
    expect(found).toMatchObject({ code: 'licensed', paidUntil: elsewhere.paidUntil })
  })

  it('finds nothing by a proof whose seat has another account now', async () => {
    const theirs = aSeat(bob, { account: anAccount(3) })
    expect(await lookUp(places([subscription], [theirs], []), unknown, proofOfMine, noon)).toMatchObject({
      code: 'not_confirmed',
      found: null,
    })
  })

  it('says why not, from the proof alone, when the directory has a hole', async () => {
    const gone = aReleasedSeat(bob, later(-day), { account })
    expect(await lookUp(places([subscription], [gone], []), unknown, proofOfMine, noon)).toMatchObject({
      code: 'withdrawn',
    })
  })
})

describe('hints are never the truth', () => {
  it.each([
    ['leads to no subscription', places([], [mine], [accountHint(mine, account, noon)])],
    ['leads to no seat', places([subscription], [], [accountHint(mine, account, noon)])],
    [
      'leads to a seat of another account',
      places([subscription], [aSeat(bob, { account: anAccount(3) })], [accountHint(mine, account, noon)]),
    ],
  ])('one that %s shows nothing', async (_, all) => {
    expect(await lookUp(all, unknown, undefined, noon)).toMatchObject({ code: 'not_confirmed' })
  })

  it('one that tells of a subscription of another tenant shows nothing', async () => {
    const foreign = aSubscription({ owner: anAccount(1, 'another-tenant') })
    const all = places([foreign], [], [tenantHint(foreign, account.tenantId, noon)])
    expect(await lookUp(all, evident, undefined, noon)).toMatchObject({ code: 'free' })
  })

  it('one of the own tenant says that the organisation has licences', async () => {
    const all = places([subscription], [], [tenantHint(subscription, account.tenantId, noon)])
    expect(await lookUp(all, evident, undefined, noon)).toMatchObject({ code: 'not_assigned', reads: 4 })
  })

  it('follows twenty, the newest, and says that there were more', async () => {
    const many = Array.from({ length: 30 }, (_, n) => ({
      ...addressHint(waiting, later(n)),
      id: `seat:${n}`,
      subscriptionId: `sub_${String(n).padStart(22, '0')}`,
    }))
    const all = places([], [], many)
    expect(await lookUp(all, evident, undefined, noon)).toMatchObject({ code: 'free', crowded: true })
    const followed = all.calls.filter((call) => call.startsWith('seat '))
    expect(followed).toHaveLength(20)
    expect(followed[0]).toContain(`sub_${'29'.padStart(22, '0')}`)
  })

  const pile = (some: Partial<Hint> = {}) =>
    Array.from({ length: 20 }, (_, n) => ({
      ...addressHint(waiting, later(day + n)),
      id: `seat:${n}`,
      subscriptionId: `sub_${String(n).padStart(22, '0')}`,
      ...some,
    }))

  it('the seats of the account are found however many wait for its address', async () => {
    const all = places([subscription], [mine], [...pile(), accountHint(mine, account, noon)])
    expect(await lookUp(all, evident, undefined, noon)).toMatchObject({ code: 'licensed' })
  })

  it('those that fade come last, of several addresses too', async () => {
    const two = { account, evidence: [bob, anAddress('b.ob@contoso.example')] }
    const seat = aSeat('b.ob@contoso.example')
    const all = places([subscription], [seat], [...pile({ ttl: 90 * 86_400 }), addressHint(seat, noon)])
    expect(await lookUp(all, two, undefined, noon)).toMatchObject({ code: 'licensed' })
  })
})
