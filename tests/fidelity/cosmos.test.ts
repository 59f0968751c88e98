import { randomUUID } from 'node:crypto'
import {
  type Container,
  CosmosClient,
  type CosmosClientOptions,
  type JSONObject,
  type OperationInput,
  PluginOn,
} from '@azure/cosmos'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Cosmos, startCosmos } from '../../infra/local/cosmos/start-cosmos.ts'

/** What is written: a partition key and an id, and whatever a test is about. */
interface Thing extends JSONObject {
  id: string
  key: string
}

const given = {
  endpoint: process.env.FIDELITY_COSMOS_ENDPOINT,
  key: process.env.FIDELITY_COSMOS_KEY,
  database: process.env.FIDELITY_COSMOS_DATABASE,
}
const real = Object.values(given).some((value) => value !== undefined)
const HOUR = 3_600_000

let standIn: Cosmos | undefined
let clockAhead = 0
let settings: { endpoint: string; key: string; database: string }
let client: CosmosClient
let container: Container
/** A container that indexes `/n` by name and `/key`, and nothing else. */
let sparse: Container
/** A partition that no other test uses. */
let key: string

/**
 * Stops unless the database says itself that it may be written to: its name ends in -test, and its container
 * `disposable` has an item `disposable`.
 */
async function checkDisposable(candidate: CosmosClient, database: string): Promise<void> {
  const refusal = new Error(`${database} is not disposable: nothing was written to it`)
  if (!database.endsWith('-test')) throw refusal
  const disposable = candidate.database(database).container('disposable')
  const { resources } = await disposable.items
    .query("SELECT VALUE c.id FROM c WHERE c.id = 'disposable'")
    .fetchAll()
    .catch((cause) => Promise.reject(Object.assign(refusal, { cause })))
  if (resources.length === 0) throw refusal
}

async function startStandIn() {
  standIn = await startCosmos({ now: () => new Date(Date.now() + clockAhead) })
  const { endpoint, key: accountKey } = standIn
  const first = clientOf({ endpoint, key: accountKey })
  const { database } = await first.databases.create({ id: 'fidelity-test' })
  const { container: disposable } = await database.containers.create({ id: 'disposable', partitionKey: '/id' })
  await disposable.items.create({ id: 'disposable' })
  first.dispose()
  return { endpoint, key: accountKey, database: 'fidelity-test' }
}

function givenSettings() {
  const { endpoint, key: accountKey, database } = given
  if (!endpoint || !accountKey || !database) throw new Error('FIDELITY_COSMOS_ENDPOINT, _KEY and _DATABASE go together')
  return { endpoint, key: accountKey, database }
}

const clientOf = (options: CosmosClientOptions) =>
  new CosmosClient({ connectionPolicy: { enableEndpointDiscovery: false }, ...options })

const anotherClient = (options: object = {}) => clientOf({ ...settings, ...options })

const containerOf = (another: CosmosClient) => another.database(settings.database).container(container.id)

const aThing = (fields: Record<string, unknown> = {}): Thing => ({ id: randomUUID(), key, ...fields }) as Thing

const code = (operation: Promise<unknown>): Promise<number | string> =>
  operation.then(
    () => 'succeeded',
    (error) => error.code ?? error.cause?.code ?? String(error),
  )

const ifMatch = (etag: string) => ({ accessCondition: { type: 'IfMatch', condition: etag } })

const idsOf = async (text: string, parameters: { name: string; value: JSONObject[string] }[] = []) => {
  const query = { query: text, parameters: parameters as never }
  return (await container.items.query(query, { partitionKey: key }).fetchAll()).resources
}

const batch = async (operations: unknown[], options = {}) => {
  const response = await container.items.batch(operations as OperationInput[], key, options)
  return { code: response.code, result: response.result ?? [] }
}

const statuses = ({ result }: Awaited<ReturnType<typeof batch>>) => result.map(({ statusCode }) => statusCode)

beforeAll(async () => {
  settings = real ? givenSettings() : await startStandIn()
  client = clientOf(settings)
  await checkDisposable(client, settings.database)
  console.log(`fidelity: Cosmos DB at ${settings.endpoint} (${real ? 'a real account' : 'the stand-in'})`)
  if (real) console.log('fidelity: tests that move the clock or ask for faults run on the stand-in only')
  const { containers } = client.database(settings.database)
  const id = `fidelity-${randomUUID()}`
  container = (await containers.create({ id, partitionKey: '/key', defaultTtl: -1 })).container
  const indexingPolicy = {
    includedPaths: [{ path: '/key/?' }, { path: '/n/?' }],
    excludedPaths: [{ path: '/*' }],
  }
  sparse = (await containers.create({ id: `${id}-sparse`, partitionKey: '/key', indexingPolicy })).container
})

afterAll(async () => {
  await Promise.all([container?.delete(), sparse?.delete()])
  client?.dispose()
  await standIn?.close()
})

beforeEach(() => {
  key = randomUUID()
})

describe('whom it may write to', () => {
  it.for(['securemailmerge', 'fidelity-test-2', 'Fidelity-TEST', ''])('not to a database %j', async (database) => {
    const nowhere = clientOf({ endpoint: 'http://127.0.0.1:9', key: 'bm9ib2R5' })
    await expect(checkDisposable(nowhere, database)).rejects.toThrow('is not disposable')
    nowhere.dispose()
  })

  it.runIf(!real)('not to a database that does not say it is disposable', async () => {
    const { database } = await client.databases.create({ id: 'production-test' })
    await expect(checkDisposable(client, database.id)).rejects.toThrow('is not disposable')
    const { container: disposable } = await database.containers.create({ id: 'disposable', partitionKey: '/id' })
    await expect(checkDisposable(client, database.id)).rejects.toThrow('is not disposable')
    await disposable.items.create({ id: 'disposable' })
    await checkDisposable(client, database.id)
    await database.delete()
    expect((await code(database.read())).toString()).toBe('404')
  })
})

