import { purchasedId } from '@securemailmerge/shared/purchasing/event'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cast } from '../../../infra/local/identity/cast.ts'
import type { Thing } from '../../../infra/local/stripe/store.ts'
import { aMember } from '../../kit/people.ts'
import { type Shop, startShop } from '../../kit/shop.ts'

const day = 24 * 3_600_000
const why = 'agreed by telephone'
let shop: Shop
beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.close())

const aPerson = () => aMember(cast.olivia.tenantId, `op-${crypto.randomUUID()}@contoso.example`)
async function obeyed(body: object, messageId?: string) {
  const [line, ...more] = await shop.command(body, messageId)
  expect(more).toEqual([])
  return line
}
/** Something happens at the seller, and no event of it ever comes. */
function silently<T>(act: () => T): T {
  shop.byHand()
  const done = act()
  shop.byHand(false)
  return done
}

it.each([401, 403])(
  'a key that Stripe refuses (%i) is named by the command that meets it: no waiting mends that',
  async (status) => {
    const { id } = await shop.buy(aPerson())
    shop.stripe.faults.add({ method: 'GET', path: 'subscriptions/', times: -1, do: { status } })
    const [line] = await shop.command({ command: 'reconcile', seller: id })
    shop.stripe.faults.clear()
    expect(line).toMatchObject({ event: 'put_off', reason: 'locked' })
  },
)

describe('the nightly walk mends what no event has told', () => {
  const lost: [string, (thing: Thing) => void, object][] = [
    ['another quantity', ({ id }) => shop.stripe.act.setQuantity(id, 9), { quantity: 9 }],
    ['the end', ({ id }) => shop.stripe.act.cancelNow(id), { state: 'ended' }],
    [
      'an end to come',
      ({ id }) => shop.stripe.act.change(id, { cancel_at_period_end: true }),
      { term: 'cancelled', state: 'active' },
    ],
    ['a pause', ({ id }) => shop.stripe.act.pause(id), { state: 'paused' }],
    ['a deleted customer', ({ customer }) => shop.stripe.act.deleteCustomer(customer), { state: 'ended' }],
    [
      'a full refund',
      ({ id }) => void shop.stripe.act.refund(String(shop.stripe.store.invoicesOf(id)[0]?.id)),
      { state: 'ended', why: 'refunded in full' },
    ],
    [
      'a lost dispute',
      ({ id }) =>
        shop.stripe.act.decide(shop.stripe.act.dispute(String(shop.stripe.store.invoicesOf(id)[0]?.id)).id, 'lost'),
      { state: 'ended', why: 'lost dispute' },
    ],
  ]
  it.each(lost)('%s', async (_, act, expected) => {
    const { id } = await shop.buy(aPerson())
    silently(() => act(shop.stripe.store.must(id)))
    await shop.settle()
    expect(await shop.ours(id)).toMatchObject({ state: 'active', quantity: 5, term: 'renewing' })
    const [line] = await shop.walk()
    expect(line).toMatchObject({ event: 'purchases_walked' })
    expect(Number(line?.mended) + Number(line?.looked)).toBeGreaterThan(0)
    await shop.settle()
    expect(await shop.ours(id)).toMatchObject(expected)
    await shop.settle()
    expect((await shop.walk())[0]).toMatchObject({ mended: 0, looked: 0 })
  })

  it('a whole purchase', async () => {
    const buyer = aPerson()
    const { session } = await shop.open(buyer)
    const { id } = silently(() => shop.stripe.act.pay(session))
    expect(await shop.ours(id)).toBeUndefined()
    expect((await shop.walk())[0]).toMatchObject({ mended: 1 })
    await shop.settle()
    expect(await shop.ours(id)).toMatchObject({ owner: { objectId: buyer.objectId }, state: 'active' })
  })

  it('a hundred and more, over several pages', async () => {
    const all = silently(() => Array.from({ length: 130 }, () => shop.stripe.act.buy({ quantity: 2 })))
    const [line] = await shop.walk()
    expect(line?.mended).toBe(all.length)
    await shop.settle()
    for (const { id } of all) expect(await shop.ours(id)).toMatchObject({ state: 'active', quantity: 2 })
    expect((await shop.walk())[0]).toMatchObject({ mended: 0 })
  }, 40_000)
})

