import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { cast } from '../../../infra/local/identity/cast.ts'
import type { Thing } from '../../../infra/local/stripe/store.ts'
import { aMember } from '../../kit/people.ts'
import { type Shop, startShop } from '../../kit/shop.ts'

const hour = 3_600_000
const day = 24 * hour
let shop: Shop
beforeAll(async () => {
  shop = await startShop()
})
afterEach(() => {
  shop.stripe.faults.clear()
  shop.stripe.act.deliver({ withheld: [] })
})
afterAll(() => shop.close())

type Bought = Awaited<ReturnType<typeof bought>>

/** Bought by somebody who holds a seat of it. */
async function bought(wish: object = {}) {
  const owner = aMember(cast.olivia.tenantId, `payer-${crypto.randomUUID()}@contoso.example`)
  const made = shop.made()
  const page = await shop.buy(owner, wish)
  const params = { subscriptionId: page.subscriptionId }
  await shop.call('assign_seats', { as: owner, params, body: { addresses: [owner.mail] } })
  return { ...page, owner, params, made }
}
const codeFor = async ({ owner }: Bought) => (await shop.call('look_up_licence', { as: owner })).json.code
const paidInvoice = ({ id }: Bought) =>
  String(shop.stripe.store.invoicesOf(id).findLast(({ status }) => status === 'paid')?.id)
async function arrives() {
  await shop.delivered()
  return shop.settle()
}

/** Three reconciliations, the nightly walk, and everything that ever happened to it sent and replayed once more. */
async function everythingAgain(one: Bought): Promise<void> {
  for (let time = 0; time < 3; time += 1) {
    const [line] = await shop.command({ command: 'reconcile', subscriptionId: one.subscriptionId })
    expect(line).toMatchObject({ event: 'command_done', outcome: 'done' })
  }
  await shop.walk()
  for (const event of eventsOf(one)) {
    expect(await shop.send(event)).toBe(200)
    expect(await shop.send({ ...event, id: shop.stripe.store.newId('evt') })).toBe(200)
    const [line] = await shop.command({ command: 'replay_event', event: event.id })
    expect(line).toMatchObject({ outcome: 'done' })
    await shop.settle()
  }
}
const eventsOf = ({ id, customer, made }: Bought): Thing[] =>
  shop.eventsSince(made).filter(({ data }) => {
    const text = JSON.stringify(data.object)
    return text.includes(id) || text.includes(customer)
  })

const dispute = (status: string) => (one: Bought) => {
  const made = shop.stripe.act.dispute(paidInvoice(one))
  if (status === 'won' || status === 'lost') shop.stripe.act.decide(made.id, status)
  else made.status = status
}
const refund = (how: { amount?: number; status?: string }) => (one: Bought) =>
  void shop.stripe.act.refund(paidInvoice(one), how)

describe('F37 money that went back in full ends it, and nothing brings it back', () => {
  const rows: [string, (one: Bought) => void, string][] = [
    ['a full refund', refund({}), 'refunded in full'],
    ['a lost dispute', dispute('lost'), 'lost dispute'],
    [
      'a refund in two parts',
      (one) => {
        refund({ amount: 1000 })(one)
        refund({})(one)
      },
      'refunded in full',
    ],
  ]
  it.each(rows)(
    '%s',
    async (_, act, why) => {
      const one = await bought()
      expect(await codeFor(one)).toBe('licensed')
      act(one)
      await arrives()
      expect(await shop.ours(one.id)).toMatchObject({ state: 'ended', why, assigned: 1, quantity: 5 })
      expect(shop.stripe.store.must(one.id)).toMatchObject({ status: 'canceled' })
      expect(await codeFor(one)).toBe('ended')
      await everythingAgain(one)
      expect(await shop.ours(one.id)).toMatchObject({ state: 'ended', assigned: 1 })
      expect(await codeFor(one)).toBe('ended')
      shop.advance(40 * day)
      await arrives()
      expect(await codeFor(one)).toBe('ended')
    },
    40_000,
  )

  it('and a new purchase licenses', async () => {
    const one = await bought()
    refund({})(one)
    await arrives()
    expect(await codeFor(one)).toBe('ended')
    const { subscriptionId } = await shop.buy(one.owner)
    await shop.call('assign_seats', {
      as: one.owner,
      params: { subscriptionId },
      body: { addresses: [one.owner.mail] },
    })
    expect(await codeFor(one)).toBe('licensed')
    await everythingAgain(one)
    expect(await codeFor(one)).toBe('licensed')
  })

  it('no event of it comes: the nightly walk finds it', async () => {
    const one = await bought()
    shop.byHand()
    refund({})(one)
    expect(await codeFor(one)).toBe('licensed')
    const [line] = await shop.walk()
    expect(line?.looked).toBeGreaterThanOrEqual(1)
    await shop.settle()
    expect(await codeFor(one)).toBe('ended')
    await shop.settle()
    expect((await shop.walk())[0]).toMatchObject({ looked: 0 })
  })
})

