import { CEILING_MS } from '@securemailmerge/shared/purchasing/apply'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { cast } from '../../../infra/local/identity/cast.ts'
import type { Card } from '../../../infra/local/stripe/till.ts'
import { aMember } from '../../kit/people.ts'
import { type Shop, startShop, until } from '../../kit/shop.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
let shop: Shop
beforeAll(async () => {
  shop = await startShop()
})
const clear = () => {
  for (const faults of [shop.cosmos.faults, shop.stripe.faults]) {
    faults.clear()
    faults.release()
  }
}
afterEach(() => {
  clear()
  shop.byHand(false)
})
afterAll(() => shop.close())

type Bought = Awaited<ReturnType<typeof bought>>
async function bought(quantity: number, card: Card = 'good') {
  const owner = aMember(cast.olivia.tenantId, `owner-${crypto.randomUUID()}@contoso.example`)
  const page = await shop.buy(owner, { quantity }, card)
  return { ...page, owner, params: { subscriptionId: page.subscriptionId } }
}
const ask = ({ owner, params }: Bought, quantity: number, key: string = crypto.randomUUID()) =>
  shop.ask('set_quantity', { as: owner, params, body: { quantity }, headers: { 'idempotency-key': key } })
const end = (name: 'cancel_subscription' | 'undo_cancel', one: Bought, key: string = crypto.randomUUID()) =>
  shop.ask(name, { as: one.owner, params: one.params, headers: { 'idempotency-key': key } })
const give = ({ owner, params }: Bought, count: number) => {
  const addresses = Array.from({ length: count }, () => `u-${crypto.randomUUID()}@contoso.example`)
  return shop.call('assign_seats', { as: owner, params, body: { addresses } })
}
const told = () => shop.stripe.calls.get('POST subscriptions/:id') ?? 0
const sellers = ({ id }: Bought): number => shop.stripe.store.must(id).items.data[0].quantity
function stored({ subscriptionId }: Bought) {
  const found = shop.cosmos.items('subscriptions', subscriptionId).find(({ id }) => id === 'subscription')
  return found as unknown as { quantity: number; ceiling: number | null; assigned: number }
}
const lose = (moment: 'before' | 'after') =>
  shop.stripe.faults.add({ method: 'POST', path: 'subscriptions/', times: -1, do: { drop: moment } })
/** The next call that changes something there waits until it is let. */
async function held<T>(begin: () => Promise<T>): Promise<{ outcome: Promise<T> }> {
  shop.stripe.faults.add({ method: 'POST', path: 'subscriptions/', times: 1, do: { hold: 'before' } })
  const outcome = begin()
  await until(() => shop.stripe.faults.held > 0)
  return { outcome }
}
async function passes(ms: number): Promise<void> {
  shop.advance(ms)
  await shop.delivered()
  await shop.sweep()
  await shop.settle()
}
const refused = { status: 409, json: expect.objectContaining({ title: 'changed_meanwhile' }) }

/** Looks at what is stored after each turn of the event loop, until it is stopped; says what was wrong. */
function witness(one: Bought): () => string[] {
  const wrong = new Set<string>()
  const look = () => {
    const { quantity, ceiling, assigned } = stored(one)
    const most = Math.min(quantity, ceiling ?? quantity, sellers(one))
    if (assigned > most) wrong.add(JSON.stringify({ quantity, ceiling, assigned, seller: sellers(one) }))
    turn = setImmediate(look)
  }
  let turn = setImmediate(look)
  return () => {
    clearImmediate(turn)
    return [...wrong]
  }
}