describe('the account', () => {
  it('is at strong consistency', async () => {
    expect((await client.getDatabaseAccount()).resource?.consistencyPolicy).toBe('Strong')
  })

  it('refuses another key with 401', async () => {
    const stranger = anotherClient({ key: Buffer.from('another key').toString('base64') })
    const item = containerOf(stranger).item('a', key)
    expect(await code(item.read())).toBe(401)
    expect(await code(containerOf(stranger).read())).toBe(401)
    stranger.dispose()
  })

  it('works with endpoint discovery, as a client is made without options', async () => {
    const plain = new CosmosClient({ endpoint: settings.endpoint, key: settings.key })
    const thing = aThing({ n: 1 })
    expect((await containerOf(plain).items.create(thing)).statusCode).toBe(201)
    expect((await containerOf(plain).item(thing.id, key).read()).resource).toMatchObject(thing)
    plain.dispose()
  })

  it('shows a write to every client at once', async () => {
    const another = anotherClient()
    for (let n = 0; n < 20; n++) {
      await container.items.upsert(aThing({ id: 'one', n }))
      expect((await containerOf(another).item('one', key).read<Thing>()).resource?.n).toBe(n)
    }
    another.dispose()
  })
})

describe('containers', () => {
  it('are read with what they were created with', async () => {
    const { resource } = await container.read()
    expect(resource).toMatchObject({ id: container.id, partitionKey: { paths: ['/key'] }, defaultTtl: -1 })
    const ranges = (await container.readPartitionKeyRanges().fetchAll()).resources
    expect(ranges.map(({ minInclusive }) => minInclusive)).toContain('')
    expect(ranges.map(({ maxExclusive }) => maxExclusive)).toContain('FF')
  })

  it('exist once', async () => {
    const { containers } = client.database(settings.database)
    expect(await code(containers.create({ id: container.id, partitionKey: '/key' }))).toBe(409)
    const { statusCode } = await containers.createIfNotExists({ id: container.id, partitionKey: '/key' })
    expect(statusCode).toBe(200)
  })

  it('that do not exist are 404', async () => {
    const absent = client.database(settings.database).container('absent')
    expect(await code(absent.read())).toBe(404)
    expect(await code(absent.items.create(aThing()))).toBe(404)
    expect(await code(client.database('absent-test').read())).toBe(404)
  })
})

describe('an item', () => {
  it('gets system fields, and keeps its own', async () => {
    const thing = aThing({ text: 'Zoë ☃ 😀', list: [1, null, { a: false }], nothing: null })
    const before = Math.floor((Date.now() + clockAhead) / 1000)
    const { statusCode, resource, etag } = await container.items.create(thing)
    expect(statusCode).toBe(201)
    expect(resource).toMatchObject(thing)
    expect(resource).toMatchObject({ _etag: etag, _rid: expect.any(String), _self: expect.stringContaining('dbs/') })
    expect(Math.abs(Number(resource?._ts) - before)).toBeLessThan(real ? 60 : 2)
    const read = await container.item(thing.id, key).read()
    expect(read.statusCode).toBe(200)
    expect(read.resource).toEqual(resource)
    expect(read.etag).toBe(etag)
  })

  it.for(['a b', 'ü', 'with:colon', "quote'", '100%', 'a+b=c&d'])('may have the id %j', async (id) => {
    const { resource } = await container.items.create(aThing({ id }))
    expect(resource?.id).toBe(id)
    expect((await container.item(id, key).read()).resource?.id).toBe(id)
    expect((await container.item(id, key).delete()).statusCode).toBe(204)
  })

  it('that is missing: a read answers 404, a write throws 404', async () => {
    const { statusCode, resource } = await container.item('absent', key).read()
    expect([statusCode, resource]).toEqual([404, undefined])
    expect(await code(container.item('absent', key).replace(aThing({ id: 'absent' })))).toBe(404)
    expect(await code(container.item('absent', key).delete())).toBe(404)
    expect(await code(container.item('absent', key).patch([{ op: 'set', path: '/n', value: 1 }]))).toBe(404)
  })

  it('is in its own partition only', async () => {
    const thing = aThing()
    await container.items.create(thing)
    expect((await container.item(thing.id, 'another').read()).statusCode).toBe(404)
    expect((await container.items.create({ ...thing, key: `${key}-2` })).statusCode).toBe(201)
  })

  it('exists once: a second create is 409 and changes nothing', async () => {
    const thing = aThing({ n: 1 })
    await container.items.create(thing)
    expect(await code(container.items.create({ ...thing, n: 2 }))).toBe(409)
    expect((await container.item(thing.id, key).read<Thing>()).resource?.n).toBe(1)
  })

  it('is replaced as a whole, with a new ETag', async () => {
    const thing = aThing({ n: 1, gone: true })
    const { etag } = await container.items.create(thing)
    const { gone: _, ...rest } = thing
    const replaced = await container.item(thing.id, key).replace({ ...rest, n: 2 })
    expect(replaced.statusCode).toBe(200)
    expect(replaced.resource).toMatchObject({ n: 2 })
    expect(replaced.resource).not.toHaveProperty('gone')
    expect(replaced.etag).not.toBe(etag)
  })

  it('is upserted: 201 when new, 200 when not', async () => {
    const thing = aThing({ n: 1 })
    expect((await container.items.upsert(thing)).statusCode).toBe(201)
    const { statusCode, resource } = await container.items.upsert<Thing>({ ...thing, n: 2 })
    expect([statusCode, resource?.n]).toEqual([200, 2])
  })

  it('is deleted, and may come again', async () => {
    const thing = aThing()
    await container.items.create(thing)
    expect((await container.item(thing.id, key).delete()).statusCode).toBe(204)
    expect((await container.item(thing.id, key).read()).statusCode).toBe(404)
    expect((await container.items.create(thing)).statusCode).toBe(201)
  })

  it('needs an id, of at most 1,023 bytes', async () => {
    const nameless = { key } as unknown as Thing
    expect(await code(container.items.create(nameless, { disableAutomaticIdGeneration: true }))).toBe(400)
    expect(await code(container.items.create(aThing({ id: 'x'.repeat(1023) })))).toBe('succeeded')
    expect(await code(container.items.create(aThing({ id: 'x'.repeat(1024) })))).toBe(400)
  })

  it.for(['a/b', 'a\\b', 'a#b'])('cannot have the id %j: the client says so itself', async (id) => {
    await expect(container.items.create(aThing({ id }))).rejects.toMatchObject({
      message: 'Id contains illegal chars.',
    })
    expect(() => container.item(id, key).url).toThrow('Illegal characters')
  })

  it('cannot move to another partition', async () => {
    const thing = aThing()
    await container.items.create(thing)
    expect(await code(container.item(thing.id, key).replace({ ...thing, key: 'another' }))).toBe(400)
  })

  it('cannot be larger than 2 MB', async () => {
    expect(await code(container.items.create(aThing({ text: 'x'.repeat(2_200_000) })))).toBe(413)
    expect(await code(container.items.create(aThing({ text: 'x'.repeat(1_900_000) })))).toBe('succeeded')
  })
})

