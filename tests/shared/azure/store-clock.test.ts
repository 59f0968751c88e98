import { StoreClock } from '@securemailmerge/shared/azure/store-clock'
import { describe, expect, it } from 'vitest'

const start = Date.parse('2027-05-04T12:00:00.000Z')

/** A store, a host that has been up for a while, and how the store dates its answers: in whole seconds. */
function world({ up = 5_000_000 } = {}) {
  let passed = 0
  let moved = 0
  const clock = new StoreClock(() => up + passed)
  return {
    clock,
    pass: (ms: number) => {
      passed += ms
    },
    /** The store's own clock is set. */
    move: (ms: number) => {
      moved += ms
    },
    now: () => start + passed + moved,
    hear: (lateMs = 0) =>
      clock.heard(
        new Date(Math.floor((start + passed + moved - lateMs) / 1000) * 1000).toUTCString(),
        clock.asking() - lateMs,
      ),
    lag: () => start + passed + moved - clock.now().getTime(),
  }
}

describe('the clock of a store', () => {
  it('knows nothing before the first answer', () => {
    const { clock } = world()
    expect(() => clock.now()).toThrow('not been heard')
    for (const nothing of [undefined, '', 'yesterday']) clock.heard(nothing, clock.asking())
    expect(() => clock.now()).toThrow('not been heard')
  })

  it('is never ahead, and at first a second behind at most', () => {
    for (let ms = 0; ms < 2000; ms += 7) {
      const { pass, hear, lag } = world()
      pass(ms)
      hear()
      expect(lag()).toBeGreaterThanOrEqual(0)
      expect(lag()).toBeLessThan(1000)
    }
  })

  it('comes closer with each answer, and never goes back', () => {
    const { clock, pass, hear, lag } = world()
    hear()
    let last = clock.now().getTime()
    for (let answers = 0; answers < 200; answers += 1) {
      pass(337)
      hear(answers % 5 === 0 ? 900 : 0)
      expect(clock.now().getTime()).toBeGreaterThanOrEqual(last)
      expect(lag()).toBeGreaterThanOrEqual(0)
      last = clock.now().getTime()
    }
    expect(lag()).toBeLessThan(10)
  })

  it('goes on by itself between answers', () => {
    const { clock, pass, hear } = world()
    hear()
    const before = clock.now().getTime()
    pass(3_600_000)
    expect(clock.now().getTime() - before).toBe(3_600_000)
  })

  it('is the same for hosts that have been up for a minute and for a year', () => {
    const hosts = [60_000, 31_536_000_000].map((up) => world({ up }))
    for (const host of hosts) host.hear()
    expect(new Set(hosts.map(({ clock }) => clock.now().getTime())).size).toBe(1)
  })

  it('an answer that was long on its way does not set it back', () => {
    const { pass, hear, lag } = world()
    hear()
    for (const late of [1000, 3000, 4900]) {
      pass(10_000)
      const before = lag()
      hear(late)
      expect(lag()).toBeLessThanOrEqual(before)
    }
  })

  it('follows a clock that was set, either way', () => {
    for (const ms of [3_600_000, -3_600_000, 6_000, -6_000]) {
      const { pass, hear, move, lag } = world()
      hear()
      pass(10_000)
      move(ms)
      hear()
      expect(lag()).toBeGreaterThanOrEqual(0)
      expect(lag()).toBeLessThan(1000)
    }
  })

  it('does not take an old answer that is looked at late for a clock that was set back', () => {
    const { clock, pass, hear, lag } = world()
    hear()
    const asked = clock.asking()
    const date = new Date(start + 1000).toUTCString()
    pass(50_000)
    clock.heard(date, asked)
    expect(lag()).toBeLessThan(1000)
  })

  it('counts real time when it is told no other', async () => {
    const clock = new StoreClock()
    clock.heard(new Date(start).toUTCString(), clock.asking())
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(clock.now().getTime() - start).toBeGreaterThanOrEqual(15)
    expect(clock.now().getTime() - start).toBeLessThan(5_000)
  })
})
