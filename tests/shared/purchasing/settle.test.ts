import type { Stored } from '@securemailmerge/shared/azure/items'
import type { Subscription } from '@securemailmerge/shared/licensing/subscription'
import { applied } from '@securemailmerge/shared/purchasing/apply'
import { ownEvent, type PurchaseEvent } from '@securemailmerge/shared/purchasing/event'
import { type Settling, settle } from '@securemailmerge/shared/purchasing/settle'
import { Refusal } from '@securemailmerge/shared/refusal'
import { Unreadable } from '@securemailmerge/shared/stripe/purchase'
import { describe, expect, it } from 'vitest'
import { later, noon, second } from '../../builders.ts'
import { aStripeSubscription, seen } from '../../stripe-objects.ts'

const about = 'test:sub_1'
const outage = new Refusal('unavailable', 'The payment provider does not answer. Try again.')

/** What settling stands on: events in a list, one subscription, and a seller who answers as told. */
function places(look: (stored: Map<string, Stored<PurchaseEvent>>) => unknown) {
  const stored = new Map<string, Stored<PurchaseEvent>>()
  const wakes: { about: string; at: Date | undefined }[] = []
  const notes: string[] = []
  let ours: Subscription | undefined
  let asked = 0
  const keep = (event: PurchaseEvent) => void stored.set(event.id, { ...event, _etag: crypto.randomUUID() })
  const settling: Settling = {
    mode: 'test',
    now: () => noon,
    note: (event) => void notes.push(event),
    checkout: { session: async () => undefined },
    purchases: {
      intent: async () => undefined,
      noteOnIntent: async () => true,
      waiting: async (of, before) =>
        [...stored.values()].filter((one) => one.about === of && one.state === 'waiting' && new Date(one.at) <= before),
      update: async ({ _etag, ...event }, change) => {
        if (stored.get(event.id)?._etag !== _etag) return false
        keep(change(event))
        return true
      },
      wake: async (of, at) => void wakes.push({ about: of, at }),
    },
    seller: {
      purchase: async () => {
        asked += 1
        const told = look(stored)
        if (told instanceof Error) throw told
        return told as ReturnType<typeof seen>
      },
      cancelNow: async () => {},
      subscriptionsOf: async () => [],
    },
    subscriptions: {
      observe: async (_id, observe) => {
        const found = await observe(ours)
        ours = found.write?.(ours).subscription ?? ours
        return found
      },
    },
  }
  return { settling, keep, stored, wakes, notes, asked: () => asked, ours: () => ours }
}

const seenBefore = applied(undefined, seen(aStripeSubscription()), null, noon)
const first = ownEvent(about, 'walk', 'first', noon)
const other = ownEvent(about, 'walk', 'second', noon)
const stateOf = ({ stored }: ReturnType<typeof places>, { id }: PurchaseEvent) => stored.get(id)?.state

describe('a wake', () => {
  it('is one look, which settles every event that was there before it', async () => {
    const all = places(() => seen(aStripeSubscription()))
    for (const event of [first, other]) all.keep(event)
    await settle(all.settling, about, 1)
    await settle(all.settling, about, 1)
    expect(all.asked()).toBe(1)
    expect([stateOf(all, first), stateOf(all, other)]).toEqual(['applied', 'applied'])
    expect(all.ours()?.state).toBe('active')
  })

  it('tries nothing again that rests after an outage, unless something new has come', async () => {
    let isAway = true
    const all = places(() => (isAway ? outage : seen(aStripeSubscription())))
    all.keep(first)
    for (let copy = 0; copy < 3; copy += 1) await settle(all.settling, about, 1)
    expect(all.asked()).toBe(1)
    expect(all.stored.get(first.id)).toMatchObject({ state: 'waiting', attempts: 1 })
    isAway = false
    await settle(all.settling, about, 1)
    expect(all.asked()).toBe(1)
    all.keep(other)
    await settle(all.settling, about, 1)
    expect(all.asked()).toBe(2)
    expect([stateOf(all, first), stateOf(all, other)]).toEqual(['applied', 'applied'])
  })

  it('leaves alone what is due later', async () => {
    const all = places(() => seen(aStripeSubscription()))
    const reminder = ownEvent(about, 'quantity_asked', 'change', later(600 * second))
    for (const event of [first, reminder]) all.keep(event)
    await settle(all.settling, about, 1)
    expect([stateOf(all, first), stateOf(all, reminder)]).toEqual(['applied', 'waiting'])
  })

  it.each(['live:sub_1', 'sub_1', ''])('that is about another mode, or nobody, asks for nothing: %j', async (other) => {
    const all = places(() => new Error('nobody may ask'))
    all.keep({ ...first, about: other as never })
    await settle(all.settling, other as never, 1)
    expect(all.notes).toEqual(['purchase_ignored'])
    expect(all.asked()).toBe(0)
  })

  it.each([
    ['one that is not ours', null, 'ignored'],
    ['one that does not exist', undefined, 'ignored'],
    ['one in a state that is new to us', { ...seen(aStripeSubscription()), state: 'unknown' }, 'parked'],
  ])('about %s', async (_, told, state) => {
    const all = places(() => told)
    all.keep(first)
    await settle(all.settling, about, 1)
    expect(stateOf(all, first)).toBe(state)
    expect(all.ours()).toBeUndefined()
  })
})