describe('If-Match', () => {
  const writes: [string, (id: string, etag: string) => Promise<unknown>][] = [
    ['replace', (id, etag) => container.item(id, key).replace(aThing({ id, n: 9 }), ifMatch(etag))],
    ['upsert', (id, etag) => container.items.upsert(aThing({ id, n: 9 }), ifMatch(etag))],
    ['patch', (id, etag) => container.item(id, key).patch([{ op: 'set', path: '/n', value: 9 }], ifMatch(etag))],
    ['delete', (id, etag) => container.item(id, key).delete(ifMatch(etag))],
  ]

  it.for(writes)('%s: 412 when somebody else was there first, and nothing changes', async ([, write]) => {
    const thing = aThing({ n: 1 })
    const { etag } = await container.items.create(thing)
    const { resource } = await container.items.upsert({ ...thing, n: 2 })
    expect(await code(write(thing.id, etag))).toBe(412)
    expect((await container.item(thing.id, key).read()).resource).toEqual(resource)
  })

  it.for(writes)('%s: done when nobody was', async ([, write]) => {
    const { resource, etag } = await container.items.create(aThing({ n: 1 }))
    expect(await code(write(String(resource?.id), etag))).toBe('succeeded')
    expect((await container.item(String(resource?.id), key).read<Thing>()).resource?.n).not.toBe(1)
  })

  it('is not looked at by an upsert of a missing item, which creates it', async () => {
    const { statusCode } = await container.items.upsert(aThing(), ifMatch('"00000000-0000-0000-0000-000000000000"'))
    expect(statusCode).toBe(201)
  })

  it('lets one of 30 simultaneous writers win', async () => {
    const thing = aThing({ n: 0 })
    const { etag } = await container.items.create(thing)
    const writers = Array.from({ length: 30 }, (_, n) =>
      code(container.item(thing.id, key).replace({ ...thing, n: n + 1 }, ifMatch(etag))),
    )
    const codes = await Promise.all(writers)
    expect(codes.filter((answer) => answer === 'succeeded')).toHaveLength(1)
    expect(codes.filter((answer) => answer === 412 || answer === 449)).toHaveLength(29)
  })

  it('and a simultaneous create lets one of 30 win', async () => {
    const thing = aThing()
    const codes = await Promise.all(Array.from({ length: 30 }, () => code(container.items.create({ ...thing }))))
    expect(codes.filter((answer) => answer === 'succeeded')).toHaveLength(1)
    expect(codes.filter((answer) => answer === 409)).toHaveLength(29)
  })

  it('If-None-Match: a read of what is known answers 304', async () => {
    const { resource, etag } = await container.items.create(aThing())
    const item = container.item(String(resource?.id), key)
    const known = { accessCondition: { type: 'IfNoneMatch', condition: etag } }
    expect((await item.read(known)).statusCode).toBe(304)
    await item.patch([{ op: 'set', path: '/n', value: 1 }])
    const { statusCode, resource: changed } = await item.read<Thing>(known)
    expect([statusCode, changed?.n]).toEqual([200, 1])
  })
})

describe('patch', () => {
  const patch = async (fields: Record<string, unknown>, operations: object[], condition?: string) => {
    const thing = aThing(fields)
    await container.items.create(thing)
    const body = { operations, ...(condition ? { condition } : {}) }
    const answer = await code(container.item(thing.id, key).patch(body as never))
    const {
      id: _,
      key: __,
      _rid,
      _self,
      _etag,
      _ts,
      _attachments,
      ...rest
    } = (await container.item(thing.id, key).read<Thing>()).resource as Thing
    return answer === 'succeeded' ? rest : answer
  }

  it.for([
    ['add a field', {}, [{ op: 'add', path: '/a', value: 1 }], { a: 1 }],
    ['add over a field', { a: 1 }, [{ op: 'add', path: '/a', value: 2 }], { a: 2 }],
    ['add into an array', { l: [1, 3] }, [{ op: 'add', path: '/l/1', value: 2 }], { l: [1, 2, 3] }],
    ['add to the end', { l: [1] }, [{ op: 'add', path: '/l/-', value: 2 }], { l: [1, 2] }],
    ['set in an array', { l: [1, 3] }, [{ op: 'set', path: '/l/1', value: 2 }], { l: [1, 2] }],
    ['set deep', { o: { p: 1 } }, [{ op: 'set', path: '/o/q', value: [null] }], { o: { p: 1, q: [null] } }],
    ['replace', { a: 1 }, [{ op: 'replace', path: '/a', value: { b: 1 } }], { a: { b: 1 } }],
    ['replace what is not there', { a: 1 }, [{ op: 'replace', path: '/b', value: 1 }], 400],
    ['remove', { a: 1, b: 2 }, [{ op: 'remove', path: '/a' }], { b: 2 }],
    ['remove from an array', { l: [1, 2] }, [{ op: 'remove', path: '/l/0' }], { l: [2] }],
    ['remove what is not there', {}, [{ op: 'remove', path: '/a' }], 400],
    ['incr', { n: 1.5 }, [{ op: 'incr', path: '/n', value: -2 }], { n: -0.5 }],
    ['incr what is not there', {}, [{ op: 'incr', path: '/n', value: 3 }], { n: 3 }],
    ['incr a word', { n: 'one' }, [{ op: 'incr', path: '/n', value: 1 }], 400],
    ['below what is not there', {}, [{ op: 'add', path: '/o/p', value: 1 }], 400],
    ['beyond an array', { l: [1] }, [{ op: 'add', path: '/l/3', value: 1 }], 400],
    ['the id', {}, [{ op: 'set', path: '/id', value: 'x' }], 400],
    ['the partition key', {}, [{ op: 'set', path: '/key', value: 'x' }], 400],
    ['nothing', {}, [], 400],
    [
      'steps in order',
      { n: 1 },
      [
        { op: 'incr', path: '/n', value: 1 },
        { op: 'add', path: '/m', value: 1 },
        { op: 'remove', path: '/n' },
      ],
      { m: 1 },
    ],
    [
      'all steps or none',
      { n: 1 },
      [
        { op: 'incr', path: '/n', value: 1 },
        { op: 'remove', path: '/absent' },
      ],
      400,
    ],
  ] as const)('%s', async ([, before, operations, after]) => {
    expect(await patch({ ...before }, [...operations])).toEqual(after)
  })

  it('takes 10 steps and not 11', async () => {
    const steps = (count: number) => Array.from({ length: count }, () => ({ op: 'incr', path: '/n', value: 1 }))
    expect(await patch({ n: 0 }, steps(10))).toEqual({ n: 10 })
    expect(await patch({ n: 0 }, steps(11))).toBe(400)
  })

  it('obeys its condition, 412 otherwise', async () => {
    const step = [{ op: 'set', path: '/n', value: 2 }]
    expect(await patch({ n: 1 }, step, 'FROM c WHERE c.n = 1 AND NOT IS_DEFINED(c.x)')).toEqual({ n: 2 })
    expect(await patch({ n: 1 }, step, 'FROM c WHERE c.n = 0')).toBe(412)
  })
})