describe('reconcile', () => {
  it.each(['subscriptionId', 'seller', 'all'] as const)(
    'by %s brings ours to what the seller says, however often',
    async (by) => {
      const { id, subscriptionId } = await shop.buy(aPerson())
      silently(() => shop.stripe.act.setQuantity(id, 11))
      const command = {
        command: 'reconcile',
        ...{ subscriptionId: { subscriptionId }, seller: { seller: id }, all: { all: true } }[by],
      }
      for (let time = 0; time < 2; time += 1) {
        const line = await obeyed(command)
        expect(line).toMatchObject({ event: 'command_done', outcome: 'done' })
        if (by !== 'all')
          expect(line?.result).toMatchObject({ seller: id, subscriptionId, outcome: 'refreshed', quantity: 11 })
      }
      await shop.settle()
      expect(await shop.ours(id)).toMatchObject({ quantity: 11 })
    },
  )

  it('of a subscription that is not here yet brings it', async () => {
    const { id } = silently(() => shop.stripe.act.buy())
    expect((await obeyed({ command: 'reconcile', seller: id }))?.result).toMatchObject({
      subscriptionId: purchasedId('test', id),
    })
  })

  it('of what nobody knows says so', async () => {
    expect((await obeyed({ command: 'reconcile', seller: 'sub_nobodyknowsthisone' }))?.result).toMatchObject({
      outcome: 'gone',
    })
    expect(await obeyed({ command: 'reconcile', subscriptionId: `sub_${'n'.repeat(22)}` })).toMatchObject({
      outcome: 'not_found',
    })
  })

  it('of what was never bought is refused', async () => {
    const subscriptionId = await shop.grant('olivia', 3)
    expect(await obeyed({ command: 'reconcile', subscriptionId })).toMatchObject({ outcome: 'not_purchased' })
    expect(await shop.services.subscriptions.read(subscriptionId)).toMatchObject({ quantity: 3 })
  })
})

describe('replay_event', () => {
  it('lets an event be handled again, whatever became of it, and can do no harm twice', async () => {
    const { id } = await shop.buy(aPerson())
    const event = shop.stripe.store
      .all('event')
      .findLast(({ type, data }) => type.startsWith('customer.sub') && data.object.id === id)
    for (const quantity of [7, 7, 8]) {
      silently(() => shop.stripe.act.setQuantity(id, quantity))
      const line = await obeyed({ command: 'replay_event', event: event?.id })
      expect(line).toMatchObject({ outcome: 'done', result: { event: event?.id, about: `test:${id}`, was: 'applied' } })
      await shop.settle()
      expect(await shop.ours(id)).toMatchObject({ quantity })
    }
  })

  it('of an event that is not here says so', async () => {
    expect(await obeyed({ command: 'replay_event', event: 'evt_nobodyhasseenit' })).toMatchObject({
      outcome: 'not_found',
    })
  })
})

describe('extend', () => {
  it('licenses for so many days, counted once for one message; it is in the history, and no refresh takes it back', async () => {
    const owner = aPerson()
    const { id, subscriptionId } = await shop.buy(owner)
    await shop.call('assign_seats', { as: owner, params: { subscriptionId }, body: { addresses: [owner.mail] } })
    shop.stripe.act.cancelNow(id)
    await shop.delivered()
    await shop.settle()
    const code = async () => (await shop.call('look_up_licence', { as: owner })).json.code
    expect(await code()).toBe('ended')
    const messageId = crypto.randomUUID()
    const command = { command: 'extend', subscriptionId, days: 14, why }
    const first = await obeyed(command, messageId)
    expect(await code()).toBe('licensed')
    shop.advance(day)
    expect((await obeyed(command, messageId))?.result).toEqual(first?.result)
    await obeyed({ command: 'reconcile', subscriptionId })
    expect(await shop.ours(id)).toMatchObject({ state: 'ended', extendedUntil: first?.result.extendedUntil })
    const history = shop.cosmos.items('subscriptions', subscriptionId).filter(({ did }) => did === 'extended')
    expect(history).toEqual([expect.objectContaining({ why, by: { kind: 'operator' } })])
    shop.advance(13 * day + 1000)
    expect(await code()).toBe('ended')
  })

  it('of what is not there says so', async () => {
    const line = await obeyed({ command: 'extend', subscriptionId: `sub_${'n'.repeat(22)}`, days: 1, why })
    expect(line).toMatchObject({ outcome: 'not_found' })
  })
})

