import type { Item, Items, Stored } from '@securemailmerge/shared/azure/items'
import { Operations } from '@securemailmerge/shared/operations'
import { describe, expect, it } from 'vitest'
import { later, noon } from '../builders.ts'

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
  } as Pick<Items, 'read' | 'upsert'> as Items
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
    await here.set('read_only', false, 'restore done', 'm 1')
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
      { ...said, id: 'history:m_1', kind: 'history' },
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
  expect(parked?.id).toMatch(/^parked:seat-uses:a_b_c_d_e{120}$/)
})