describe('a batch', () => {
  it('that succeeds: 200, and for each operation its status, ETag and item', async () => {
    await Promise.all(['r', 'd', 'p', 'x'].map((id) => container.items.create(aThing({ id, n: 1 }))))
    const answer = await batch([
      { operationType: 'Create', resourceBody: aThing({ id: 'c' }) },
      { operationType: 'Upsert', resourceBody: aThing({ id: 'u' }) },
      { operationType: 'Upsert', resourceBody: aThing({ id: 'x', n: 2 }) },
      { operationType: 'Replace', id: 'r', resourceBody: aThing({ id: 'r', n: 2 }) },
      { operationType: 'Patch', id: 'p', resourceBody: { operations: [{ op: 'incr', path: '/n', value: 1 }] } },
      { operationType: 'Read', id: 'r' },
      { operationType: 'Delete', id: 'd' },
    ])
    expect(answer.code).toBe(200)
    expect(statuses(answer)).toEqual([201, 201, 200, 200, 200, 200, 204])
    expect(answer.result.map(({ resourceBody }) => resourceBody?.n)).toEqual([
      undefined,
      undefined,
      2,
      2,
      2,
      2,
      undefined,
    ])
    for (const { resourceBody, eTag, requestCharge } of answer.result.slice(0, -1)) {
      expect(eTag).toBe(resourceBody?._etag)
      expect(requestCharge).toEqual(expect.any(Number))
      expect((await container.item(String(resourceBody?.id), key).read()).resource).toEqual(resourceBody)
    }
    expect((await container.item('d', key).read()).statusCode).toBe(404)
  })

  const wrong = '"00000000-0000-0000-0000-000000000000"'
  it.for([
    [409, { operationType: 'Create', resourceBody: { id: 'old' } }],
    [404, { operationType: 'Replace', id: 'absent', resourceBody: { id: 'absent' } }],
    [404, { operationType: 'Read', id: 'absent' }],
    [404, { operationType: 'Delete', id: 'absent' }],
    [
      404,
      { operationType: 'Patch', id: 'absent', resourceBody: { operations: [{ op: 'set', path: '/n', value: 1 }] } },
    ],
    [412, { operationType: 'Replace', id: 'old', resourceBody: { id: 'old' }, ifMatch: wrong }],
    [412, { operationType: 'Upsert', resourceBody: { id: 'old' }, ifMatch: wrong }],
    [412, { operationType: 'Delete', id: 'old', ifMatch: wrong }],
    [
      412,
      {
        operationType: 'Patch',
        id: 'old',
        resourceBody: { operations: [{ op: 'set', path: '/n', value: 1 }] },
        ifMatch: wrong,
      },
    ],
    [
      412,
      {
        operationType: 'Patch',
        id: 'old',
        resourceBody: { operations: [{ op: 'set', path: '/n', value: 1 }], condition: 'FROM c WHERE c.n = 8' },
      },
    ],
  ] as [number, { operationType: string; resourceBody?: object }][])(
    'that fails: 207, %i for %j, 424 for the others, and nothing is changed',
    async ([status, culprit]) => {
      const { resource: old } = await container.items.create(aThing({ id: 'old', n: 7 }))
      const body =
        culprit.resourceBody && 'id' in culprit.resourceBody ? aThing({ ...culprit.resourceBody }) : undefined
      const answer = await batch([
        { operationType: 'Create', resourceBody: aThing({ id: 'first' }) },
        { ...culprit, ...(body ? { resourceBody: body } : {}) },
        { operationType: 'Create', resourceBody: aThing({ id: 'last' }) },
      ])
      expect(answer.code).toBe(207)
      expect(statuses(answer)).toEqual([424, status, 424])
      expect(await idsOf('SELECT * FROM c')).toEqual([old])
    },
  )

  it('sees its own earlier operations', async () => {
    const answer = await batch([
      { operationType: 'Create', resourceBody: aThing({ id: 'a', n: 1 }) },
      { operationType: 'Patch', id: 'a', resourceBody: { operations: [{ op: 'incr', path: '/n', value: 1 }] } },
      { operationType: 'Read', id: 'a' },
      { operationType: 'Delete', id: 'a' },
      { operationType: 'Create', resourceBody: aThing({ id: 'a', n: 9 }) },
    ])
    expect(statuses(answer)).toEqual([201, 200, 200, 204, 201])
    expect(answer.result[2]?.resourceBody?.n).toBe(2)
    expect(await idsOf('SELECT VALUE c.n FROM c')).toEqual([9])
  })

  it('without content: the ETag, but no item, except for a read', async () => {
    const answer = await batch(
      [
        { operationType: 'Create', resourceBody: aThing({ id: 'a' }) },
        { operationType: 'Upsert', resourceBody: aThing({ id: 'b' }) },
        { operationType: 'Read', id: 'a' },
      ],
      { contentResponseOnWriteEnabled: false },
    )
    expect(answer.result.map(({ resourceBody }) => resourceBody?.id)).toEqual([undefined, undefined, 'a'])
    expect(answer.result[0]?.eTag).toBe((await container.item('a', key).read()).etag)
  })

  it('takes 100 operations and not 101, and not 2 MB', async () => {
    const creates = (count: number, text = '') =>
      Array.from({ length: count }, (_, n) => ({
        operationType: 'Create',
        resourceBody: aThing({ id: `${count}-${n}`, text }),
      }))
    expect(statuses(await batch(creates(100)))).toEqual(Array(100).fill(201))
    await expect(batch(creates(101))).rejects.toThrow('more than 100 operations')
    expect(await code(batch(creates(3, 'x'.repeat(800_000))))).toBe(413)
    expect(await idsOf('SELECT VALUE COUNT(1) FROM c')).toEqual([100])
  })

  it('refuses an operation whose item is of another partition', async () => {
    const answer = await batch([
      { operationType: 'Create', resourceBody: aThing() },
      { operationType: 'Create', resourceBody: aThing({ key: 'another' }) },
    ])
    expect([answer.code, ...statuses(answer)]).toEqual([207, 424, 400])
  })

  it('lets one of 20 simultaneous batches win when all carry the same If-Match', async () => {
    const { etag } = await container.items.create(aThing({ id: 'counter', n: 0 }))
    const attempts = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        batch([
          { operationType: 'Replace', id: 'counter', resourceBody: aThing({ id: 'counter', n: 1 }), ifMatch: etag },
          { operationType: 'Create', resourceBody: aThing({ id: `seat-${n}` }) },
        ]),
      ),
    )
    expect(attempts.filter((attempt) => attempt.code === 200)).toHaveLength(1)
    for (const attempt of attempts.filter((other) => other.code !== 200)) {
      expect(attempt.code).toBe(207)
      expect([412, 449]).toContain(statuses(attempt)[0])
      expect(statuses(attempt)[1]).toBe(424)
    }
    expect(await idsOf('SELECT VALUE COUNT(1) FROM c')).toEqual([2])
  })

  it('does what a plain model does, whatever it is made of', { timeout: 120_000 }, async () => {
    const step = fc.record({
      type: fc.constantFrom('Create', 'Upsert', 'Replace', 'Delete', 'Read', 'Patch'),
      id: fc.constantFrom('a', 'b', 'c'),
      n: fc.integer({ min: 0, max: 9 }),
      match: fc.constantFrom('none', 'none', 'right', 'wrong'),
    })
    const property = fc.asyncProperty(
      fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 6 }),
      async (batches) => {
        key = randomUUID()
        let model: Model = new Map()
        for (const steps of batches) {
          const operations = steps.map((each) => operationOf(each, model))
          const expected = expectedOf(operations, model)
          const answer = await batch(operations)
          expect(answer.code).toBe(expected.every((status) => status < 300) ? 200 : 207)
          expect(statuses(answer)).toEqual(expected)
          const items = (await idsOf('SELECT * FROM c')) as { id: string; n: number; _etag: string }[]
          const state: Model = new Map(items.map(({ id, n, _etag }) => [id, { n, etag: _etag }]))
          if (answer.code === 200) expect(valuesOf(state)).toEqual(valuesOf(run(operations, model).model))
          else expect(state).toEqual(model)
          model = state
        }
      },
    )
    await fc.assert(property, { numRuns: real ? 15 : 150, endOnFailure: real })
  })
})