describe('F37 the seller does not take our cancelling', () => {
  it.each([
    ['fails', { status: 500 }],
    ['is busy', { status: 429 }],
    ['does not answer', { drop: 'before' }],
    ['answers, and the answer is lost', { drop: 'after' }],
    ['has locked our key out', { status: 403 }],
  ] as const)(
    'it %s for a day: unlicensed all the same, and ended there in the end',
    async (_, what) => {
      const one = await bought()
      refund({})(one)
      await shop.delivered()
      shop.stripe.faults.add({ method: 'DELETE', times: -1, do: what })
      const cancels = () => shop.stripe.calls.get('DELETE subscriptions/:id') ?? 0
      await shop.settle()
      for (let hours = 0; hours < 24; hours += 6) {
        const before = cancels()
        expect(await codeFor(one)).toBe('ended')
        expect(await shop.ours(one.id)).toMatchObject({ state: 'ended', why: 'refunded in full' })
        shop.advance(6 * hour)
        await shop.sweep()
        await shop.settle()
        // Asked again each time, unless it was done and only the answer was lost.
        const isDone = shop.stripe.store.must(one.id).status === 'canceled'
        expect(isDone).toBe('drop' in what && what.drop === 'after')
        expect(cancels() > before).toBe(!isDone)
      }
      shop.stripe.faults.clear()
      shop.advance(2 * hour)
      await shop.sweep()
      await arrives()
      expect(shop.stripe.store.must(one.id)).toMatchObject({ status: 'canceled' })
      expect(await codeFor(one)).toBe('ended')
    },
    60_000,
  )
})

describe('F37 what is not all of the money changes nothing', () => {
  const rows: [string, (one: Bought) => void][] = [
    ['a partial refund', refund({ amount: 100 })],
    ['all but a cent', (one) => refund({ amount: 5 * 1200 - 1 })(one)],
    ['a full refund that failed', refund({ status: 'failed' })],
    ['a full refund that is not there yet', refund({ status: 'pending' })],
    ['a won dispute', dispute('won')],
    ['an open dispute', dispute('needs_response')],
    ['a dispute under review', dispute('under_review')],
    ['an inquiry', dispute('warning_needs_response')],
    ['an inquiry that was closed', dispute('warning_closed')],
    ['a fraud warning', (one) => shop.stripe.act.fraudWarning(paidInvoice(one))],
    [
      'a partial refund and a won dispute',
      (one) => {
        refund({ amount: 100 })(one)
        dispute('won')(one)
      },
    ],
  ]
  it.each(rows)(
    '%s',
    async (_, act) => {
      const one = await bought()
      const before = await shop.ours(one.id)
      act(one)
      await arrives()
      await everythingAgain(one)
      const after = await shop.ours(one.id)
      expect({ ...after, seenAt: '', _etag: '', _ts: 0 }).toEqual({ ...before, seenAt: '', _etag: '', _ts: 0 })
      expect(await codeFor(one)).toBe('licensed')
      expect(shop.stripe.store.must(one.id)).toMatchObject({ status: 'active' })
    },
    40_000,
  )

  it.each([
    ['a full refund', (invoice: string) => void shop.stripe.act.refund(invoice)],
    ['a lost dispute', (invoice: string) => shop.stripe.act.decide(shop.stripe.act.dispute(invoice).id, 'lost')],
  ])(
    '%s of an older period',
    async (_, act) => {
      const one = await bought()
      const first = paidInvoice(one)
      shop.advance(32 * day)
      await arrives()
      expect(paidInvoice(one)).not.toBe(first)
      act(first)
      await arrives()
      await everythingAgain(one)
      expect(await codeFor(one)).toBe('licensed')
      expect(shop.stripe.store.must(one.id)).toMatchObject({ status: 'active' })
    },
    40_000,
  )

  it('a refund of a part of one more seat that was bought within the period; all of it ends it', async () => {
    const one = await bought()
    await shop.ask('set_quantity', { as: one.owner, params: one.params, body: { quantity: 6 } })
    await arrives()
    const [, more] = shop.stripe.store.invoicesOf(one.id)
    expect(more).toMatchObject({ billing_reason: 'subscription_update', status: 'paid' })
    shop.stripe.act.refund(String(more?.id), { amount: 1 })
    await arrives()
    expect(await codeFor(one)).toBe('licensed')
    shop.stripe.act.refund(String(more?.id))
    await arrives()
    expect(await codeFor(one)).toBe('ended')
  })
})