describe('A10, F40 one wish at a time', () => {
  it('of two raises at once the second is refused until the first is settled', async () => {
    const one = await bought(10)
    const stop = witness(one)
    const low = await held(() => ask(one, 20))
    const high = await ask(one, 30)
    expect(high).toMatchObject({ ...refused, headers: { 'retry-after': '15' } })
    expect((await give(one, 28)).json.title).toBe('no_free_seat')
    clear()
    expect(await low.outcome).toMatchObject({ status: 200, json: { quantity: 20 } })
    expect(await ask(one, 30)).toMatchObject({ status: 200, json: { quantity: 30 } })
    expect((await give(one, 28)).status).toBe(200)
    expect(stop()).toEqual([])
    expect(sellers(one)).toBe(30)
  })

  it('a raise whose answer was lost is done once, under its key', async () => {
    const one = await bought(10)
    for (const moment of ['before', 'after'] as const) {
      const [key, quantity] = [crypto.randomUUID(), sellers(one) + 10]
      lose(moment)
      expect((await ask(one, quantity, key)).status).toBe(503)
      clear()
      const invoices = shop.stripe.store.invoicesOf(one.id).length
      for (let time = 0; time < 3; time += 1)
        expect(await ask(one, quantity, key)).toMatchObject({ status: 200, json: { quantity, free: quantity } })
      expect(sellers(one)).toBe(quantity)
      expect(shop.stripe.store.invoicesOf(one.id)).toHaveLength(invoices + (moment === 'before' ? 1 : 0))
    }
  })

  it('a raise that is repeated takes no later raise back', async () => {
    const one = await bought(10)
    const stop = witness(one)
    const key = crypto.randomUUID()
    lose('before')
    expect((await ask(one, 20, key)).status).toBe(503)
    clear()
    expect(await ask(one, 30)).toMatchObject(refused)
    shop.advance(5 * minute)
    expect(await ask(one, 30)).toMatchObject({ status: 200, json: { quantity: 30 } })
    // The first may still be on its way: nobody assigns more than it would leave, for ten minutes.
    expect((await give(one, 28)).json).toMatchObject({ title: 'no_free_seat', free: 20 })
    const before = told()
    expect(await ask(one, 20, key)).toMatchObject(refused)
    expect(told()).toBe(before)
    await passes(CEILING_MS + 2 * minute)
    expect((await give(one, 28)).status).toBe(200)
    expect(await ask(one, 20, key)).toMatchObject({ status: 409 })
    expect(told()).toBe(before)
    expect(stop()).toEqual([])
    expect([sellers(one), stored(one).quantity]).toEqual([30, 30])
  })

  it('a reduction that is repeated when its ceiling has fallen takes nothing from under anybody', async () => {
    const one = await bought(20)
    const stop = witness(one)
    const key = crypto.randomUUID()
    lose('before')
    expect((await ask(one, 10, key)).status).toBe(503)
    clear()
    expect(await ask(one, 10)).toMatchObject(refused)
    shop.advance(4 * minute)
    const before = told()
    // Too late for its key, too early for another.
    expect(await ask(one, 10, key)).toMatchObject(refused)
    expect(await ask(one, 20)).toMatchObject(refused)
    shop.advance(minute)
    expect(await ask(one, 20)).toMatchObject({ status: 200, json: { quantity: 20, free: 10 } })
    await passes(CEILING_MS)
    expect((await give(one, 20)).status).toBe(200)
    expect(await ask(one, 10, key)).toMatchObject({ status: 409 })
    expect(told()).toBe(before)
    expect(stop()).toEqual([])
    expect(sellers(one)).toBe(20)
  })

  it('one that comes to the seller minutes late finds nobody above it', async () => {
    const one = await bought(10)
    const stop = witness(one)
    const late = await held(() => ask(one, 20))
    shop.advance(5 * minute)
    expect(await ask(one, 30)).toMatchObject({ status: 200, json: { quantity: 30, free: 20 } })
    expect((await give(one, 28)).json.title).toBe('no_free_seat')
    expect((await give(one, 20)).status).toBe(200)
    clear()
    await late.outcome
    expect(sellers(one)).toBe(20)
    await passes(0)
    expect(stored(one)).toMatchObject({ quantity: 20, assigned: 20 })
    expect(stop()).toEqual([])
  })

  it('what the seller has answered with "no" keeps nobody waiting', async () => {
    const one = await bought(10)
    shop.stripe.faults.add({ method: 'POST', path: 'subscriptions/', times: 1, do: { status: 402 } })
    const key = crypto.randomUUID()
    expect(await ask(one, 20, key)).toMatchObject({ status: 402, json: { title: 'payment_failed' } })
    expect(stored(one)).toMatchObject({ ceiling: null })
    expect(await ask(one, 15)).toMatchObject({ status: 200, json: { quantity: 15, free: 15 } })
  })

  it('a raise that waits for its money counts for nobody, and keeps nobody waiting', async () => {
    const one = await bought(5)
    shop.stripe.act.setCard(one.customer, 'declines')
    expect(await ask(one, 8)).toMatchObject({ status: 200, json: { quantity: 5, free: 5 } })
    expect((await give(one, 6)).json.title).toBe('no_free_seat')
    shop.stripe.act.setCard(one.customer, 'good')
    expect(await ask(one, 7)).toMatchObject({ status: 200, json: { quantity: 7, free: 7 } })
    expect(await ask(one, 4)).toMatchObject({ status: 200, json: { quantity: 4 } })
  })
})

