import { request } from 'node:http'
import { ChangeFeedStartFrom, type Container, CosmosClient, type OperationInput } from '@azure/cosmos'
import names from '@securemailmerge/shared/names.json' with { type: 'json' }
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Cosmos, startCosmos } from '../../../../infra/local/cosmos/start-cosmos.ts'

let cosmos: Cosmos
let client: CosmosClient
let container: Container
let ahead = 0
let key = 'S0'

beforeAll(async () => {
  cosmos = await startCosmos({ now: () => new Date(Date.now() + ahead) })
  const { endpoint, key: accountKey } = cosmos
  client = new CosmosClient({ endpoint, key: accountKey, connectionPolicy: { enableEndpointDiscovery: false } })
  container = client.database(names.database).container('subscriptions')
})

afterAll(async () => {
  client.dispose()
  await cosmos.close()
})

beforeEach(() => {
  key = `S${Number(key.slice(1)) + 1}`
})

const item = (id: string, fields = {}) => ({ id, subscriptionId: key, ...fields })
const local = async <T>(path: string, init?: RequestInit): Promise<T> => {
  const answer = await fetch(`${cosmos.endpoint}/_local/${path}`, init)
  return (await answer.json()) as never
}

describe('from the start', () => {
  it.for(Object.entries(names.containers))('there is %s, as names.json says', async ([id, expected]) => {
    const { resource } = await client.database(names.database).container(id).read()
    expect(resource?.partitionKey?.paths).toEqual([expected.partitionKey])
    expect(resource?.defaultTtl).toBe(expected.defaultTtl)
    expect(resource?.indexingPolicy?.includedPaths?.map(({ path }) => path)).toEqual(expected.indexed)
    expect(resource?.indexingPolicy?.excludedPaths?.map(({ path }) => path)).toEqual(['/*'])
  })

  it('sorts by what names.json has indexed, and refuses the rest', async () => {
    await container.items.create(item('b', { kind: 'seat', order: 1, other: 1 }))
    await container.items.create(item('a', { kind: 'seat', order: 2, other: 2 }))
    const sorted = (by: string) =>
      container.items.query(`SELECT VALUE c.id FROM c ORDER BY c["${by}"] DESC`, { partitionKey: key }).fetchAll()
    expect((await sorted('order')).resources).toEqual(['a', 'b'])
    await expect(sorted('other')).rejects.toThrow('/other has none in the indexing policy')
  })
})

