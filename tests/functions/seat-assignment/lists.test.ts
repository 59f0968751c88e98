import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Kit, type RouteName, startKit } from '../../kit/services.ts'

let kit: Kit
beforeAll(async () => {
  kit = await startKit()
})
afterAll(() => kit.close())

interface Listed {
  seats: { address: string }[]
  subscriptions: { name: string }[]
  next: string | null
}

/** Follows the `next` links of a list to its end. */
async function all(name: RouteName, params: Record<string, string>, query: Record<string, string>): Promise<Listed[]> {
  const pages: Listed[] = []
  let more: Record<string, string> = query
  for (;;) {
    const { json } = await kit.call(name, { as: 'olivia', params, query: more })
    pages.push(json)
    if (json.next === null) return pages
    more = Object.fromEntries(new URL(json.next, 'http://localhost').searchParams)
  }
}

describe('list_seats', () => {
  it('pages by a next link, the newest first, each once; finds by address and by domain; filters by state', async () => {
    const subscriptionId = await kit.grant('olivia', 100)
    const addresses = Array.from({ length: 25 }, (_, n) => `n${String(n).padStart(2, '0')}@contoso.example`)
    const body = { addresses: [...addresses, 'x@fabrikam.example', 'n-x@northwind.example'] }
    const params = { subscriptionId }
    const { json } = await kit.call('assign_seats', { as: 'olivia', params, body })
    const listed = async (query: Record<string, string>) =>
      (await all('list_seats', params, query)).flatMap(({ seats }) => seats.map(({ address }) => address))
    expect(await listed({ limit: '4' })).toEqual(body.addresses.toReversed())
    expect(await listed({ limit: '4', prefix: 'N0' })).toEqual(addresses.slice(0, 10).toReversed())
    expect(await listed({ prefix: 'fabrikam' })).toEqual(['x@fabrikam.example'])
    const seats = [json.seats[0].seat]
    await kit.call('withdraw_seats', { as: 'olivia', params, body: { seats } })
    expect(await listed({ state: 'released' })).toEqual(['n00@contoso.example'])
    expect(await listed({ state: 'assigned', limit: '7' })).toHaveLength(26)
  })

  it.each([
    ['next', 'garbage'],
    ['next', 'gar bage'],
    ['next', 'g\u00e4rbage\u0001'],
    ['next', '\ud800\n'],
    ['limit', '0'],
    ['limit', '201'],
    ['state', 'lost'],
    ['prefix', ''],
  ])('400: %s=%s names the field', async (field, value) => {
    const subscriptionId = await kit.grant('olivia', 1)
    const asked = { as: 'olivia' as const, params: { subscriptionId }, query: { [field]: value } }
    const { status, json } = await kit.call('list_seats', asked)
    expect([status, json.errors?.[0]?.at]).toEqual([400, `query.${field}`])
  })

  it('a continuation of one subscription shows nothing of another', async () => {
    const [mine, other] = await Promise.all([kit.grant('olivia', 9), kit.grant('kim', 9)])
    const give = (as: 'olivia' | 'kim', subscriptionId: string, name: string) => {
      const addresses = [1, 2, 3].map((n) => `${name}${n}@contoso.example`)
      return kit.call('assign_seats', { as, params: { subscriptionId }, body: { addresses } })
    }
    await Promise.all([give('olivia', mine, 'mine'), give('kim', other, 'other')])
    const theirs = await kit.call('list_seats', { as: 'kim', params: { subscriptionId: other }, query: { limit: '1' } })
    const next = new URL(theirs.json.next, 'http://localhost').searchParams.get('next') as string
    const { json } = await kit.call('list_seats', { as: 'olivia', params: { subscriptionId: mine }, query: { next } })
    expect(JSON.stringify(json)).not.toContain('other')
    expect(Buffer.from(next, 'base64url').toString()).not.toContain('@')
  })
})

describe('list_subscriptions', () => {
  it('pages by a next link', async () => {
    for (let n = 0; n < 5; n += 1) await kit.grant('rita', 1, { name: `Client ${n}` })
    const { json } = await kit.call('list_subscriptions', { as: 'rita', query: { limit: '2' } })
    expect(json.subscriptions).toHaveLength(2)
    const query = Object.fromEntries(new URL(json.next, 'http://localhost').searchParams)
    const second = await kit.call('list_subscriptions', { as: 'rita', query })
    const names = [...json.subscriptions, ...second.json.subscriptions].map(({ name }: { name: string }) => name)
    expect(new Set(names).size).toBe(4)
  })
})

describe('list_history', () => {
  it('tells the newest first, who did it in words, and names nobody by an id', async () => {
    const subscriptionId = await kit.grant('olivia', 2)
    const params = { subscriptionId }
    await kit.call('assign_seats', { as: 'olivia', params, body: { addresses: ['amir@contoso.example'] } })
    await kit.call('look_up_licence', { as: 'amir' })
    await kit.settleUses()
    const { json, text } = await kit.call('list_history', { as: 'olivia', params })
    expect(json.history.map(({ did, by }: { did: string; by: string }) => [did, by])).toEqual([
      ['bound', 'system'],
      ['assigned', 'you'],
      ['granted', 'operator'],
    ])
    expect(text).not.toMatch(/objectId|tenantId/)
  })
})