/** A partition as it should be: by id, the number in the item and its ETag. */
type Model = Map<string, { n: number; etag: string }>

interface ModelOperation {
  operationType: string
  id?: string
  ifMatch?: string
  resourceBody?: { id?: string; n?: number; operations?: { value: number }[] }
}

const operationOf = (
  { type, id, n, match }: { type: string; id: string; n: number; match: string },
  model: Model,
): ModelOperation => {
  const etag = match === 'right' ? model.get(id)?.etag : match === 'wrong' ? `"${randomUUID()}"` : undefined
  const guard = etag !== undefined && type !== 'Create' && type !== 'Read' ? { ifMatch: etag } : {}
  const patch = { operations: [{ op: 'incr', path: '/n', value: n }] }
  return {
    operationType: type,
    ...(type === 'Create' || type === 'Upsert' ? {} : { id }),
    ...(type === 'Read' || type === 'Delete' ? {} : { resourceBody: type === 'Patch' ? patch : aThing({ id, n }) }),
    ...guard,
  }
}

const expectedOf = (operations: ModelOperation[], model: Model): number[] => {
  const { statuses: all } = run(operations, model)
  const culprit = all.findIndex((status) => status >= 400)
  return culprit < 0 ? all : operations.map((_, at) => (at === culprit ? (all[at] as number) : 424))
}

/** The operations one after the other, each on its own. */
function run(operations: ModelOperation[], before: Model) {
  const model: Model = new Map(before)
  const all = operations.map(({ operationType: type, id, ifMatch: etag, resourceBody: body }) => {
    const name = String(id ?? body?.id)
    const found = model.get(name)
    if (type === 'Create' && found) return 409
    if (!found && type !== 'Create' && type !== 'Upsert') return 404
    if (found && etag !== undefined && etag !== found.etag) return 412
    if (type === 'Read') return 200
    if (type === 'Delete') {
      model.delete(name)
      return 204
    }
    const n = type === 'Patch' ? Number(found?.n) + Number(body?.operations?.[0]?.value) : Number(body?.n)
    model.set(name, { n, etag: 'written by this batch' })
    return found ? 200 : 201
  })
  return { model, statuses: all }
}

const valuesOf = (model: Model) => new Map([...model].sort().map(([id, { n }]) => [id, n]))

/** Without ORDER BY the service promises no order. */
const inOrder = (text: string, values: unknown[]) =>
  text.includes('ORDER BY') ? values : values.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))

