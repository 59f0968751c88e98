import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { switches as ofPurchases } from '../../functions/purchase-webhooks/command.ts'
import type { CommandQueue } from '../../infra/local/system.ts'
import { People } from '../kit/people.ts'

/** What each service is, as an operator knows it: its stores, its switches. */
const services = {
  'licence-lookup': { stores: ['subscriptions', 'directory'], switches: [] },
  'seat-assignment': { stores: ['subscriptions', 'directory'], switches: ['read_only'] },
  'purchase-webhooks': { stores: ['subscriptions', 'purchases'], switches: ['purchases', 'read_only'] },
  'merge-send-queue': { stores: ['sending', 'content'], switches: ['sending', 'read_only', 'restored'] },
}
type Service = keyof typeof services
const names = Object.keys(services) as Service[]

interface Ready {
  service: string
  version: string
  status: string
  stores: Record<string, string>
  switches: { name: string; on: boolean | null; since: string | null }[]
}

let people: People
beforeAll(async () => {
  people = await People.start()
})
afterAll(() => people.stop())
afterEach(() => people.storeFault('DELETE'))

async function ask(service: Service): Promise<Ready & { http: number }> {
  const answer = await fetch(`${people.system.origin}/api/${service}/ready`)
  return { http: answer.status, ...((await answer.json()) as Ready) }
}

/** Asks until what an answer says is no more what was kept of the one before, for 5 s. */
async function until(service: Service, fits: (ready: Ready & { http: number }) => boolean) {
  const end = performance.now() + 30_000
  for (;;) {
    const ready = await ask(service)
    if (fits(ready)) return ready
    if (performance.now() > end) throw new Error(`${service} still says ${JSON.stringify(ready)}`)
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}

async function obey(command: object, queue: CommandQueue) {
  const messageId = await people.system.sendCommand(command, queue)
  await people.system.waitForLog((line) => line.event === 'command_done' && line.messageId === messageId)
}

describe('GET /api/<service>/ready', () => {
  it.each(names)('%s says its version, its stores and its switches, which are off', async (service) => {
    const { stores, switches } = services[service]
    expect(await ask(service)).toEqual({
      ...{ http: 200, service, version: 'dev', status: 'ready' },
      stores: Object.fromEntries(stores.map((store) => [store, 'ok'])),
      switches: switches.map((name) => ({ name, on: false, since: null })),
    })
  })

  it('says which switch is on, and since when, of its own service alone', async () => {
    const before = people.system.clock.now().getTime()
    await obey({ command: 'stop', switch: 'purchases', why: 'test' }, 'purchase-webhooks-commands')
    const isOn = ({ switches }: Ready) => switches.some(({ on }) => on)
    const stopped = await until('purchase-webhooks', isOn)
    const [set, other] = stopped.switches
    expect(stopped.switches.map(({ name }) => name)).toEqual([...ofPurchases])
    expect([stopped.http, set?.on, other?.on]).toEqual([200, true, false])
    expect(Date.parse(set?.since ?? '')).toBeGreaterThanOrEqual(before)
    expect(Date.parse(set?.since ?? '')).toBeLessThanOrEqual(people.system.clock.now().getTime())
    for (const service of names.filter((one) => one !== 'purchase-webhooks')) {
      expect(isOn(await ask(service)), service).toBe(false)
    }
    await obey({ command: 'go', switch: 'purchases', why: 'test' }, 'purchase-webhooks-commands')
    const [gone] = (await until('purchase-webhooks', (ready) => !isOn(ready))).switches
    expect(Date.parse(gone?.since ?? '')).toBeGreaterThanOrEqual(Date.parse(set?.since ?? ''))
  })

  it('is ready though its switches cannot be read, and says that they are not known', async () => {
    await people.storeFault('POST', { match: { container: 'operations' }, times: -1, do: { status: 500 } })
    const unread = await until('seat-assignment', ({ switches }) => switches[0]?.on === null)
    expect(unread).toMatchObject({
      ...{ http: 200, status: 'ready', stores: { subscriptions: 'ok', directory: 'ok' } },
      switches: [{ name: 'read_only', on: null, since: null }],
    })
  })

  it('is not ready while a store does not answer', async () => {
    await people.storeFault('POST', { match: { container: 'purchases' }, times: -1, do: { status: 500 } })
    const failing = await until('purchase-webhooks', ({ status }) => status === 'not_ready')
    expect(failing).toMatchObject({ http: 503, stores: { subscriptions: 'ok', purchases: 'failing' } })
    await people.storeFault('DELETE')
    expect((await until('purchase-webhooks', ({ status }) => status === 'ready')).http).toBe(200)
  })
})

it('each hour the logs are told how switches stand, also one that no command has set', async () => {
  await obey({ command: 'stop', switch: 'read_only', why: 'test' }, 'seat-assignment-commands')
  people.system.clock.advance(3_600_000)
  const told = (service: Service, name: string) =>
    people.system.waitForLog(
      (line) => line.event === 'switch_stands' && line.service === service && line.switch === name,
    )
  expect(await told('seat-assignment', 'read_only')).toMatchObject({ on: true, since: expect.any(String) })
  expect(await told('purchase-webhooks', 'read_only')).toMatchObject({ on: false })
  expect(await told('merge-send-queue', 'restored')).toMatchObject({ on: false, since: null })
})
