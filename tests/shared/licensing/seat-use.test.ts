import type { Queue } from '@securemailmerge/shared/azure/queue'
import type { ProofClaims } from '@securemailmerge/shared/identity/proof'
import { proofOf } from '@securemailmerge/shared/licensing/answer'
import { SeatUse, tellUse, usedAt, useOf } from '@securemailmerge/shared/licensing/seat-use'
import { verdict } from '@securemailmerge/shared/licensing/verdict'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { anAccount, aSeat, aSubscription, day, later, noon } from '../../builders.ts'

const account = anAccount(2)
const asker = { account, evidence: [aSeat('bob@contoso.example').address] }
const bound = aSeat('bob@contoso.example', { account })
const licensed = (seat = bound, subscription = aSubscription()) => verdict(asker, [{ seat, subscription }], [], noon)
const use = {
  subscriptionId: bound.subscriptionId,
  seatId: bound.seatId,
  account,
  generation: noon.getTime(),
  at: noon.toISOString(),
}
const proofAt = (at: Date, some: Partial<ProofClaims> = {}): ProofClaims => ({
  ...proofOf(licensed(), asker, at)!,
  iss: 'https://licences.example',
  aud: 'securemailmerge-add-in',
  ...some,
})

describe('what seat-assignment is told', () => {
  it('is the first use, which binds, whatever a proof of today says', () => {
    expect(useOf(licensed(aSeat('bob@contoso.example')), account, proofAt(noon), noon)).toEqual(use)
  })

  it('is the first use of a day', () => {
    expect(useOf(licensed(), account, undefined, noon)).toEqual(use)
    expect(useOf(licensed(), account, proofAt(later(-day)), noon)).toEqual(use)
    expect(useOf(licensed(), account, proofAt(new Date('2026-02-28T23:59:59.999Z')), noon)).toEqual(use)
  })

  it('is not a second use of the same day (UTC)', () => {
    expect(useOf(licensed(), account, proofAt(new Date('2026-03-01T00:00:00.000Z')), noon)).toBeNull()
    expect(useOf(licensed(), account, proofAt(noon), new Date('2026-03-01T23:59:59.999Z'))).toBeNull()
  })

  it('is the use of another seat', () => {
    expect(useOf(licensed(), account, proofAt(noon, { seat: aSeat('kim@contoso.example').seatId }), noon)).toEqual(use)
  })

  it('is the use of a seat of the same address in another subscription', () => {
    const last = proofAt(noon, { subscription: `sub_${'z'.repeat(22)}` })
    expect(useOf(licensed(), account, last, noon)).toEqual(use)
  })

  it('is nothing after a no', () => {
    expect(useOf(licensed(bound, aSubscription({ state: 'ended' })), account, undefined, noon)).toBeNull()
    expect(useOf(verdict(asker, [], [], noon), account, undefined, noon)).toBeNull()
  })

  it('says what the look-up saw of the seat', () => {
    const { generation: _, ...old } = bound
    expect(useOf(licensed({ ...bound, generation: 7 }), account, undefined, noon)).toEqual({ ...use, generation: 7 })
    expect(useOf(licensed(old), account, undefined, noon)).toEqual({ ...use, generation: 0 })
  })

  it('is understood as it was sent by an earlier version', () => {
    const { generation: _, at: __, ...old } = use
    expect(SeatUse.parse(old)).toEqual(old)
    expect(usedAt(old, noon)).toEqual(noon)
  })

  it('happened when the look-up saw it, and not yet tomorrow', () => {
    expect(usedAt({ ...use, at: later(-3 * day).toISOString() }, noon)).toEqual(later(-3 * day))
    expect(usedAt({ ...use, at: later(day).toISOString() }, noon)).toEqual(noon)
  })

  it('carries ids only, in a form that the receiver takes', () => {
    const told = useOf(licensed(), account, undefined, noon)
    expect(SeatUse.parse(told)).toEqual(told)
    expect(JSON.stringify(told)).not.toContain('@')
  })
})

describe('telling it', () => {
  afterEach(() => vi.useRealTimers())
  const queue = (send: () => Promise<void>) => ({ send }) as unknown as Queue

  it('ends when the queue has taken it, and leaves no timer behind', async () => {
    vi.useFakeTimers()
    const send = vi.fn(async () => {})
    await tellUse(queue(send), use)
    expect(send).toHaveBeenCalledExactlyOnceWith(use)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('does not wait for a slow queue longer than a second', async () => {
    vi.useFakeTimers()
    const told = expect(
      tellUse(
        queue(() => new Promise(() => {})),
        use,
      ),
    ).rejects.toThrow('slow')
    await vi.advanceTimersByTimeAsync(1_000)
    await told
  })

  it('fails when the queue does', async () => {
    await expect(
      tellUse(
        queue(() => Promise.reject(new Error('down'))),
        use,
      ),
    ).rejects.toThrow('down')
  })
})