describe('a query of one partition', () => {
  beforeEach(async () => {
    await batch(
      [
        { id: 'a', n: 3, mail: 'kim@x.example', tags: ['red', 'blue'], order: 2 },
        { id: 'b', n: 1, mail: 'kurt@x.example', tags: [], order: 1 },
        { id: 'c', n: 2, mail: 'lee@x.example', nested: { deep: true } },
        { id: 'd', mail: 'KIM@y.example', n: null },
        { id: 'e', mail: 'zed@x.example' },
      ].map((fields) => ({ operationType: 'Create', resourceBody: aThing(fields) })),
    )
    await container.items.create({ id: 'a', key: `${key}-2`, n: 99, mail: 'kim@x.example' })
  })

  it.for([
    ['all', 'SELECT VALUE c.id FROM c', ['a', 'b', 'c', 'd', 'e']],
    ['equal', 'SELECT VALUE c.id FROM c WHERE c.n = 2', ['c']],
    ['null', 'SELECT VALUE c.id FROM c WHERE c.n = null', ['d']],
    ['range', 'SELECT VALUE c.id FROM c WHERE c.n > 1 AND c.n <= 3', ['a', 'c']],
    ['IN', "SELECT VALUE c.id FROM c WHERE c.id IN ('b', 'e', 'x')", ['b', 'e']],
    ['STARTSWITH', "SELECT VALUE c.id FROM c WHERE STARTSWITH(c.mail, 'k')", ['a', 'b']],
    ['CONTAINS', "SELECT VALUE c.id FROM c WHERE CONTAINS(c.mail, '@x.')", ['a', 'b', 'c', 'e']],
    ['ARRAY_CONTAINS', "SELECT VALUE c.id FROM c WHERE ARRAY_CONTAINS(c.tags, 'red')", ['a']],
    ['IS_DEFINED', 'SELECT VALUE c.id FROM c WHERE IS_DEFINED(c.n)', ['a', 'b', 'c', 'd']],
    ['NOT IS_DEFINED', 'SELECT VALUE c.id FROM c WHERE NOT IS_DEFINED(c.n)', ['e']],
    ['a nested field', 'SELECT VALUE c.id FROM c WHERE c.nested.deep', ['c']],
    ['a reserved word as a field', 'SELECT VALUE c.id FROM c WHERE c["order"] < 2', ['b']],
    ['OR', 'SELECT VALUE c.id FROM c WHERE c.n = 1 OR c.n = 2', ['b', 'c']],
    [
      'some fields',
      'SELECT c.id, c.n FROM c WHERE c.n > 1',
      [
        { id: 'a', n: 3 },
        { id: 'c', n: 2 },
      ],
    ],
    ['COUNT', 'SELECT VALUE COUNT(1) FROM c WHERE c.n > 1', [2]],
    ['COUNT of nothing', 'SELECT VALUE COUNT(1) FROM c WHERE c.n > 100', [0]],
    ['MAX', 'SELECT VALUE MAX(c.n) FROM c WHERE c.n > 0', [3]],
    ['ORDER BY', 'SELECT VALUE c.id FROM c WHERE c.n > 0 ORDER BY c.n', ['b', 'c', 'a']],
    ['ORDER BY, backwards', 'SELECT VALUE c.id FROM c WHERE c.n > 0 ORDER BY c.n DESC', ['a', 'c', 'b']],
    ['ORDER BY leaves out what lacks the field', 'SELECT VALUE c.id FROM c ORDER BY c.n', ['d', 'b', 'c', 'a']],
    ['ORDER BY words', 'SELECT VALUE c.id FROM c ORDER BY c.mail', ['d', 'a', 'b', 'c', 'e']],
    ['OFFSET LIMIT', 'SELECT VALUE c.id FROM c ORDER BY c.mail OFFSET 1 LIMIT 2', ['a', 'b']],
    ['OFFSET beyond the end', 'SELECT VALUE c.id FROM c ORDER BY c.mail OFFSET 9 LIMIT 2', []],
    ['TOP', 'SELECT TOP 2 VALUE c.id FROM c ORDER BY c.mail', ['d', 'a']],
  ] as [string, string, unknown[]][])('%s', async ([, text, expected]) => {
    expect(inOrder(text, await idsOf(text))).toEqual(expected)
  })

  it('takes parameters', async () => {
    const text = 'SELECT VALUE c.id FROM c WHERE STARTSWITH(c.mail, @prefix) AND c.n < @n ORDER BY c.n'
    const parameters = [
      { name: '@prefix', value: 'k' },
      { name: '@n', value: 3 },
    ]
    expect(await idsOf(text, parameters)).toEqual(['b'])
    const among = 'SELECT VALUE c.id FROM c WHERE ARRAY_CONTAINS(@ids, c.id)'
    expect(inOrder(among, await idsOf(among, [{ name: '@ids', value: ['c', 'e'] }]))).toEqual(['c', 'e'])
    const window = 'SELECT VALUE c.id FROM c ORDER BY c.mail OFFSET @skip LIMIT @take'
    const numbers = [
      { name: '@skip', value: 2 },
      { name: '@take', value: 2 },
    ]
    expect(await idsOf(window, numbers)).toEqual(['b', 'c'])
    expect(await idsOf('SELECT VALUE c.id FROM c WHERE c.mail = @m', [{ name: '@m', value: "' OR true --" }])).toEqual(
      [],
    )
  })

  it('gives whole items, as reads do', async () => {
    const [item] = await idsOf("SELECT * FROM c WHERE c.id = 'a'")
    expect(item).toEqual((await container.item('a', key).read()).resource)
  })

  it('that is not SQL is 400', async () => {
    expect(await code(idsOf('SELECT * FROM c WHERE'))).toBe(400)
    expect(await code(idsOf('SELECT VALUE c.order FROM c'))).toBe(400)
  })

  it('comes in pages', async () => {
    const pages: unknown[][] = []
    const iterator = container.items.query('SELECT VALUE c.id FROM c ORDER BY c.mail', {
      partitionKey: key,
      maxItemCount: 2,
    })
    while (iterator.hasMoreResults()) pages.push((await iterator.fetchNext()).resources ?? [])
    expect(pages.filter((page) => page.length > 0)).toEqual([['d', 'a'], ['b', 'c'], ['e']])
  })

  it.for([
    ['SELECT VALUE c.id FROM c', 2, ['a', 'b', 'c', 'd', 'e']],
    ['SELECT VALUE c.id FROM c ORDER BY c.mail', 2, ['d', 'a', 'b', 'c', 'e']],
    ['SELECT VALUE c.id FROM c ORDER BY c.mail DESC', 2, ['e', 'c', 'b', 'a', 'd']],
    ['SELECT VALUE c.id FROM c ORDER BY c.n', 1, ['d', 'b', 'c', 'a']],
    ['SELECT VALUE c.id FROM c ORDER BY c.mail OFFSET 1 LIMIT 3', 1, ['a', 'b', 'c']],
    ['SELECT TOP 3 VALUE c.id FROM c ORDER BY c.mail', 2, ['d', 'a', 'b']],
  ] as [string, number, string[]][])(
    'goes on where another client stopped: %s',
    async ([text, maxItemCount, expected]) => {
      const ids: unknown[] = []
      let continuationToken: string | undefined
      do {
        const options = { partitionKey: key, maxItemCount, ...(continuationToken ? { continuationToken } : {}) }
        const page = await container.items.query(text, options).fetchNext()
        ids.push(...page.resources)
        continuationToken = page.continuationToken
      } while (continuationToken)
      expect(inOrder(text, ids)).toEqual(expected)
    },
  )

  it('goes on without loss or repetition while items come and go', async () => {
    const page = (options = {}) =>
      container.items
        .query('SELECT VALUE c.id FROM c ORDER BY c.mail', { partitionKey: key, maxItemCount: 2, ...options })
        .fetchNext()
    const first = await page()
    await container.item('d', key).delete()
    await container.items.create(aThing({ id: 'new', mail: 'AAA' }))
    const { resources } = await page({ continuationToken: first.continuationToken })
    expect([...first.resources, ...resources]).toEqual(['d', 'a', 'b', 'c'])
  })

  it('pages by 100 when the client does not say', async () => {
    const things = (from: number) =>
      Array.from({ length: 100 }, (_, n) => ({ operationType: 'Create', resourceBody: aThing({ id: `x${from + n}` }) }))
    await batch(things(0))
    await batch(things(100))
    expect(await idsOf('SELECT VALUE c.id FROM c')).toHaveLength(205)
    expect((await container.items.readAll({ partitionKey: key } as never).fetchAll()).resources).toHaveLength(205)
  })
})