describe('which way it goes', () => {
  const updates = ({ id }: Bought) =>
    shop.stripe.store.invoicesOf(id).filter(({ billing_reason }) => billing_reason === 'subscription_update')

  it('the seller has more than we know: what looks like a raise is a reduction, and credited', async () => {
    const one = await bought(10)
    shop.byHand()
    shop.stripe.act.setQuantity(one.id, 30)
    const reduction = await held(() => ask(one, 20))
    expect(stored(one)).toMatchObject({ quantity: 30, ceiling: 20 })
    expect((await give(one, 21)).json.title).toBe('no_free_seat')
    clear()
    expect(await reduction.outcome).toMatchObject({ status: 200, json: { quantity: 20 } })
    expect(updates(one)).toEqual([])
  })

  it('the seller has fewer than we know: what looks like a reduction is a raise, and paid at once', async () => {
    const one = await bought(30)
    shop.byHand()
    shop.stripe.act.setQuantity(one.id, 10)
    expect(await ask(one, 20)).toMatchObject({ status: 200, json: { quantity: 20 } })
    expect(updates(one)).toEqual([expect.objectContaining({ status: 'paid' })])
  })
})

describe('more are not sold while the first ones are not paid', () => {
  const declined = async (one: Bought) => {
    shop.stripe.act.setCard(one.customer, 'declines')
    await passes(31 * day + 2 * hour)
  }
  const rows: [string, Card, (one: Bought) => unknown, number, string][] = [
    ['the first payment is on its way', 'sepa', () => {}, 409, 'not_licensing'],
    ['a renewal is owed', 'good', declined, 402, 'payment_failed'],
    ['it is paused', 'good', ({ id }) => shop.stripe.act.pause(id), 409, 'not_licensing'],
    ['it is over', 'good', ({ id }) => shop.stripe.act.cancelNow(id), 409, 'not_licensing'],
  ]
  it.each(rows)('%s', async (_, card, happens, status, title) => {
    const one = await bought(5, card)
    await happens(one)
    shop.stripe.act.setCard(one.customer, 'good')
    const before = told()
    // No event of it has come; the look before the wish shows it.
    expect(await ask(one, 6)).toMatchObject({ status, json: { title } })
    expect(told()).toBe(before)
    expect(stored(one)).toMatchObject({ quantity: 5, ceiling: null })
  })

  it('some can be given back all the same', async () => {
    const one = await bought(5)
    await declined(one)
    expect(await ask(one, 3)).toMatchObject({ status: 200, json: { quantity: 3, state: 'past_due' } })
  })
})

describe('whatever is asked, lost, repeated and given away in whatever order', () => {
  type Step =
    | { do: 'ask'; wish: number; fate: 'well' | 'held' | 'before' | 'after' }
    | { do: 'fill' | 'release' | 'hear' }
    | { do: 'wait'; minutes: number }
  const asks = fc.record({
    do: fc.constant('ask' as const),
    wish: fc.nat(2),
    fate: fc.constantFrom(
      'well' as const,
      'well' as const,
      'held' as const,
      'held' as const,
      'before' as const,
      'after' as const,
    ),
  })
  const others = fc.constantFrom<Step>(
    ...([{ do: 'fill' }, { do: 'fill' }, { do: 'release' }, { do: 'release' }, { do: 'hear' }] as const),
    ...([
      { do: 'wait', minutes: 2 },
      { do: 'wait', minutes: 5 },
    ] as const),
  )
  const lives = fc.array(fc.oneof<[fc.Arbitrary<Step>, fc.Arbitrary<Step>]>(asks, others), {
    minLength: 5,
    maxLength: 10,
  })
  const wishes = fc.shuffledSubarray([6, 15, 20, 30], { minLength: 3, maxLength: 3 })

  /** One call for another quantity, of which this becomes; goes on when it has ended or is held. */
  async function asked(
    one: Bought,
    quantity: number,
    key: string,
    fate: string,
  ): Promise<Promise<{ status: number }>[]> {
    const call = { method: 'POST', path: 'subscriptions/' }
    // The client tries twice.
    if (fate === 'held') shop.stripe.faults.add({ ...call, times: 1, do: { hold: 'before' } })
    if (fate === 'before' || fate === 'after') shop.stripe.faults.add({ ...call, times: 2, do: { drop: fate } })
    const calls = shop.stripe.faults.held
    let isDone = false
    const answer = ask(one, quantity, key).finally(() => (isDone = true))
    await until(() => isDone || shop.stripe.faults.held > calls)
    shop.stripe.faults.clear()
    return [answer]
  }

  it('never more is assigned than the lowest that may come of it, and at the end all agree', async () => {
    const seen = new Set<number>()
    await fc.assert(
      fc.asyncProperty(lives, wishes, async (life, quantities) => {
        const one = await bought(10)
        const keys = quantities.map(() => crypto.randomUUID())
        const stop = witness(one)
        const running: Promise<{ status: number }>[] = []
        const allAnswered = async () => {
          clear()
          for (const { status } of await Promise.all(running.splice(0))) seen.add(status)
        }
        for (const step of life) {
          if (step.do === 'ask')
            running.push(...(await asked(one, Number(quantities[step.wish]), String(keys[step.wish]), step.fate)))
          if (step.do === 'fill') {
            const { quantity, ceiling, assigned } = stored(one)
            const free = Math.min(quantity, ceiling ?? quantity) - assigned
            if (free > 0) expect((await give(one, free)).status).toBe(200)
          }
          // No call of ours takes minutes.
          if (step.do === 'release' || step.do === 'wait') await allAnswered()
          if (step.do === 'wait') shop.advance(step.minutes * minute)
          if (step.do === 'hear') await passes(0)
        }
        await allAnswered()
        for (let time = 0; time < 2; time += 1) await passes(CEILING_MS + minute)
        expect(stop()).toEqual([])
        const { quantity, ceiling, assigned } = stored(one)
        expect([quantity, ceiling]).toEqual([sellers(one), null])
        expect(assigned).toBeLessThanOrEqual(quantity)
      }),
      { numRuns: 20, endOnFailure: true },
    )
    expect([...seen].toSorted()).toEqual([200, 409, 503])
  }, 150_000)
})

