import { setTimeout as pause } from 'node:timers/promises'
import { aboutOf, restOf } from '@securemailmerge/shared/purchasing/event'
import { refresh } from '@securemailmerge/shared/purchasing/refresh'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { cast } from '../../../infra/local/identity/cast.ts'
import { aMember } from '../../kit/people.ts'
import { type Shop, startShop, until } from '../../kit/shop.ts'

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
async function bought() {
  const owner = aMember(cast.olivia.tenantId, `owner-${crypto.randomUUID()}@contoso.example`)
  const page = await shop.buy(owner, { quantity: 5 })
  return { ...page, owner, params: { subscriptionId: page.subscriptionId } }
}
const give = ({ owner, params }: Bought, address = `u-${crypto.randomUUID()}@contoso.example`) =>
  shop.call('assign_seats', { as: owner, params, body: { addresses: [address] } })
const looks = () => shop.stripe.calls.get('GET subscriptions/:id') ?? 0

/** A seat is given and taken back: two writes. False when it was refused. */
async function giveAndTake(one: Bought): Promise<boolean> {
  const { json } = await give(one, 'ever@contoso.example')
  const { owner: as, params } = one
  const seats = json.seats?.map(({ seat }: { seat: string }) => seat)
  return seats !== undefined && (await shop.call('withdraw_seats', { as, params, body: { seats } })).status === 200
}

/** Somebody does so without end; answers how often, once it is stopped or refused. */
function withoutEnd(one: Bought): () => Promise<number> {
  let goesOn = true
  const loop = (async () => {
    let times = 0
    for (; goesOn && (await giveAndTake(one)); times += 1) await pause(40)
    return times
  })()
  return () => {
    goesOn = false
    return loop
  }
}

describe('an owner who changes seats all the time', () => {
  it('does not keep a lost dispute from being seen, nor holds the session of others', async () => {
    const one = await bought()
    // Longer than lies between two changes of the owner: each look is overtaken.
    shop.stripe.faults.add({ method: 'GET', path: 'subscriptions/sub_', times: -1, do: { delayMs: 250 } })
    const stop = withoutEnd(one)
    shop.byHand()
    const from = shop.made()
    const { act, store } = shop.stripe
    act.decide(act.dispute(String(store.invoicesOf(one.id)[0]?.id)).id, 'lost')
    for (const event of shop.eventsSince(from)) expect(await shop.send(event)).toBe(200)
    const began = performance.now()
    const before = looks()
    const lines = await shop.settle()
    const took = performance.now() - began
    expect(await stop()).toBeGreaterThan(0)
    expect(lines.map(({ event }) => event)).not.toContain('put_off')
    expect(await shop.ours(one.id)).toMatchObject({ state: 'ended', why: expect.any(String) })
    expect(store.must(one.id)).toMatchObject({ status: 'canceled' })
    // A look for each event that names nothing but a charge, one more after we cancelled; none because of the owner.
    expect(looks() - before).toBeLessThanOrEqual(2 * lines.length + 1)
    expect(took).toBeLessThan(15_000)
  })

  it('one look is enough, and what the owner did meanwhile stays', async () => {
    const one = await bought()
    await shop.happens(() => {
      shop.byHand()
      shop.stripe.act.setQuantity(one.id, 9)
    })
    const before = looks()
    shop.stripe.faults.add({ method: 'GET', path: 'subscriptions/sub_', times: 1, do: { hold: 'after' } })
    const wake = shop.look(one)
    await until(() => shop.stripe.faults.held === 1)
    for (let seats = 0; seats < 3; seats += 1) expect((await give(one)).status).toBe(200)
    clear()
    await wake
    expect(await shop.ours(one.id)).toMatchObject({ quantity: 9, assigned: 3, nextOrder: 4 })
    expect(looks()).toBe(before + 1)
  })

  it('is beaten at every single write: gives up in seconds, is put off, and comes again by itself', async () => {
    const one = await bought()
    await shop.happens(() => {
      shop.byHand()
      shop.stripe.act.setQuantity(one.id, 9)
    })
    // Between each read of ours and its write somebody else writes.
    const { directory } = shop.services
    const write = directory.write.bind(directory)
    directory.write = async (hints) => {
      await write(hints)
      await giveAndTake(one)
    }
    const before = looks()
    const began = performance.now()
    try {
      const [line] = await shop.look(one)
      expect(JSON.parse(String(line))).toMatchObject({ event: 'put_off', reason: 'changed_meanwhile' })
    } finally {
      directory.write = write
    }
    expect(performance.now() - began).toBeLessThan(9_000)
    expect(looks()).toBe(before + 1)
    // A wake that is not its own tries nothing.
    expect(await shop.look(one)).toEqual([])
    expect(looks()).toBe(before + 1)
    shop.advance(restOf(0))
    await shop.look(one)
    expect(await shop.ours(one.id)).toMatchObject({ quantity: 9 })
  })
})

describe('B1 a look that is old when it is written', () => {
  it('is thrown away when a newer one was written, also in the same millisecond and with a change of ours between', async () => {
    const one = await bought()
    shop.byHand()
    // A clock that stands still: nothing but the order of the writes tells the two looks apart.
    const still = shop.now()
    const places = { ...shop.services, now: () => still }
    await refresh(places, one.id)
    for (const [seen, then] of [
      [10, 11],
      [12, 7],
    ] as const) {
      shop.stripe.act.setQuantity(one.id, seen)
      shop.stripe.faults.add({ method: 'GET', path: 'subscriptions/sub_', times: 1, do: { hold: 'after' } })
      const slow = refresh(places, one.id)
      await until(() => shop.stripe.faults.held === 1)
      shop.stripe.act.setQuantity(one.id, then)
      await give(one)
      await refresh(places, one.id)
      await give(one)
      const before = looks()
      clear()
      await slow
      expect(looks()).toBe(before + 1)
      expect(await shop.ours(one.id)).toMatchObject({ quantity: then })
    }
    expect(await shop.ours(one.id)).toMatchObject({ assigned: 4 })
  })

  it('a clock that goes wrong by an hour between two looks changes nothing of that', async () => {
    const one = await bought()
    shop.byHand()
    const instants: string[] = []
    for (const hours of [0, 1, -1, 0, 0]) {
      const now = () => new Date(shop.now().getTime() + hours * 3_600_000)
      await refresh({ ...shop.services, now }, one.id)
      instants.push(String((await shop.ours(one.id))?.seenAt))
    }
    expect(instants).toEqual([...new Set(instants)].toSorted())
  })

  it('of two that are the first to see a purchase, the one that comes later looks again', async () => {
    shop.byHand()
    const { id } = await shop.happens(() => shop.stripe.act.buy({ quantity: 5 }))
    const still = shop.now()
    const places = { ...shop.services, now: () => still }
    shop.stripe.faults.add({ method: 'GET', path: 'subscriptions/sub_', times: 1, do: { hold: 'after' } })
    const slow = refresh(places, id)
    await until(() => shop.stripe.faults.held === 1)
    shop.stripe.act.setQuantity(id, 6)
    await refresh(places, id)
    clear()
    await slow
    expect(await shop.ours(id)).toMatchObject({ quantity: 6 })
    expect(shop.cosmos.items('purchases', aboutOf('test', id)).length).toBeGreaterThan(0)
  })
})