describe('a query of all partitions', () => {
  it('finds what matches, page by page', async () => {
    const mark = randomUUID()
    const keys = Array.from({ length: 7 }, (_, n) => `${key}-${n}`)
    await Promise.all(keys.map((other) => container.items.create({ id: 'one', key: other, mark })))
    const query = {
      query: 'SELECT VALUE c.key FROM c WHERE c.mark = @mark',
      parameters: [{ name: '@mark', value: mark }],
    }
    expect((await container.items.query(query).fetchAll()).resources.sort()).toEqual(keys)
    const { resources } = await container.items.query(query, { maxItemCount: 3 }).fetchAll()
    expect(resources.sort()).toEqual(keys)
  })

  it('with what is due by now, page by page, and on where another client stopped', async () => {
    const kind = randomUUID()
    const [past, now, future] = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', '2026-01-03T00:00:00Z']
    const dues = { past, now, future, never: undefined }
    const items = Array.from({ length: 5 }, (_, n) =>
      Object.entries(dues).map(([id, due]) => ({ id, key: `${key}-${n}`, kind, ...(due && { due }) })),
    ).flat()
    await Promise.all(items.map((item) => container.items.create(item)))
    await container.items.create({ id: 'past', key, kind: 'another', due: past })
    const query = {
      query: 'SELECT * FROM c WHERE c.kind = @kind AND c.due <= @now',
      parameters: [
        { name: '@kind', value: kind },
        { name: '@now', value: now },
      ],
    }
    const wanted = items.filter(({ id }) => id === 'past' || id === 'now').map(({ key, id }) => `${key} ${id}`)
    const named = (found: { key: string; id: string }[]) => found.map(({ key, id }) => `${key} ${id}`)

    const iterator = container.items.query(query, { maxItemCount: 3 })
    const pages: string[][] = []
    while (iterator.hasMoreResults()) pages.push(named((await iterator.fetchNext()).resources ?? []))
    expect(Math.max(...pages.map(({ length }) => length))).toBeLessThanOrEqual(3)
    expect(pages.flat().toSorted()).toEqual(wanted.toSorted())

    const found: string[] = []
    let continuationToken: string | undefined
    do {
      const options = { maxItemCount: 3, ...(continuationToken && { continuationToken }) }
      const other = anotherClient()
      const page = await containerOf(other).items.query(query, options).fetchNext()
      found.push(...named(page.resources ?? []))
      continuationToken = page.continuationToken
      other.dispose()
    } while (continuationToken)
    expect(found.toSorted()).toEqual(wanted.toSorted())
  })
})

describe('the index', () => {
  beforeEach(async () => {
    for (const fields of [{ id: 'a', n: 2, m: 1 }, { id: 'b' }, { id: 'c', n: 1, m: 2 }]) {
      await sparse.items.create(aThing(fields))
    }
  })
  const sorted = (by: string) =>
    sparse.items.query(`SELECT VALUE c.id FROM c ORDER BY c.${by}`, { partitionKey: key }).fetchAll()

  it('is needed for ORDER BY: without it 400', async () => {
    expect(await code(sorted('m'))).toBe(400)
    expect((await sorted('id')).resources).toEqual(['a', 'b', 'c'])
  })

  it('of a path that is named also has the items that lack it, first', async () => {
    expect((await sorted('n')).resources).toEqual(['b', 'c', 'a'])
  })
})