describe('an end that is asked for again', () => {
  const endsThere = ({ id }: Bought) => shop.stripe.store.must(id).cancel_at_period_end
  const other = { cancel_subscription: 'undo_cancel', undo_cancel: 'cancel_subscription' } as const
  const terms = { cancel_subscription: 'cancelled', undo_cancel: 'renewing' } as const

  describe.each(['cancel_subscription', 'undo_cancel'] as const)('%s', (name) => {
    async function begun(): Promise<Bought> {
      const one = await bought(5)
      if (name === 'undo_cancel') expect((await end(other[name], one)).status).toBe(200)
      return one
    }
    const isDone = (one: Bought) => endsThere(one) === (name === 'cancel_subscription')

    it.each([0, 6 * minute, 20 * hour])('lost on its way, and asked again %i ms later: done', async (ms) => {
      const one = await begun()
      const key = crypto.randomUUID()
      lose('before')
      expect((await end(name, one, key)).status).toBe(503)
      clear()
      expect(isDone(one)).toBe(false)
      shop.advance(ms)
      expect(await end(name, one, key)).toMatchObject({ status: 200, json: { term: terms[name] } })
      expect(isDone(one)).toBe(true)
    })

    it('a day later it is no longer that wish: refused, not told, and never "done" when it is not', async () => {
      const one = await begun()
      const key = crypto.randomUUID()
      lose('before')
      expect((await end(name, one, key)).status).toBe(503)
      clear()
      shop.advance(23 * hour)
      const calls = told()
      expect(await end(name, one, key)).toMatchObject(refused)
      expect(told()).toBe(calls)
      expect(isDone(one)).toBe(false)
    })

    it('done, and asked again: as it was answered', async () => {
      const one = await begun()
      const key = crypto.randomUUID()
      for (const ms of [0, 6 * minute, day]) {
        shop.advance(ms)
        expect(await end(name, one, key)).toMatchObject({ status: 200, json: { term: terms[name] } })
      }
    })

    it('after the other wish: refused, and not told', async () => {
      const one = await begun()
      const key = crypto.randomUUID()
      expect((await end(name, one, key)).status).toBe(200)
      expect((await end(other[name], one)).status).toBe(200)
      const calls = told()
      expect(await end(name, one, key)).toMatchObject(refused)
      expect(told()).toBe(calls)
      expect(isDone(one)).toBe(false)
    })

    it('after somebody has changed it at the seller: no 200 with what it is not', async () => {
      const one = await begun()
      const key = crypto.randomUUID()
      expect((await end(name, one, key)).status).toBe(200)
      const [ends, at] = [!endsThere(one), shop.stripe.store.must(one.id).items.data[0].current_period_end]
      shop.stripe.act.change(one.id, { cancel_at_period_end: ends, cancel_at: ends ? at : null })
      expect(await end(name, one, key)).toMatchObject(refused)
    })
  })
})
