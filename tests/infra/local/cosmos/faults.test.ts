import { type Container, CosmosClient, type OperationInput } from '@azure/cosmos'
import names from '@securemailmerge/shared/names.json' with { type: 'json' }
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Cosmos, startCosmos } from '../../../../infra/local/cosmos/start-cosmos.ts'

let cosmos: Cosmos
let client: CosmosClient
let container: Container

const key = 'S1'
const item = (id: string, n = 0) => ({ id, subscriptionId: key, n })
const read = async (id: string) => (await container.item(id, key).read()).resource

beforeEach(async () => {
  cosmos = await startCosmos()
  const { endpoint, key: accountKey } = cosmos
  client = new CosmosClient({ endpoint, key: accountKey, connectionPolicy: { enableEndpointDiscovery: false } })
  container = client.database(names.database).container('subscriptions')
  await container.items.create(item('old'))
})

afterEach(async () => {
  client.dispose()
  await cosmos.close()
})

const post = async (path: string, body?: unknown) => {
  const answer = await fetch(`${cosmos.endpoint}/_local/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: answer.status, json: await answer.json() }
}

const held = async () => (await (await fetch(`${cosmos.endpoint}/_local/held`)).json()) as { id: string }[]

const operations = {
  read: () => container.item('old', key).read(),
  query: () => container.items.query('SELECT * FROM c', { partitionKey: key }).fetchAll(),
  create: () => container.items.create(item('new')),
  upsert: () => container.items.upsert(item('new')),
  replace: () => container.item('old', key).replace(item('old', 1)),
  patch: () => container.item('old', key).patch([{ op: 'incr', path: '/n', value: 1 }]),
  delete: () => container.item('old', key).delete(),
  batch: () => container.items.batch([{ operationType: 'Create', resourceBody: item('new') }], key),
}
type Name = keyof typeof operations
const all = Object.keys(operations) as Name[]
const writes = all.filter((name) => name !== 'read' && name !== 'query')

const failure = (done: Promise<unknown>) =>
  done.then(
    () => undefined,
    (error) => error.code ?? error.cause?.code,
  )

const state = async () =>
  (await container.items.query('SELECT c.id, c.n FROM c', { partitionKey: key }).fetchAll()).resources

describe('a status', () => {
  it.for([503, 408, 449, 500] as const)('%i, for every operation and with nothing done', async (status) => {
    const before = await state()
    for (const operation of all) {
      cosmos.faults.add({ match: { operation }, times: 1, do: { status } })
      expect(await failure(operations[operation]()), operation).toBe(status)
    }
    expect(await state()).toEqual(before)
  })

  it('429 carries the time to wait', async () => {
    cosmos.faults.add({ match: {}, times: 2, do: { status: 429, retryAfterMs: 30 } })
    const { headers } = await container.items.create(item('new'))
    expect(headers['x-ms-throttle-retry-wait-time-ms']).toBe(60)
  })
})

describe('a cut connection', () => {
  it.for(writes)('after %s: the write was made', async (operation) => {
    const before = await state()
    cosmos.faults.add({ match: { operation }, times: 1, do: { applyThenDrop: true } })
    expect(await failure(operations[operation]())).toBe('ECONNRESET')
    expect(await state()).not.toEqual(before)
  })

  it.for(writes)('before %s: it was not', async (operation) => {
    const before = await state()
    cosmos.faults.add({ match: { operation }, times: 1, do: { dropBefore: true } })
    expect(await failure(operations[operation]())).toBe('ECONNRESET')
    expect(await state()).toEqual(before)
  })

  it('makes the client repeat a read by itself', async () => {
    cosmos.faults.add({ match: { operation: 'read' }, times: 1, do: { applyThenDrop: true } })
    expect(await read('old')).toMatchObject({ id: 'old' })
  })

  it('lets a repeated create find its own item', async () => {
    await post('faults', { match: { operation: 'create' }, times: 1, do: { applyThenDrop: true } })
    expect(await failure(operations.create())).toBe('ECONNRESET')
    expect(await failure(operations.create())).toBe(409)
    expect(await read('new')).toMatchObject({ id: 'new' })
  })
})

it('a delay holds one request up, not the others', async () => {
  cosmos.faults.add({ match: { operation: 'create' }, times: 1, do: { delayMs: 400 } })
  const began = performance.now()
  const done: string[] = []
  const slow = operations.create().then(() => done.push('create'))
  await operations.read().then(() => done.push('read'))
  await slow
  expect(done).toEqual(['read', 'create'])
  expect(performance.now() - began).toBeGreaterThan(390)
})

it('closing does not wait for a delay, and executes nothing afterwards', async () => {
  cosmos.faults.add({ match: {}, times: 1, do: { delayMs: 60_000 } })
  const lost = failure(operations.create())
  await vi.waitFor(() => expect(cosmos.faults.rules()).toEqual([]))
  await cosmos.close()
  expect(await lost).toBe('ECONNRESET')
  expect(cosmos.items('subscriptions', key).map(({ id }) => id)).toEqual(['old'])
})

describe('a hold', () => {
  const hold = { match: { operation: 'batch' as const, partitionKey: key }, times: 1 }
  const pair: OperationInput[] = [
    { operationType: 'Upsert', resourceBody: item('old', 1) },
    { operationType: 'Create', resourceBody: item('entry') },
  ]

  it('before a batch: nothing is done until it is let go', async () => {
    await post('faults', { ...hold, do: { hold: true } })
    const done = container.items.batch(pair, key)
    await vi.waitFor(async () => expect(await held()).toHaveLength(1))
    const [{ id, ...what } = { id: 'none' }] = await held()
    expect(what).toEqual({ container: 'subscriptions', operation: 'batch', partitionKey: key, after: false })
    expect(await read('entry')).toBeUndefined()
    expect(await post('release', { id: 'another' })).toEqual({ status: 200, json: { released: 0 } })
    expect(await post('release', { id })).toEqual({ status: 200, json: { released: 1 } })
    expect((await done).code).toBe(200)
    expect(await read('entry')).toBeDefined()
    expect(await held()).toEqual([])
  })

  it('after a batch: it is done, and only the answer is missing', async () => {
    cosmos.faults.add({ ...hold, do: { hold: true, after: true } })
    const done = container.items.batch(pair, key)
    await vi.waitFor(() => expect(cosmos.faults.held()).toHaveLength(1))
    expect(cosmos.faults.held()).toMatchObject([{ after: true }])
    expect(await read('entry')).toBeDefined()
    expect(await post('release')).toEqual({ status: 200, json: { released: 1 } })
    expect((await done).code).toBe(200)
  })

  it.for([
    [false, undefined],
    [true, 'entry'],
  ] as const)('whose client dies (after: %j) is forgotten, and what is then in the store', async ([after, id]) => {
    cosmos.faults.add({ ...hold, do: { hold: true, ...(after ? { after } : {}) } })
    const dying = new AbortController()
    const done = failure(container.items.batch(pair, key, { abortSignal: dying.signal } as never))
    await vi.waitFor(() => expect(cosmos.faults.held()).toHaveLength(1))
    dying.abort()
    await done
    await vi.waitFor(() => expect(cosmos.faults.held()).toEqual([]))
    expect(cosmos.faults.release()).toBe(0)
    expect((await read('entry'))?.id).toBe(id)
  })
})

describe('a hold that outlives its client', () => {
  const late = { match: { operation: 'batch' as const }, times: 1, do: { hold: true, outlivesClient: true } } as const
  const create: OperationInput[] = [{ operationType: 'Create', resourceBody: item('entry') }]

  /** Asks for a batch that is held, and dies. */
  async function dieWhileHeld(): Promise<void> {
    await post('faults', late)
    const dying = new AbortController()
    const done = failure(container.items.batch(create, key, { abortSignal: dying.signal } as never))
    await vi.waitFor(() => expect(cosmos.faults.held()).toHaveLength(1))
    dying.abort()
    await done
    // Longer than the server takes to notice that a client has gone.
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(cosmos.faults.held()).toMatchObject([{ operation: 'batch', after: false }])
    expect(await read('entry')).toBeUndefined()
  }

  it('is executed when it is let go, for nobody', async () => {
    await dieWhileHeld()
    expect(await post('release')).toEqual({ status: 200, json: { released: 1 } })
    expect(await read('entry')).toMatchObject({ id: 'entry' })
    expect(cosmos.faults.held()).toEqual([])
  })

  it('comes too late when the same was done meanwhile', async () => {
    await dieWhileHeld()
    const { result } = await container.items.batch(create, key)
    expect(result?.map(({ statusCode }) => statusCode)).toEqual([201])
    const before = await read('entry')
    cosmos.faults.release()
    await new Promise((resolve) => setImmediate(resolve))
    expect(await read('entry')).toEqual(before)
  })

  it('answers a client that is still there', async () => {
    cosmos.faults.add(late)
    const done = container.items.batch(create, key)
    await vi.waitFor(() => expect(cosmos.faults.held()).toHaveLength(1))
    cosmos.faults.release()
    expect((await done).code).toBe(200)
  })

  it('is forgotten when the server closes', async () => {
    await dieWhileHeld()
    await cosmos.close()
    expect(cosmos.faults.held()).toEqual([])
    expect(cosmos.items('subscriptions', key).map(({ id }) => id)).toEqual(['old'])
  })
})

describe('a rule', () => {
  const refuse = { status: 500 } as const

  it.for([
    [{ container: 'directory' }, false],
    [{ container: 'subscriptions' }, true],
    [{ operation: 'upsert' }, false],
    [{ partitionKey: 'S2' }, false],
    [{ container: 'subscriptions', operation: 'create', partitionKey: key }, true],
    [{}, true],
  ] as const)('%j fits a create in subscriptions, S1: %j', async ([match, fits]) => {
    cosmos.faults.add({ match, times: 1, do: refuse })
    expect(await failure(operations.create())).toBe(fits ? 500 : undefined)
  })

  it('acts as often as it says, or always; the first that fits acts', async () => {
    cosmos.faults.add({ match: { operation: 'upsert' }, times: 2, do: { status: 500 } })
    cosmos.faults.add({ match: {}, times: -1, do: { status: 408 } })
    const answers = [500, 500, 408, 408, 408]
    for (const answer of answers) expect(await failure(operations.upsert())).toBe(answer)
    await fetch(`${cosmos.endpoint}/_local/faults`, { method: 'DELETE' })
    expect(await failure(operations.upsert())).toBeUndefined()
  })

  it('counts a query once, however many plans the client asks for beside it', async () => {
    cosmos.faults.add({ match: { operation: 'query' }, times: 1, do: refuse })
    expect(await failure(operations.query())).toBe(500)
    expect(await failure(operations.query())).toBeUndefined()
  })

  it('is shown, several can come at once, and one that is not understood is refused', async () => {
    const rule = { match: { operation: 'patch' }, times: 1, do: { delayMs: 1 } }
    expect((await post('faults', [rule, rule])).json).toEqual([rule, rule])
    const bad = [
      {},
      { ...rule, times: 0.5 },
      { ...rule, do: { status: 404 } },
      { ...rule, match: { operation: 'get' } },
    ]
    for (const other of bad) expect((await post('faults', other)).status).toBe(400)
    expect(cosmos.faults.rules()).toHaveLength(2)
  })
})
