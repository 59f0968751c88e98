import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { cast } from '../../../infra/local/identity/cast.ts'
import { aMember } from '../../kit/people.ts'
import { type Shop, startShop } from '../../kit/shop.ts'

const hour = 3_600_000
const day = 24 * hour
let shop: Shop
beforeAll(async () => {
  shop = await startShop()
})
afterEach(() => {
  shop.byHand(false)
})
afterAll(() => shop.close())

const aPerson = () => aMember(cast.olivia.tenantId, `owner-${crypto.randomUUID()}@contoso.example`)
type Bought = Awaited<ReturnType<typeof bought>>
async function bought() {
  const owner = aPerson()
  const page = await shop.buy(owner, { quantity: 5 })
  const params = { subscriptionId: page.subscriptionId }
  await shop.call('assign_seats', { as: owner, params, body: { addresses: [owner.mail, 'kim@contoso.example'] } })
  return { ...page, owner, params }
}
const codeFor = async ({ owner }: Bought) => (await shop.call('look_up_licence', { as: owner })).json.code
/** A night: the walk, and what it has woken. */
async function night() {
  shop.advance(20 * hour)
  const [walked] = await shop.walk()
  return { walked, settled: await shop.settle() }
}
const quiet = { mended: 0, looked: 0 }

describe('money that goes back slowly, while no event comes', () => {
  it.each([2, 9, 25])('a refund that a walk saw pending and that succeeds %i days later ends it', async (days) => {
    const one = await bought()
    shop.byHand()
    const { act, store } = shop.stripe
    const refund = act.refund(String(store.invoicesOf(one.id)[0]?.id), { status: 'pending' })
    expect((await night()).walked).toMatchObject({ mended: 0, looked: 1 })
    expect((await night()).walked).toMatchObject(quiet)
    expect(await codeFor(one)).toBe('licensed')
    shop.advance((days - 2) * day)
    act.settleRefund(refund.id, 'succeeded')
    expect((await night()).walked).toMatchObject({ looked: 1 })
    expect(await shop.ours(one.id)).toMatchObject({ state: 'ended', why: 'refunded in full' })
    expect(store.must(one.id)).toMatchObject({ status: 'canceled' })
    expect(await codeFor(one)).toBe('ended')
    expect((await night()).walked).toMatchObject(quiet)
  })

  it('one that fails changes nothing', async () => {
    const one = await bought()
    shop.byHand()
    const { act, store } = shop.stripe
    const refund = act.refund(String(store.invoicesOf(one.id)[0]?.id), { status: 'pending' })
    await night()
    act.settleRefund(refund.id, 'failed')
    expect((await night()).walked).toMatchObject({ looked: 1 })
    expect(await codeFor(one)).toBe('licensed')
  })
})

describe('a purchase that is still nobody’s', () => {
  it('finds its owner at night, when its page was not finished at the first look and no event told of it', async () => {
    const buyer = aPerson()
    const { session } = await shop.open(buyer)
    shop.byHand()
    const { act, store } = shop.stripe
    const { id } = act.pay(session)
    const page = store.must(session)
    const done = { ...page }
    Object.assign(page, { status: 'open', subscription: null })
    await night()
    expect(await shop.ours(id)).toMatchObject({ state: 'active', owner: null })
    Object.assign(page, done)
    expect((await night()).walked).toMatchObject({ mended: 1 })
    const { tenantId, objectId } = buyer
    expect(await shop.ours(id)).toMatchObject({ owner: { tenantId, objectId }, name: 'Contoso' })
    expect((await night()).walked).toMatchObject(quiet)
  })

  it('is left alone when nothing of ours led to it', async () => {
    shop.byHand()
    shop.stripe.act.buy({ quantity: 2 })
    await night()
    expect((await night()).walked).toMatchObject(quiet)
  })
})

describe('a subscription whose last line of ours goes away', () => {
  /** Something else is sold there, and our line is taken out. */
  function sellsOther({ id }: Bought): () => void {
    const { act, store } = shop.stripe
    act.addItem(id, act.priceOf('training'), 1)
    const { items } = store.must(id)
    act.change(id, { items: { ...items, data: items.data.slice(1) } })
    return () => act.change(id, { items })
  }
  const alarm = { event: 'parked', reason: 'none of its lines is ours any more' }

  it.each([
    ['an event tells of it', false],
    ['the walk finds it', true],
  ])('is over, and rings once: %s', async (_, isSilent) => {
    const one = await bought()
    shop.byHand(isSilent)
    const before = (await shop.walk())[0]?.compared
    const comesBack = sellsOther(one)
    await shop.delivered()
    const { walked, settled } = isSilent ? await night() : { walked: null, settled: await shop.settle() }
    if (isSilent) expect(walked).toMatchObject({ compared: before, mended: 1 })
    expect(settled).toContainEqual(expect.objectContaining({ ...alarm, about: `test:${one.id}` }))
    expect(await shop.ours(one.id)).toMatchObject({
      quantity: 0,
      state: 'ended',
      assigned: 2,
      owner: expect.anything(),
    })
    expect(await codeFor(one)).toBe('ended')
    const asked = await shop.ask('set_quantity', { as: one.owner, params: one.params, body: { quantity: 6 } })
    expect(asked).toMatchObject({ status: 409, json: { title: 'not_licensing' } })
    // Known, it is no more than any other that is not ours.
    const after = await night()
    expect(after.walked).toMatchObject({ ...quiet, compared: Number(before) - 1 })
    shop.byHand(false)
    shop.stripe.act.change(one.id, {})
    await shop.delivered()
    expect(await shop.settle()).toEqual([expect.objectContaining({ event: 'purchase_settled', outcome: 'not_ours' })])
    comesBack()
    await shop.delivered()
    await shop.settle()
    expect(await shop.ours(one.id)).toMatchObject({ quantity: 5, state: 'active', assigned: 2 })
    expect(await codeFor(one)).toBe('licensed')
  })

  it('of one that never was ours nothing is written or said', async () => {
    shop.byHand()
    const { act, store } = shop.stripe
    const before = (await shop.walk())[0]?.compared
    const { id } = act.buy({ price: act.priceOf('training'), quantity: 1 })
    expect((await night()).walked).toMatchObject({ ...quiet, compared: before })
    expect(await shop.ours(id)).toBeUndefined()
    expect(store.must(id)).toMatchObject({ status: 'active' })
  })
})
