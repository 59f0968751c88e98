import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { withTables } from '../../../infra/tools/cost.ts'
import { enoughFor, fixedPart, growingPart, limitsAt, requestUnits } from '../../../infra/tools/cost-model.ts'
import counted from '../../../infra/tools/counted.json' with { type: 'json' }
import list from '../../../infra/tools/prices.json' with { type: 'json' }

const root = join(import.meta.dirname, '../../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const sum = (part: Record<string, number>) => Object.values(part).reduce((total, one) => total + one, 0)

describe('docs/cost.md', () => {
  it('shows what the script computes: node infra/tools/cost.ts --write', () => {
    const page = read('docs/cost.md')
    expect(withTables(page)).toBe(page)
  })

  it('says of each price that it is to be checked, since when it is known, and where', () => {
    expect(read('docs/cost.md')).toContain('No price of this page was looked up.')
    expect(Date.parse(list.asOf)).toBeLessThanOrEqual(Date.now())
    for (const { usd, per, page } of Object.values(list.prices)) {
      expect(usd).toBeGreaterThan(0)
      expect(per).not.toBe('')
      expect(page).toMatch(/pricing$/)
    }
  })
})

describe('what a month costs', () => {
  it('is the fixed part when nobody comes, and grows with people and with mails', () => {
    expect(sum(growingPart({ subscriptions: 0, mails: 0 }))).toBe(0)
    const [some, more] = [100, 10_000].map((subscriptions) => sum(growingPart({ subscriptions, mails: 0 })))
    expect(some).toBeGreaterThan(0)
    expect(more).toBeGreaterThan(some!)
    expect(sum(growingPart({ subscriptions: 100, mails: 1_000_000 }))).toBeGreaterThan(some!)
  })

  it('bills an instance that is never idle for no more than all the time there is', () => {
    const part = growingPart({ subscriptions: 10_000, mails: 0 })
    const [seconds, ready, demand] = [730 * 3600, list.prices.functionsReadyExecution, list.prices.functionsExecution]
    const most = 2 * counted.deployed.memoryGB * seconds * (ready.usd + demand.usd)
    expect(part['Functions, executing']).toBeLessThan(most)
  })

  it('counts request units in one container or in all', () => {
    const all = Object.keys(counted.operations.seatUse).map((container) => requestUnits('seatUse', container))
    expect(requestUnits('seatUse')).toBe(all.reduce((total, one) => total + one, 0))
    expect(requestUnits('seatUse', 'nowhere')).toBe(0)
  })
})

describe('limits', () => {
  it('are met from so many holders on, and not before', () => {
    for (const { of } of limitsAt(1e7)) {
      const holders = enoughFor(of)
      const met = (some: number) => limitsAt(some).some((one) => one.of === of && one.asked > one.most)
      expect(met(holders), of).toBe(false)
      if (holders < 1e9) expect(met(holders * 1.25), of).toBe(true)
    }
  })
})

describe('what is deployed costs what the script takes it to cost', () => {
  it('by the kind of each that is dear', () => {
    expect(read('infra/modules/front-door.bicep')).toContain("sku: { name: 'Premium_AzureFrontDoor' }")
    expect(read('infra/modules/cosmos.bicep')).toMatch(/EnableServerless[\s\S]*Continuous30Days/)
    expect(read('infra/modules/service-bus.bicep')).toContain("{ name: 'Standard', tier: 'Standard' }")
    expect(read('infra/modules/monitoring.bicep')).toContain("sku: { name: 'PerGB2018' }")
    expect(Object.keys(fixedPart())).toContain('Front Door Premium')
  })

  it('by instances that are always ready, and how large they are', () => {
    const services = [...read('infra/modules/services.bicep').matchAll(/memoryMB: (\d+)[^}]*?alwaysReady: \[(.*)\]/g)]
    const ready = services.filter(([, , names]) => names !== '')
    expect(ready).toHaveLength(counted.deployed.readyInstances)
    expect(new Set(services.map(([, memory]) => Number(memory) / 1024))).toEqual(new Set([counted.deployed.memoryGB]))
  })

  it('by timers', () => {
    const tables = globSync('functions/*/index.ts', { cwd: root }).map(read).join('\n')
    const schedules = [...tables.matchAll(/app\.timer\('\w+', \{ schedule: '([^']+)'/g)].map(([, schedule]) => schedule)
    expect(schedules.filter((one) => one === '*/30 * * * * *')).toHaveLength(counted.timers.everyHalfMinute)
    expect(schedules.filter((one) => one === '0 * * * * *')).toHaveLength(counted.timers.everyMinute)
    expect(schedules.filter((one) => /^\*|^0 \*/.test(one ?? ''))).toHaveLength(3)
  })

  it('by alerts, more or less', () => {
    const every = [...read('infra/modules/log-alerts.bicep').matchAll(/every: '(\w+)'/g)].map(([, often]) => often)
    const often = every.filter((one) => one === 'PT5M').length
    expect(Math.abs(often - counted.deployed.logAlerts5)).toBeLessThan(3)
    expect(Math.abs(every.length - often - counted.deployed.logAlerts15)).toBeLessThan(3)
  })

  it('and an add-in asks as often as is assumed', () => {
    const [, hours] = /RECHECK_YES_SECONDS = (\d+) \* 3600/.exec(read('shared/licensing/answer.ts')) ?? []
    expect(counted.assumed.lookUpsPerHolder.value).toBe((30 * 24) / Number(hours))
  })
})