describe('refuses by name', () => {
  const create: OperationInput = { operationType: 'Create', resourceBody: { id: 'a', subscriptionId: 'S1' } }
  const all = (text: string, options = {}) => container.items.query(text, options).fetchAll()
  const made = (body: object) => client.database(names.database).containers.create({ id: 'new', ...body })
  const condition = { accessCondition: { type: 'IfMatch', condition: '*' } }
  const changes = () =>
    container.items.getChangeFeedIterator({ changeFeedStartFrom: ChangeFeedStartFrom.Beginning(key) })
  const none = { accessCondition: { type: 'IfNoneMatch', condition: '*' } }

  it.for<[string, () => Promise<unknown>]>([
    ['bulk operations', () => container.items.bulk([create])],
    ['the change feed', () => changes().readNext()],
    ['query plans', () => all('SELECT * FROM c', { forceQueryPlan: true })],
    ['ORDER BY, TOP, OFFSET or aggregates across partitions', () => all('SELECT * FROM c ORDER BY c.kind')],
    ['ORDER BY, TOP, OFFSET or aggregates across partitions', () => all('SELECT VALUE COUNT(1) FROM c')],
    ['ORDER BY more than one field', () => all('SELECT * FROM c ORDER BY c.a, c.b', { partitionKey: key })],
    ['ORDER BY anything but a field', () => all('SELECT * FROM c ORDER BY 1', { partitionKey: key })],
    ['JOIN', () => all('SELECT * FROM c JOIN t IN c.tags')],
    ['FROM anything but a container', () => all('SELECT * FROM t IN c.tags')],
    ['user-defined functions', () => all('SELECT VALUE udf.f(c) FROM c')],
    ['one top-level field', () => made({ partitionKey: { paths: ['/a', '/b'], kind: 'MultiHash' } })],
    ['one top-level field', () => made({ partitionKey: '/a/b' })],
    ['uniqueKeyPolicy', () => made({ partitionKey: '/a', uniqueKeyPolicy: { uniqueKeys: [] } })],
    ['the indexing path', () => made({ partitionKey: '/a', indexingPolicy: { includedPaths: [{ path: '/a/*' }] } })],
    [
      'PUT on container',
      () => container.replace({ id: 'subscriptions', partitionKey: { paths: ['/subscriptionId'] } }),
    ],
    ['sprocs', () => container.scripts.storedProcedures.readAll().fetchAll()],
    ['triggers', () => container.scripts.triggers.readAll().fetchAll()],
    ['conflicts', () => container.conflicts.readAll().fetchAll()],
    ['GET on databases', () => client.databases.readAll().fetchAll()],
    ['one string; the item must have one', () => container.items.create({ id: 'a' })],
    ['one string; the item must have one', () => container.items.create({ id: 'a', subscriptionId: 1 })],
    ['ifMatch for Create', () => container.items.create(item('a'), condition)],
    ['ifMatch for Read', () => container.item('a', key).read(condition)],
    ['ifNoneMatch for Upsert', () => container.items.upsert(item('a'), none)],
  ])('%s', async ([name, attempt]) => {
    const error = await attempt().then(
      () => undefined,
      (thrown) => thrown,
    )
    expect(error?.message).toContain(name)
    expect(error.code ?? error.cause?.code).toBe(501)
  })

  it('what a batch cannot do, as the result of that operation', async () => {
    await container.items.create(item('a'))
    const patch = { operations: [{ op: 'move', from: '/x', path: '/y' }] }
    const operations = [{ operationType: 'Patch', id: 'a', resourceBody: patch }] as unknown as OperationInput[]
    const { code, result } = await container.items.batch(operations, key)
    expect([code, result]).toMatchObject([207, [{ statusCode: 501, message: expect.stringContaining('move') }]])
  })

  // The service takes such ids and then cannot find them again, the SDK only looks at some.
  it.for(['/', '\\', '?', '#'])('ids with %s, which the service only warns of', async (character) => {
    const operation: OperationInput = { operationType: 'Create', resourceBody: item(`a${character}b`) }
    const { result } = await container.items.batch([operation], key)
    expect(result).toMatchObject([{ statusCode: 400, message: expect.stringContaining('must not contain') }])
  })

  it('reading an id with ?', async () => {
    await expect(container.item('a?b', key).read()).rejects.toMatchObject({ code: 400 })
  })
})

describe('a request', () => {
  const send = (headers: Record<string, string>, path = '/', method = 'GET') =>
    new Promise<number | undefined>((resolve, reject) => {
      const { port } = cosmos
      request({ host: '127.0.0.1', port, path, method, headers }, (answer) => resolve(answer.resume().statusCode))
        .on('error', reject)
        .end()
    })

  it.for([
    [{}, 401],
    [{ authorization: 'nonsense' }, 401],
    [{ authorization: '%' }, 400],
    [{ authorization: encodeURIComponent('type=master&ver=1.0&sig=') }, 401],
    [{ authorization: encodeURIComponent('type=aad&ver=1.0&sig=token') }, 501],
    [{ host: 'attacker.example' }, 403],
    [{ host: 'localhost' }, 401],
  ] as [Record<string, string>, number][])('with %j is answered %i', async ([headers, status]) => {
    expect(await send(headers)).toBe(status)
  })

  it.for([
    ['/nothing', 404],
    ['/dbs/x/nothing', 404],
    ['/dbs/x/colls/y/pkranges/z', 404],
    ['/dbs/%', 400],
    ['/_local/nothing', 404],
    ['/_local/items', 400],
    ['/_local/items?container=nothing', 404],
  ] as const)('for %s is answered %i', async ([path, status]) => {
    expect(await send({}, path)).toBe(status)
  })

  it('to change something under /_local must be JSON, which a foreign page cannot send', async () => {
    expect(await send({ 'content-type': 'text/plain' }, '/_local/release', 'POST')).toBe(400)
    expect(await send({}, '/_local/count/reset', 'POST')).toBe(400)
    const answer = await fetch(`${cosmos.endpoint}/_local/faults`, { method: 'OPTIONS' })
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  })
})

