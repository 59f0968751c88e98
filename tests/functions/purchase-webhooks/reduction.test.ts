import { CEILING_MS } from '@securemailmerge/shared/purchasing/apply'
import { CLOCKS_APART_MS } from '@securemailmerge/shared/purchasing/settle'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { cast } from '../../../infra/local/identity/cast.ts'
import { aMember } from '../../kit/people.ts'
import { type Shop, startShop, until } from '../../kit/shop.ts'

const [BOUGHT, WANTED, ASKING] = [20, 10, 20]
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
afterEach(clear)
afterAll(() => shop.close())

type Bought = Awaited<ReturnType<typeof bought>>
/** Twenty bought, some of them given away, and a witness of every state that is stored. */
async function bought(assigned: number) {
  const owner = aMember(cast.olivia.tenantId, `owner-${crypto.randomUUID()}@contoso.example`)
  const page = await shop.buy(owner, { quantity: BOUGHT })
  const one = { ...page, owner, params: { subscriptionId: page.subscriptionId } }
  await give(one, assigned)
  return one
}
const give = ({ owner, params }: Pick<Bought, 'owner' | 'params'>, count: number) =>
  Promise.all(
    Array.from({ length: count }, () => {
      const body = { addresses: [`u-${crypto.randomUUID()}@contoso.example`] }
      return shop.call('assign_seats', { as: owner, params, body })
    }),
  )
const reduce = ({ owner, params }: Bought, key: string, quantity = WANTED) =>
  shop.ask('set_quantity', { as: owner, params, body: { quantity }, headers: { 'idempotency-key': key } })

const sellers = ({ id }: Bought): number => shop.stripe.store.must(id).items.data[0].quantity
function stored({ subscriptionId }: Bought) {
  const found = shop.cosmos.items('subscriptions', subscriptionId).find(({ id }) => id === 'subscription')
  return found as unknown as { quantity: number; ceiling: number | null; assigned: number }
}

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

/** Time passes until nobody has anything left to do. */
async function settled(): Promise<void> {
  for (let time = 0; time < 3; time += 1) {
    shop.advance(CEILING_MS + 60_000)
    await shop.delivered()
    await shop.sweep()
    await shop.settle()
  }
}

async function expectAgreement(one: Bought, quantities: number[]): Promise<void> {
  const { quantity, ceiling, assigned } = stored(one)
  expect(quantity).toBe(sellers(one))
  expect(quantity).toBeOneOf(quantities)
  expect(ceiling).toBeNull()
  expect(assigned).toBeLessThanOrEqual(quantity)
  const seats = shop.cosmos.items('subscriptions', one.subscriptionId).filter(({ kind }) => kind === 'seat')
  expect(seats).toHaveLength(assigned)
}

type CosmosFault = Parameters<Shop['cosmos']['faults']['add']>[0]['do']
type StripeFault = Parameters<Shop['stripe']['faults']['add']>[0]['do']
/** What happens to writes, after so many that pass. */
function onCosmos(container: string, what: CosmosFault, { times = 1, passing = 0 } = {}): void {
  const match = { container, operation: 'batch' } as const
  if (passing > 0) shop.cosmos.faults.add({ match, times: passing, do: { delayMs: 0 } })
  shop.cosmos.faults.add({ match, times, do: what })
}
/** What happens to calls, after so many that pass. */
function onStripe(method: string, what: StripeFault, { times = 1, passing = 0 } = {}): void {
  const calls = { method, path: 'subscriptions/' }
  if (passing > 0) shop.stripe.faults.add({ ...calls, times: passing, do: { delayMs: 0 } })
  shop.stripe.faults.add({ ...calls, times, do: what })
}
const held = () => shop.stripe.faults.held + shop.cosmos.faults.held().length
const always = { times: -1 }

/** Each step of a reduction: how to stop it there, for others to come between, and how to cut it off there for good. */
const steps: Record<string, { hold: () => void; cut: () => void }> = {
  'before the first look': {
    hold: () => onStripe('GET', { hold: 'before' }),
    cut: () => onStripe('GET', { drop: 'before' }, always),
  },
  'after the first look': {
    hold: () => onCosmos('subscriptions', { hold: true }),
    cut: () => onCosmos('subscriptions', { dropBefore: true }, always),
  },
  'before the reminder': {
    hold: () => onCosmos('purchases', { hold: true }),
    cut: () => onCosmos('purchases', { dropBefore: true }, always),
  },
  'after the reminder': {
    hold: () => onCosmos('purchases', { hold: true, after: true }),
    cut: () => onCosmos('purchases', { applyThenDrop: true }),
  },
  'before the ceiling': {
    hold: () => onCosmos('subscriptions', { hold: true }, { passing: 1 }),
    cut: () => onCosmos('subscriptions', { dropBefore: true }, { ...always, passing: 1 }),
  },
  'after the ceiling': {
    hold: () => onCosmos('subscriptions', { hold: true, after: true }, { passing: 1 }),
    cut: () => onStripe('POST', { drop: 'before' }, always),
  },
  'before the seller is told': {
    hold: () => onStripe('POST', { hold: 'before' }),
    cut: () => onStripe('POST', { status: 500 }, always),
  },
  'after the seller is told': {
    hold: () => onStripe('POST', { hold: 'after' }),
    cut: () => onStripe('POST', { drop: 'after' }, always),
  },
  'before the second look': {
    hold: () => onStripe('GET', { hold: 'before' }, { passing: 1 }),
    cut: () => onStripe('GET', { drop: 'before' }, { ...always, passing: 1 }),
  },
  'after the second look': {
    hold: () => onCosmos('subscriptions', { hold: true }, { passing: 2 }),
    cut: () => onCosmos('subscriptions', { dropBefore: true }, { ...always, passing: 2 }),
  },
  'after that is written': {
    hold: () => onCosmos('subscriptions', { hold: true, after: true }, { passing: 2 }),
    cut: () => onCosmos('subscriptions', { applyThenDrop: true }, { passing: 2 }),
  },
}

