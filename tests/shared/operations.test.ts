import type { Item, Items, Stored, Write } from '@securemailmerge/shared/azure/items'
import { Operations } from '@securemailmerge/shared/operations'
import { Refusal } from '@securemailmerge/shared/refusal'
import { describe, expect, it } from 'vitest'
import { later, noon, refusalIn } from '../builders.ts'

/** A container that counts how often it is read. */
function aContainer() {
  const stored = new Map<string, Item>()
  let reads = 0
  const items = {
    async read<T extends Item>(partition: string, id: string) {
      reads += 1
      return stored.get(`${partition} ${id}`) as Stored<T> | undefined
    },
    async upsert(item: Item & { service?: string }) {
      stored.set(`${item.service} ${item.id}`, item)
    },
    async batch(partition: string, writes: Write[]) {
      const all = writes.map((write) =>
        'create' in write ? { item: write.create } : { item: write.replace, old: true },
      )
      if (all.some(({ item, old = false }) => stored.has(`${partition} ${item.id}`) !== old)) return false
      for (const { item } of all) stored.set(`${partition} ${item.id}`, item)
      return true
    },
  } as Pick<Items, 'read' | 'upsert' | 'batch'> as Items
  return {
    items,
    stored,
    get reads() {
      return reads
    },
  }
}

function twoProcesses() {
  const container = aContainer()
  let time = noon
  const now = () => time
  const move = (milliseconds: number) => {
    time = later(milliseconds, time)
  }
  const process = (service = 'seat-assignment') => new Operations(container.items, service, now)
  return { container, move, process }
}

describe('a switch', () => {
  it('is off until it is set', async () => {
    expect(await twoProcesses().process().isOn('read_only')).toBe(false)
  })

  it('acts in the process that sets it at once', async () => {
    const { process } = twoProcesses()
    const here = process()
    await here.isOn('read_only')
    await here.set('read_only', true, 'restore under way', 'm 1')
    expect(await here.isOn('read_only')).toBe(true)
    await here.set('read_only', false, 'restore done', 'm 2')
    expect(await here.isOn('read_only')).toBe(false)
  })

  it('is at most 15 s old everywhere else', async () => {
    const { process, move } = twoProcesses()
    const [here, there] = [process(), process()]
    await there.isOn('read_only')
    await here.set('read_only', true, 'restore under way', 'm 1')
    move(14_999)
    expect(await there.isOn('read_only')).toBe(false)
    move(1)
    expect(await there.isOn('read_only')).toBe(true)
  })

  it('costs a read in 15 s, however often it is asked', async () => {
    const { process, container, move } = twoProcesses()
    const there = process()
    for (let n = 0; n < 300; n += 1) {
      await there.isOn('read_only')
      await there.isOn('read_only')
      move(100)
    }
    expect(container.reads).toBe(2)
  })

  it('is read again when the clock steps back', async () => {
    const { process, move } = twoProcesses()
    const [here, there] = [process(), process()]
    await there.isOn('read_only')
    await here.set('read_only', true, 'restore under way', 'm 1')
    move(-1)
    expect(await there.isOn('read_only')).toBe(true)
  })

  it('is not set a second time by a message that comes again after another one', async () => {
    const { process } = twoProcesses()
    const [here, there] = [process(), process()]
    expect(await here.set('read_only', true, 'restore', 'm1')).toMatchObject({ on: true, outcome: 'set' })
    await there.set('read_only', false, 'done', 'm2')
    expect(await here.set('read_only', true, 'restore', 'm1')).toMatchObject({ outcome: 'known' })
    expect(await here.isOn('read_only')).toBe(false)
  })

  it.each([
    ['the other way', ['read_only', false, 'restore']],
    ['another switch', ['purchases', true, 'restore']],
    ['another reason', ['read_only', true, 'done']],
  ] as [string, [string, boolean, string]][])('is not set by a message id that was used for %s', async (_, order) => {
    const here = twoProcesses().process()
    await here.set('read_only', true, 'restore', 'm1')
    expect((await refusalIn(here.set(...order, 'm1'))).code).toBe('idempotency_mismatch')
    expect([await here.isOn('read_only'), await here.isOn('purchases')]).toEqual([true, false])
  })

  it('is set by each of two messages whose ids look alike as the id of an item', async () => {
    const here = twoProcesses().process()
    for (const [id, on] of [
      ['m/1', true],
      ['m:1', false],
      ['m_1', true],
    ] as const) {
      await here.set('read_only', on, 'test', id)
      expect(await here.isOn('read_only')).toBe(on)
    }
  })

  it('is shown as it stands now, and since when; as unknown where it cannot be read', async () => {
    const { process, container, move } = twoProcesses()
    const here = process()
    await here.isOn('read_only')
    await process().set('read_only', true, 'restore', 'm1')
    move(1_000)
    const readOnly = { name: 'read_only', on: true, since: noon.toISOString() }
    expect(await here.shown(['read_only', 'purchases'])).toEqual([
      readOnly,
      { name: 'purchases', on: false, since: null },
    ])
    const { read } = container.items
    container.items.read = async (partition, id) => {
      if (id === 'switch:purchases') throw new Refusal('unavailable', 'Try again.')
      return read(partition, id)
    }
    expect(await here.shown(['purchases', 'read_only'])).toEqual([
      { name: 'purchases', on: null, since: null },
      readOnly,
    ])
  })

  it('has an entry for what became of it, or neither', async () => {
    const { process, container } = twoProcesses()
    container.items.batch = async () => {
      throw new Refusal('unavailable', 'Try again.')
    }
    expect((await refusalIn(process().set('read_only', true, 'restore', 'm1'))).code).toBe('unavailable')
    expect([...container.stored.keys()]).toEqual([])
  })

  it('is one service’s and one name’s', async () => {
    const { process } = twoProcesses()
    await process().set('read_only', true, 'restore under way', 'm 1')
    expect(await process('licence-lookup').isOn('read_only')).toBe(false)
    expect(await process().isOn('another')).toBe(false)
  })

  it('says for operators who is meant, since when and why', async () => {
    const { process, container } = twoProcesses()
    await process().set('read_only', true, 'restore under way', 'm 1')
    const said = {
      service: 'seat-assignment',
      name: 'read_only',
      on: true,
      at: noon.toISOString(),
      why: 'restore under way',
    }
    expect([...container.stored.values()]).toEqual([
      { ...said, id: expect.stringMatching(/^history:m_1_[\w-]{22}$/), kind: 'history' },
      { ...said, id: 'switch:read_only', kind: 'switch' },
    ])
  })
})

it('puts a message aside once, under an id that Cosmos takes', async () => {
  const { process, container } = twoProcesses()
  const messageId = `a/b\\c?d#${'e'.repeat(200)}`
  await process().park('seat-uses', messageId, 'seatId: invalid_type')
  await process().park('seat-uses', messageId, 'seatId: invalid_type')
  const [parked, ...more] = [...container.stored.values()]
  expect(more).toEqual([])
  expect(parked).toMatchObject({ kind: 'parked', queue: 'seat-uses', messageId, ttl: 90 * 24 * 3600 })
  expect(parked?.id).toMatch(/^parked:seat-uses:a_b_c_d_e{92}_[\w-]{22}$/)
})