describe('/_local', () => {
  it('counts operations and bytes', async () => {
    const reset = { method: 'POST', headers: { 'content-type': 'application/json' } }
    await local('count/reset', reset)
    expect(await local('count')).toEqual({})
    await container.items.create(item('a', { text: 'x'.repeat(1000) }))
    await container.item('a', key).read()
    await container.item('absent', key).read()
    await container.items.query('SELECT * FROM c', { partitionKey: key }).fetchAll()
    const { subscriptions } = cosmos.count.read()
    expect(await local('count')).toEqual({ subscriptions })
    expect(Object.entries(subscriptions ?? {}).map(([name, count]) => [name, count.operations])).toEqual([
      ['create', 1],
      ['read', 2],
      ['query', 1],
    ])
    // The body goes there and comes back.
    expect(subscriptions?.create?.bytes).toBeGreaterThan(2000)
    expect(subscriptions?.read?.bytes).toBeGreaterThan(1000)
    expect(subscriptions?.read?.bytes).toBeLessThan(2000)
    cosmos.count.reset()
    expect(cosmos.count.read()).toEqual({})
  })

  it('shows items, the newest first, without a key', async () => {
    for (const id of ['a', 'b', 'c']) await container.items.create(item(id))
    ahead += 60_000
    await container.items.upsert(item('a', { again: true }))
    const path = `items?container=subscriptions&partitionKey=${key}`
    const items = await local<{ id: string }[]>(path)
    expect(items.map(({ id }) => id)).toEqual(['a', 'c', 'b'])
    expect(items[0]).toEqual((await container.item('a', key).read()).resource)
    expect(items).toEqual(cosmos.items('subscriptions', key))
    expect(await local('items?container=directory')).toEqual([])
  })

  it('shows at most 200', async () => {
    for (const from of [0, 100, 200]) {
      const resources = Array.from({ length: 100 }, (_, n) => item(`i${from + n}`))
      await container.items.batch(
        resources.map((resourceBody) => ({ operationType: 'Create', resourceBody })),
        key,
      )
    }
    expect(await local('items?container=subscriptions')).toHaveLength(200)
  })
})

it('pages through items in the order in which they were made, also when one batch made them anew', async () => {
  await container.items.create(item('a'))
  const operations: OperationInput[] = [
    { operationType: 'Delete', id: 'a' },
    { operationType: 'Create', resourceBody: item('b') },
    { operationType: 'Create', resourceBody: item('a') },
  ]
  await container.items.batch(operations, key)
  const options = { partitionKey: key, maxItemCount: 1 }
  expect((await container.items.query('SELECT VALUE c.id FROM c', options).fetchAll()).resources).toEqual(['b', 'a'])
})

it('asks for no further page when TOP or LIMIT has all it wants', async () => {
  for (const id of ['a', 'b', 'c']) await container.items.create(item(id, { order: 1 }))
  cosmos.count.reset()
  const text = 'SELECT TOP 2 VALUE c.id FROM c ORDER BY c["order"]'
  const options = { partitionKey: key, maxItemCount: 2 }
  expect((await container.items.query(text, options).fetchAll()).resources).toEqual(['a', 'b'])
  expect(cosmos.count.read().subscriptions?.query?.operations).toBe(1)
})
