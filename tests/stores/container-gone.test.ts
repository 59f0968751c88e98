import { CosmosClient } from '@azure/cosmos'
import { Items } from '@securemailmerge/shared/azure/items'
import names from '@securemailmerge/shared/names.json' with { type: 'json' }
import { Operations } from '@securemailmerge/shared/operations'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cosmos, startCosmos } from '../../infra/local/cosmos/start-cosmos.ts'

let cosmos: Cosmos
let client: CosmosClient
beforeAll(async () => {
  cosmos = await startCosmos()
  client = new CosmosClient({ endpoint: cosmos.endpoint, key: cosmos.key })
})
afterAll(async () => {
  client.dispose()
  await cosmos.close()
})

const item = { id: 'a', service: 'p' }
const whole = { sql: 'SELECT * FROM c' }
/** Every way to ask a container. */
const calls: [name: string, call: (items: Items) => Promise<unknown>][] = [
  ['read', (items) => items.read('p', 'a')],
  ['query', (items) => items.query('p', whole)],
  ['page', (items) => items.page('p', whole, 10, null)],
  ['across', (items) => items.across(whole, 10)],
  ['upsert', (items) => items.upsert(item)],
  ['exchange', (items) => items.exchange('p', item, '"1"')],
  ['batch', (items) => items.batch('p', [{ create: item }])],
  ['a replacing batch', (items) => items.batch('p', [{ replace: item, etag: '"1"' }])],
  ['deleteAll', (items) => items.deleteAll('p', ['a'])],
]

describe('a container that somebody has deleted', () => {
  it.each(calls)('%s: the store is away, and never "there is no such item"', async (_name, call) => {
    const gone = new Items(client.database(names.database).container('deleted-by-mistake'))
    await expect(call(gone)).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('an item that is not there is an answer as before', async () => {
    const items = new Items(client.database(names.database).container('operations'))
    expect(await items.read('p', 'a')).toBeUndefined()
    expect(await items.exchange('p', item, '"1"')).toBeUndefined()
    expect(await items.batch('p', [{ replace: item, etag: '"1"' }])).toBe(false)
    await items.deleteAll('p', ['a'])
  })

  it('a switch that cannot be read is not off: sending that was stopped stays so', async () => {
    const gone = new Items(client.database(names.database).container('deleted-by-mistake'))
    const operations = new Operations(gone, 'merge-send-queue', () => new Date())
    await expect(operations.isOn('sending')).rejects.toMatchObject({ code: 'unavailable' })
  })
})
