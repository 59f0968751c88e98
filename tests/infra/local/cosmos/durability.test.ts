import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Container, CosmosClient } from '@azure/cosmos'
import names from '@securemailmerge/shared/names.json' with { type: 'json' }
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { setClockOffset } from '../../../../infra/local/clock.ts'
import { startCosmos } from '../../../../infra/local/cosmos/start-cosmos.ts'

const MAIN = new URL('../../../../infra/local/cosmos/main.ts', import.meta.url).pathname
const children: ChildProcess[] = []
let data: string

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'cosmos-'))
})

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(data, { recursive: true })
})

async function startProcess(...options: string[]) {
  const child = spawn(process.execPath, [MAIN, '--data', data, ...options], { stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  const [line] = await once(child.stdout, 'data')
  const [, json] = /^ready (\{.*\})\n$/.exec(String(line)) ?? []
  return { child, ...(JSON.parse(String(json)) as { port: number; endpoint: string; key: string }) }
}

const subscriptionsOf = (server: { endpoint: string; key: string }): Container =>
  new CosmosClient({ ...server, connectionPolicy: { enableEndpointDiscovery: false } })
    .database(names.database)
    .container('subscriptions')

const journal = () => join(data, 'databases', names.database, 'subscriptions.jsonl')

/** Writes pairs of items, each pair in one batch, until the server dies. Returns those that were acknowledged. */
async function writePairs(container: Container, partition: string, acknowledge: () => void): Promise<number[]> {
  const acknowledged: number[] = []
  for (let n = 0; ; n++) {
    const pair = ['a', 'b'].map((side) => ({ id: `${side}${n}`, subscriptionId: partition, n }))
    const operations = pair.map((resourceBody) => ({ operationType: 'Create' as const, resourceBody }))
    const answer = await container.items.batch(operations, partition).catch(() => undefined)
    if (!answer) return acknowledged
    acknowledged.push(n)
    acknowledge()
  }
}

describe('kill -9 of the server', () => {
  it('loses nothing that was acknowledged, and halves no batch', { timeout: 60_000 }, async () => {
    const acknowledged = new Map<string, number[]>()
    for (let round = 0; round < 5; round++) {
      const server = await startProcess()
      const container = subscriptionsOf(server)
      const partitions = Array.from({ length: 4 }, (_, at) => `${round}-${at}`)
      let left = 20 + round * 7
      const acknowledge = () => --left === 0 && server.child.kill('SIGKILL')
      const written = Promise.all(partitions.map((partition) => writePairs(container, partition, acknowledge)))
      for (const [at, list] of (await written).entries()) acknowledged.set(String(partitions[at]), list)
    }
    expect([...acknowledged.values()].flat().length).toBeGreaterThan(150)
    const container = subscriptionsOf(await startProcess())
    for (const [partition, numbers] of acknowledged) {
      const query = container.items.query<string>('SELECT VALUE c.id FROM c', { partitionKey: partition })
      const ids = new Set((await query.fetchAll()).resources)
      const lost = numbers.filter((n) => !ids.has(`a${n}`) || !ids.has(`b${n}`))
      const halved = [...ids].filter((id) => !ids.has(`${id.startsWith('a') ? 'b' : 'a'}${id.slice(1)}`))
      expect({ lost, halved }).toEqual({ lost: [], halved: [] })
    }
  })

  it('in the middle of a line: the line is left out, and what follows is kept', async () => {
    const first = await startCosmos({ data })
    await subscriptionsOf(first).items.create({ id: 'a', subscriptionId: 'S1' })
    await first.close()
    appendFileSync(journal(), '{"put":[{"id":"torn","subscriptionId":"S1"')
    const second = await startCosmos({ data })
    await subscriptionsOf(second).items.create({ id: 'b', subscriptionId: 'S1' })
    await second.close()
    const third = await startCosmos({ data })
    expect(third.items('subscriptions').map(({ id }) => id)).toEqual(['b', 'a'])
    await third.close()
  })
})

describe('the data folder', () => {
  it('keeps items, ETags, order, deletions, the key, and containers that clients made', async () => {
    const first = await startCosmos({ data })
    const container = subscriptionsOf(first)
    for (const id of ['a', 'b', 'c', 'd']) await container.items.create({ id, subscriptionId: 'S1', n: 1 })
    await container.item('b', 'S1').delete()
    await container.item('a', 'S1').patch([{ op: 'incr', path: '/n', value: 1 }])
    const { database } = await container.database.client.databases.create({ id: 'own-test' })
    await database.containers.create({ id: 'own', partitionKey: '/p', defaultTtl: 60 })
    await database.container('own').items.create({ id: 'x', p: 'y' })
    const before = await container.items.query('SELECT * FROM c', { partitionKey: 'S1' }).fetchAll()
    await first.close()

    const second = await startCosmos({ data })
    expect(second.key).toBe(first.key)
    const again = subscriptionsOf(second)
    const after = await again.items.query('SELECT * FROM c', { partitionKey: 'S1' }).fetchAll()
    expect(after.resources).toEqual(before.resources)
    expect(after.resources.map(({ id, n }) => [id, n])).toEqual([
      ['a', 2],
      ['c', 1],
      ['d', 1],
    ])
    const own = again.database.client.database('own-test').container('own')
    expect((await own.item('x', 'y').read()).resource).toMatchObject({ id: 'x', p: 'y' })
    expect((await own.read()).resource?.defaultTtl).toBe(60)
    const late = { id: 'e', subscriptionId: 'S1' }
    await again.items.create(late)
    const { resources } = await again.items.query('SELECT VALUE c.id FROM c', { partitionKey: 'S1' }).fetchAll()
    expect(resources).toEqual(['a', 'c', 'd', 'e'])
    await own.delete()
    await own.database.delete()
    await second.close()

    const third = await startCosmos({ data })
    const gone = subscriptionsOf(third).database.client.database('own-test')
    await expect(gone.read()).rejects.toMatchObject({ code: 404 })
    await third.close()
  })

  it('is made small at the start: what was overwritten or has expired is not in it', async () => {
    let ahead = 0
    const options = { data, now: () => new Date(Date.now() + ahead) }
    const first = await startCosmos(options)
    const container = subscriptionsOf(first)
    for (let n = 0; n < 50; n++) await container.items.upsert({ id: 'a', subscriptionId: 'S1', n })
    await container.items.create({ id: 'short', subscriptionId: 'S1', ttl: 60 })
    await first.close()
    const { size } = statSync(journal())
    ahead = 3_600_000
    await (await startCosmos(options)).close()
    expect(statSync(journal()).size).toBeLessThan(size / 10)
    expect(readFileSync(journal(), 'utf8')).not.toContain('short')
  })

  it('whose containers have another partition key than names.json is refused', async () => {
    await (await startCosmos({ data })).close()
    const lines = readFileSync(journal(), 'utf8').replace('"keyField":"subscriptionId"', '"keyField":"id"')
    rmSync(journal())
    appendFileSync(journal(), lines)
    await expect(startCosmos({ data })).rejects.toThrow('npm run reset')
  })

  it('is not needed', async () => {
    const [one, another] = [await startCosmos(), await startCosmos()]
    expect(one.key).not.toBe(another.key)
    await Promise.all([one.close(), another.close()])
  })
})

describe('the process', () => {
  it('follows the clock of its file', async () => {
    const clock = join(data, 'clock')
    const server = await startProcess('--clock', clock)
    const container = subscriptionsOf(server)
    await container.items.create({ id: 'a', subscriptionId: 'S1', ttl: 3600 })
    expect((await container.item('a', 'S1').read()).statusCode).toBe(200)
    setClockOffset(clock, 2 * 3_600_000)
    expect((await container.item('a', 'S1').read()).statusCode).toBe(404)
  })

  it.for(['SIGTERM', 'SIGINT'] as const)('ends at %s with 0, and its port is free', async (signal) => {
    const { child, port } = await startProcess()
    child.kill(signal)
    expect(await once(child, 'exit')).toEqual([0, null])
    const again = await startCosmos({ port })
    expect(again.port).toBe(port)
    await again.close()
  })

  it('says that its port is taken, ends with 3, and leaves the data alone', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as { port: number }
    const child = spawn(process.execPath, [MAIN, '--data', data, '--port', String(port)], { stdio: 'pipe' })
    children.push(child)
    const [[text], [code]] = await Promise.all([once(child.stderr, 'data'), once(child, 'exit')])
    taken.close()
    expect(String(text)).toBe(`port ${port} is taken: stop what uses it or set LOCAL_PORT\n`)
    expect(code).toBe(3)
    expect(() => statSync(join(data, 'databases'))).toThrow('ENOENT')
  })
})