describe('A10, F40 a reduction against twenty assignments at once', () => {
  it.each(Object.entries(steps))(
    'that come between %s and the next step: never more given than is left',
    async (_, step) => {
      const one = await bought(5)
      const stop = witness(one)
      step.hold()
      const reduction = reduce(one, crypto.randomUUID())
      await until(() => held() === 1)
      const answers = await give(one, ASKING)
      clear()
      const answer = await reduction
      expect(stop()).toEqual([])
      expect(answer.status).toBeOneOf([200, 409])
      for (const { status } of answers) expect(status).toBeOneOf([200, 409])
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(stored(one).assigned - 5)
      await settled()
      await expectAgreement(one, answer.status === 200 ? [WANTED] : [BOUGHT])
    },
  )

  it.each(Object.entries(steps))(
    'cut off %s: never more given than is left, and the seller and we agree afterwards',
    async (_, step) => {
      const one = await bought(5)
      const stop = witness(one)
      step.cut()
      const answer = await reduce(one, crypto.randomUUID())
      expect(answer.status).toBe(503)
      clear()
      const between = await give(one, ASKING / 2)
      await settled()
      const after = await give(one, ASKING / 2)
      await settled()
      expect(stop()).toEqual([])
      for (const { status } of [...between, ...after]) expect(status).toBeOneOf([200, 409])
      await expectAgreement(one, [BOUGHT, WANTED])
      // Whatever came of it, nothing is left that keeps anybody from what is paid.
      expect(stored(one).assigned).toBe(Math.min(stored(one).quantity, 25))
    },
    30_000,
  )

  it.each(Object.entries(steps))(
    'cut off %s and asked again under its key: done once, or refused',
    async (_, step) => {
      const one = await bought(5)
      const stop = witness(one)
      const key = crypto.randomUUID()
      step.cut()
      expect((await reduce(one, key)).status).toBe(503)
      clear()
      const [again, answers] = await Promise.all([reduce(one, key), give(one, ASKING)])
      expect(again.status).toBeOneOf([200, 409])
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(stored(one).assigned - 5)
      await settled()
      expect(stop()).toEqual([])
      await expectAgreement(one, again.status === 200 ? [WANTED] : [BOUGHT])
    },
    30_000,
  )

  it.each([1, 2, 3, 4, 5])('all at the same moment, time %i', async () => {
    const one = await bought(5)
    const stop = witness(one)
    const [answer, answers] = await Promise.all([reduce(one, crypto.randomUUID()), give(one, ASKING)])
    await settled()
    expect(stop()).toEqual([])
    await expectAgreement(one, answer.status === 200 ? [WANTED] : [BOUGHT])
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(stored(one).assigned - 5)
  })
})

describe('A10 several wishes at once', () => {
  it.each([
    [
      [10, 12],
      [10, 12],
    ],
    [
      [12, 10, 15],
      [10, 12, 15],
    ],
    [
      [10, 30],
      [10, 30],
    ],
  ])('%j: one of them is what the seller and we have, and never more was given', async (wishes, possible) => {
    const one = await bought(5)
    const stop = witness(one)
    const [answers] = await Promise.all([
      Promise.all(wishes.map((quantity) => reduce(one, crypto.randomUUID(), quantity))),
      give(one, 4),
    ])
    for (const { status } of answers) expect(status).toBeOneOf([200, 409])
    await settled()
    expect(stop()).toEqual([])
    await expectAgreement(one, possible)
  })

  it('below what is assigned is refused with how many to withdraw, and leaves no ceiling', async () => {
    const one = await bought(12)
    const calls = shop.stripe.calls.get('POST subscriptions/:id')
    const { status, json } = await reduce(one, crypto.randomUUID())
    expect(status).toBe(409)
    expect(json).toMatchObject({ title: 'below_assigned', assigned: 12, mustWithdraw: 2 })
    expect(stored(one)).toMatchObject({ quantity: BOUGHT, ceiling: null })
    expect(shop.stripe.calls.get('POST subscriptions/:id')).toBe(calls)
  })

  it('a ceiling of which nothing came holds ten minutes and then falls by itself', async () => {
    const one = await bought(5)
    onStripe('POST', { drop: 'before' }, always)
    expect((await reduce(one, crypto.randomUUID())).status).toBe(503)
    clear()
    expect(stored(one)).toMatchObject({ quantity: BOUGHT, ceiling: WANTED })
    expect((await give(one, 6)).filter(({ status }) => status === 200)).toHaveLength(5)
    // Something else happens to it in the last minute: that clears nothing, and takes nobody's reminder along.
    for (const ms of [CEILING_MS - 50_000, 40_000]) {
      shop.advance(ms)
      shop.stripe.act.change(one.id, {})
      await shop.delivered()
      await shop.settle()
      expect(stored(one)).toMatchObject({ ceiling: WANTED })
    }
    shop.advance(CLOCKS_APART_MS + 10_000)
    await shop.sweep()
    await shop.settle()
    expect(stored(one)).toMatchObject({ quantity: BOUGHT, ceiling: null })
    expect((await give(one, 6)).filter(({ status }) => status === 200)).toHaveLength(6)
  })
})