describe('an event that leads to several subscriptions', () => {
  const customers: PurchaseEvent = { ...ownEvent('test:evt_1', 'customer.updated', 'c', noon), customer: 'cus_1' }
  const known = (some: object = {}) => ({ ...seen(aStripeSubscription()), ...some })
  /** What the seller says of each of them, in this order. */
  const led = (...told: unknown[]) => {
    let index = 0
    const all = places(() => told[index++])
    all.settling.seller.subscriptionsOf = async () => told.map((_, at) => `sub_${at}`)
    all.keep(customers)
    return all
  }

  it.each([
    ['a state that is new to us, and one that is well', [known({ state: 'unknown' }), known()], true, 'parked'],
    ['one that is well, and a state that is new to us', [known(), known({ state: 'unknown' })], true, 'parked'],
    ['one that sells nothing of ours any more, and one that does not exist', [null, undefined], true, 'parked'],
    ['one that does not exist, and one that is not ours', [undefined, null], false, 'ignored'],
    ['one that is not ours, and one that is well', [null, known()], false, 'applied'],
    ['one that is well, and one that does not exist', [known(), undefined], false, 'applied'],
    ['none at all', [], false, 'ignored'],
  ])('ends as the worst of them: %s', async (_, told, isKnown, state) => {
    const all = led(...told)
    if (isKnown)
      await all.settling.subscriptions.observe('', async () => ({ write: () => seenBefore }), all.settling.now)
    await settle(all.settling, 'test:evt_1', 1)
    expect(stateOf(all, customers)).toBe(state)
    expect(all.asked()).toBe(told.length)
  })

  it('looks at all of them when one cannot be understood', async () => {
    const all = led(new Unreadable('a seat line has no quantity'), known({ quantity: 7 }))
    await settle(all.settling, 'test:evt_1', 1)
    expect(all.stored.get(customers.id)).toMatchObject({ state: 'parked', why: 'a seat line has no quantity' })
    expect(all.ours()?.quantity).toBe(7)
  })
})

describe('an event that comes while a look fails', () => {
  /** The seller's reply cannot be used, and while it is on its way another event is stored. */
  const overtaken = (error: Error) => {
    const all = places(() => {
      all.keep(other)
      return error
    })
    all.keep(first)
    return all
  }

  it.each([
    ['cannot be understood', new Unreadable('a seat line has no quantity'), 1],
    ['is a bug', new Error('bug'), 3],
  ])('waits for a look of its own: it may be what mends it, when the reply %s', async (_, error, deliveries) => {
    const all = overtaken(error)
    await settle(all.settling, about, deliveries).catch((thrown) => expect(thrown).toBe(error))
    expect([stateOf(all, first), stateOf(all, other)]).toEqual(['parked', 'waiting'])
    expect(all.notes).toEqual(['parked'])
  })

  it('is not put off by an outage that it did not meet', async () => {
    const all = overtaken(outage)
    await settle(all.settling, about, 1)
    expect(all.stored.get(first.id)).toMatchObject({
      state: 'waiting',
      attempts: 1,
      due: later(5 * second).toISOString(),
    })
    expect(all.stored.get(other.id)).toMatchObject({ state: 'waiting', attempts: 0, due: other.due })
    expect(all.wakes).toEqual([{ about, at: later(5 * second) }])
  })
})

describe('an outage', () => {
  it('of the seller puts events off and wakes for the one that waits the shortest', async () => {
    const all = places(() => outage)
    for (const event of [{ ...first, attempts: 4 }, other]) all.keep(event)
    await settle(all.settling, about, 1)
    expect(all.wakes).toEqual([{ about, at: later(5 * second) }])
    expect(all.stored.get(first.id)).toMatchObject({ attempts: 5, due: later(80 * second).toISOString() })
    expect(all.notes).toEqual(['put_off'])
  })

  it('of the store is thrown: the message comes again, and nothing is lost', async () => {
    const all = places(() => seen(aStripeSubscription()))
    all.keep(first)
    all.settling.purchases.waiting = async () => {
      throw outage
    }
    await expect(settle(all.settling, about, 1)).rejects.toBe(outage)
    expect(stateOf(all, first)).toBe('waiting')
  })

  it('a bug is thrown, and parked only when it has been thrown three times', async () => {
    const bug = new Error('bug')
    const all = places(() => bug)
    all.keep(first)
    for (const [deliveries, state] of [
      [1, 'waiting'],
      [2, 'waiting'],
      [3, 'parked'],
    ] as const) {
      await expect(settle(all.settling, about, deliveries)).rejects.toBe(bug)
      expect(stateOf(all, first)).toBe(state)
    }
  })
})
