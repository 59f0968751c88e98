import type { Items } from '@securemailmerge/shared/azure/items'
import type { Request } from '@securemailmerge/shared/licensing/attempt'
import type { Directory } from '@securemailmerge/shared/licensing/directory'
import { only } from '@securemailmerge/shared/licensing/rights'
import { Subscriptions } from '@securemailmerge/shared/licensing/subscriptions'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { aChange, anAccount, aSubscription, owner, refusalIn, second } from '../../builders.ts'

const subscription = aSubscription()
const { subscriptionId } = subscription

/** A store of one subscription that counts its calls; each write takes so long, and then another writer was first. */
function aStore({ writeTakes = 0, beaten = false } = {}) {
  const calls = { read: 0, query: 0, batch: 0 }
  const items = {
    async read() {
      calls.read += 1
      return { ...subscription, _etag: '1' }
    },
    async query() {
      calls.query += 1
      return [{ ...subscription, _etag: '1' }]
    },
    async batch() {
      calls.batch += 1
      await new Promise((resolve) => setTimeout(resolve, writeTakes))
      return !beaten
    },
  } as Partial<Items> as Items
  const directory = { before: async () => [], write: async () => {}, fade: async () => {} }
  return { calls, subscriptions: new Subscriptions(items, directory as Partial<Directory> as Directory) }
}

/** A change that writes; `asked` counts how often its rule was. */
function aRequest(id: string, some: Partial<Request<string>> = {}) {
  const request = {
    asked: 0,
    change: aChange({ id }),
    allow: only(owner, 'assign'),
    seats: [],
    decide: () => {
      request.asked += 1
      return { answer: id, did: 'altered' as const, subscription: { ...subscription } }
    },
    ...some,
  }
  return request
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('whoever may not', () => {
  it('is told at once, however long the line is, and gets no place in it', async () => {
    const { subscriptions, calls } = aStore({ writeTakes: 3 * second })
    const running = subscriptions.change(subscriptionId, aRequest('one'))
    await vi.advanceTimersByTimeAsync(second)
    const stranger = aRequest('two', { allow: only(anAccount(9), 'assign') })
    expect((await refusalIn(subscriptions.change(subscriptionId, stranger))).code).toBe('not_found')
    expect([stranger.asked, calls.query, calls.batch]).toEqual([0, 1, 1])
    await vi.runAllTimersAsync()
    expect(await running).toBe('one')
  })

  it('is asked again inside the change, for it may have changed meanwhile', async () => {
    const { subscriptions } = aStore()
    const allow = vi.fn(only(owner, 'assign'))
    const running = subscriptions.change(subscriptionId, aRequest('one', { allow }))
    await vi.runAllTimersAsync()
    await running
    expect(allow).toHaveBeenCalledTimes(2)
  })
})

describe('whoever has waited too long', () => {
  it('is told so when their turn comes, and costs the store nothing more', async () => {
    const { subscriptions, calls } = aStore({ writeTakes: 6 * second })
    const first = subscriptions.change(subscriptionId, aRequest('one'))
    await vi.advanceTimersByTimeAsync(second / 2)
    const late = aRequest('two')
    const told = refusalIn(subscriptions.change(subscriptionId, late))
    await vi.runAllTimersAsync()
    expect(await first).toBe('one')
    expect((await told).code).toBe('changed_meanwhile')
    expect([late.asked, calls.batch]).toEqual([0, 1])
  })

  it('because others were faster is told that, within five seconds', async () => {
    const { subscriptions, calls } = aStore({ beaten: true })
    const told = refusalIn(subscriptions.change(subscriptionId, aRequest('one')))
    await vi.advanceTimersByTimeAsync(5.1 * second)
    expect((await told).code).toBe('changed_meanwhile')
    expect(calls.batch).toBeGreaterThan(50)
    expect(vi.getTimerCount()).toBe(0)
  })
})