describe('time to live', () => {
  it.for([0, -2, 1.5, 'soon', null, 3_000_000_000])('cannot be %j', async (ttl) => {
    expect(await code(container.items.create(aThing({ ttl })))).toBe(400)
  })

  it.runIf(!real)('over, an item is gone for everything', async () => {
    const [gone, kept, never] = [aThing({ ttl: 60 }), aThing({ ttl: 2 * 3600 }), aThing({ ttl: -1 })]
    for (const thing of [gone, kept, never]) await container.items.create(thing)
    const item = container.item(gone.id, key)
    clockAhead += HOUR
    expect((await item.read()).statusCode).toBe(404)
    expect(await code(item.replace(gone))).toBe(404)
    expect(await code(item.patch([{ op: 'set', path: '/n', value: 1 }]))).toBe(404)
    expect(await code(item.delete())).toBe(404)
    expect(await idsOf('SELECT VALUE c.id FROM c')).toEqual([kept.id, never.id])
    expect(await idsOf('SELECT VALUE COUNT(1) FROM c')).toEqual([2])
    expect(statuses(await batch([{ operationType: 'Read', id: gone.id }]))).toEqual([404])
    expect(statuses(await batch([{ operationType: 'Create', resourceBody: gone }]))).toEqual([201])
    clockAhead += HOUR
    expect((await container.items.create(gone)).statusCode).toBe(201)
    expect((await container.items.upsert(kept)).statusCode).toBe(201)
    expect((await container.items.upsert(never)).statusCode).toBe(200)
  })

  it.runIf(!real)('begins again with each write, and not with a read', async () => {
    const thing = aThing({ ttl: 100 })
    await container.items.create(thing)
    clockAhead += 90_000
    expect((await container.item(thing.id, key).read()).statusCode).toBe(200)
    await container.items.upsert(thing)
    clockAhead += 90_000
    expect((await container.item(thing.id, key).read()).statusCode).toBe(200)
    clockAhead += 11_000
    expect((await container.item(thing.id, key).read()).statusCode).toBe(404)
  })

  it.runIf(!real)('is given and taken by a patch', async () => {
    const thing = aThing()
    await container.items.create(thing)
    const item = container.item(thing.id, key)
    await item.patch([{ op: 'set', path: '/ttl', value: 60 }])
    await item.patch([{ op: 'remove', path: '/ttl' }])
    clockAhead += HOUR
    expect((await item.read()).statusCode).toBe(200)
    await item.patch([{ op: 'set', path: '/ttl', value: 60 }])
    clockAhead += HOUR
    expect((await item.read()).statusCode).toBe(404)
  })

  it.runIf(!real)('is the default of the container, and nothing without one', async () => {
    const { containers } = client.database(settings.database)
    const { container: hourly } = await containers.create({ id: 'hourly', partitionKey: '/key', defaultTtl: 3600 })
    const { container: endless } = await containers.create({ id: 'endless', partitionKey: '/key' })
    for (const one of [hourly, endless]) {
      await one.items.create(aThing({ id: 'default' }))
      await one.items.create(aThing({ id: 'short', ttl: 60 }))
      await one.items.create(aThing({ id: 'never', ttl: -1 }))
    }
    clockAhead += 2 * HOUR
    const left = async (one: Container) => (await one.items.query('SELECT VALUE c.id FROM c').fetchAll()).resources
    expect(await left(hourly)).toEqual(['never'])
    expect(await left(endless)).toEqual(['default', 'short', 'never'])
    await Promise.all([hourly.delete(), endless.delete()])
  })
})

describe('an unclear write', () => {
  /** A client that hears nothing of its first write, although it was made. */
  const cutOff = () => {
    let first = true
    const plugin = async (request: { method: string }, _: unknown, send: (request: object) => Promise<unknown>) => {
      const answer = await send(request)
      if (!first || request.method === 'GET') return answer
      first = false
      throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })
    }
    return anotherClient({ plugins: [{ on: PluginOn.request, plugin }] })
  }

  it('of a create: the repeat is 409, and the item is ours', async () => {
    const another = cutOff()
    const thing = aThing({ n: 1 })
    expect(await code(containerOf(another).items.create(thing))).toBe('ECONNRESET')
    expect(await code(containerOf(another).items.create(thing))).toBe(409)
    expect((await containerOf(another).item(thing.id, key).read()).resource).toMatchObject(thing)
    another.dispose()
  })

  it('of a guarded batch: the repeat is 412 and makes nothing twice', async () => {
    const another = cutOff()
    const { etag } = await container.items.create(aThing({ id: 'counter', n: 0 }))
    const operations = (): OperationInput[] => [
      { operationType: 'Replace', id: 'counter', resourceBody: aThing({ id: 'counter', n: 1 }), ifMatch: etag },
      { operationType: 'Create', resourceBody: aThing({ id: 'entry' }) },
    ]
    expect(await code(containerOf(another).items.batch(operations(), key))).toBe('ECONNRESET')
    const { result } = await containerOf(another).items.batch(operations(), key)
    expect(result?.map(({ statusCode }) => statusCode)).toEqual([412, 424])
    expect(await idsOf('SELECT VALUE c.n FROM c WHERE c.id = "counter"')).toEqual([1])
    another.dispose()
  })
})

describe('a throttled request', () => {
  const throttle = (times: number) => standIn?.faults.add({ match: {}, times, do: { status: 429, retryAfterMs: 20 } })

  it.runIf(!real)('is repeated by the client after the time it was told', async () => {
    throttle(3)
    const { statusCode, headers } = await container.items.create(aThing())
    expect(statusCode).toBe(201)
    expect(headers['x-ms-throttle-retry-count']).toBe(3)
    expect(headers['x-ms-throttle-retry-wait-time-ms']).toBe(60)
  })

  it.runIf(!real)('that is throttled too often fails with 429, a batch too', async () => {
    const connectionPolicy = { enableEndpointDiscovery: false, retryOptions: { maxRetryAttemptCount: 1 } }
    const hasty = anotherClient({ connectionPolicy })
    throttle(2)
    expect(await code(containerOf(hasty).item('a', key).read())).toBe(429)
    throttle(2)
    const operation = { operationType: 'Create', resourceBody: aThing({ id: 'a' }) } as const
    expect(await code(containerOf(hasty).items.batch([operation], key))).toBe(429)
    expect((await containerOf(hasty).item('a', key).read()).statusCode).toBe(404)
    hasty.dispose()
  })
})