describe('stop and go', () => {
  it('purchases: nothing is sold or changed, and what is sold already goes on arriving', async () => {
    const [owner, buyer] = [aPerson(), aPerson()]
    const { id, subscriptionId } = await shop.buy(owner)
    const [stop, go] = ['stop', 'go'].map((command) => ({ command, switch: 'purchases', why }))
    for (let time = 0; time < 2; time += 1) expect(await obeyed(stop as object)).toMatchObject({ outcome: 'done' })
    shop.advance(20_000)
    await expect(shop.open(buyer)).rejects.toThrow(/503/)
    const params = { subscriptionId }
    expect((await shop.ask('set_quantity', { as: owner, params, body: { quantity: 6 } })).status).toBe(503)
    shop.stripe.act.setQuantity(id, 6)
    await shop.delivered()
    await shop.settle()
    expect(await shop.ours(id)).toMatchObject({ quantity: 6 })
    for (let time = 0; time < 2; time += 1) expect(await obeyed(go as object)).toMatchObject({ outcome: 'done' })
    shop.advance(20_000)
    expect(await shop.open(buyer)).toMatchObject({ intent: expect.any(String) })
  })

  it('read_only: events are stored and acknowledged, and applied when it is over', async () => {
    const { id } = await shop.buy(aPerson())
    await obeyed({ command: 'stop', switch: 'read_only', why })
    shop.advance(20_000)
    await shop.happens(() => silently(() => shop.stripe.act.setQuantity(id, 6)))
    expect((await shop.look({ id })).join()).toContain('put_off')
    expect(await shop.ours(id)).toMatchObject({ quantity: 5 })
    await obeyed({ command: 'go', switch: 'read_only', why })
    shop.advance(20_000)
    await shop.look({ id })
    expect(await shop.ours(id)).toMatchObject({ quantity: 6 })
  })
})

describe('commands', () => {
  it('help shows each of them, and each can be sent as it is shown', async () => {
    const commands = (await obeyed({ command: 'help' }))?.result.commands as Record<string, { command: string }>
    expect(Object.keys(commands)).toEqual(['help', 'reconcile', 'replay_event', 'extend', 'stop', 'go'])
    for (const [name, example] of Object.entries(commands)) {
      expect(example.command).toBe(name)
      const text = JSON.stringify(example).replace('<22 characters>', 'n'.repeat(22))
      expect(await obeyed(JSON.parse(text))).toMatchObject({ event: 'command_done' })
    }
  })

  it.each<[string, unknown]>([
    ['unknown', { command: 'refund', seller: 'sub_1' }],
    ['of another service', { command: 'grant', quantity: 1 }],
    ['without a name', { seller: 'sub_1' }],
    ['no object', 'reconcile'],
    ['nothing', null],
    ['that names nobody', { command: 'reconcile' }],
    ['that names two', { command: 'reconcile', all: true, seller: 'sub_1' }],
    ['with a field too many', { command: 'reconcile', all: true, force: true }],
    ['with an id that is none', { command: 'reconcile', seller: "sub_1' OR 1=1" }],
    ['about an event that is none', { command: 'replay_event', event: 'sub_1' }],
    ['for too long', { command: 'extend', subscriptionId: `sub_${'n'.repeat(22)}`, days: 91, why }],
    ['for no time', { command: 'extend', subscriptionId: `sub_${'n'.repeat(22)}`, days: 0, why }],
    ['without a reason', { command: 'extend', subscriptionId: `sub_${'n'.repeat(22)}`, days: 1 }],
    ['for a switch that there is not', { command: 'stop', switch: 'everything', why }],
  ])('one that is malformed (%s) is parked with what is wrong, and does nothing', async (_, body) => {
    const messageId = crypto.randomUUID()
    const before = shop.cosmos.items('subscriptions').length
    expect(await obeyed(body as object, messageId)).toMatchObject({ event: 'parked', messageId })
    expect(shop.cosmos.items('subscriptions')).toHaveLength(before)
    const parked = shop.cosmos.items('operations', 'purchase-webhooks').filter((item) => item.messageId === messageId)
    expect(parked).toEqual([expect.objectContaining({ kind: 'parked', queue: 'purchase-webhooks-commands' })])
  })
})
