import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import counted from '../../../infra/tools/counted.json' with { type: 'json' }
import { type Shop, startShop } from '../../kit/shop.ts'

// What docs/cost.md multiplies with prices, counted anew. Mails are counted by npm run bench: they need real time.
let shop: Shop
let bought: ReturnType<Shop['buy']>
beforeAll(async () => {
  shop = await startShop()
  bought = shop.buy('olivia')
  await bought
})
afterAll(() => shop.close())

type Table = Record<string, Record<string, number>>

/** Operations on items that something takes, by container and operation. */
async function operationsOf(deed: () => Promise<unknown>): Promise<Table> {
  shop.cosmos.count.reset()
  await deed()
  // Switches are read once in 15 s, whatever comes.
  const { operations: _switches, ...table } = shop.cosmos.count.read()
  const rows = Object.entries(table).map(([container, row]) => [
    container,
    Object.fromEntries(Object.entries(row).map(([operation, count]) => [operation, count?.operations ?? 0])),
  ])
  return Object.fromEntries(rows)
}

const HOUR = 3_600_000
const licensed = { as: 'amir' as const, headers: {} }

describe('operations', () => {
  it('of somebody licensed who brings a proof, and of noting the use, as on each day but the first', async () => {
    const subscriptionId = await shop.grant('olivia', 10)
    await shop.call('assign_seats', {
      as: 'olivia',
      params: { subscriptionId },
      body: { addresses: ['amir@contoso.example'] },
    })
    const first = await shop.call('look_up_licence', licensed)
    await shop.settleUses()
    shop.advance(25 * HOUR)
    const headers = { 'licence-proof': first.json.proof }
    expect(await operationsOf(() => shop.call('look_up_licence', { ...licensed, headers }))).toEqual(
      counted.operations.licensedLookUp,
    )
    expect(await operationsOf(() => shop.settleUses())).toEqual(counted.operations.seatUse)
  })

  it('of a free user', async () => {
    expect(await operationsOf(() => shop.call('look_up_licence', { as: 'fred' }))).toEqual(
      counted.operations.freeLookUp,
    )
  })

  it('of a renewal, all its events, and how many there are', async () => {
    const { id } = await bought
    const from = shop.made()
    const renewed = await operationsOf(async () => {
      shop.advance(31 * 24 * HOUR + 2 * HOUR)
      await shop.delivered()
      // Each event sends a wake; the first that is handled settles all.
      for (const _ of shop.eventsSince(from)) await shop.look({ id })
    })
    expect(renewed).toEqual(counted.operations.renewal)
    expect(shop.eventsSince(from)).toHaveLength(counted.events.renewal)
  })
})
