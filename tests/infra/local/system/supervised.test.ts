import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { PortTaken, Supervised } from '../../../../infra/local/supervised.ts'

const script = join(import.meta.dirname, 'fixtures', 'process.ts')
const made: Supervised[] = []
afterEach(() => Promise.all(made.splice(0).map((one) => one.close())))

function supervised(...args: string[]): Supervised {
  const one = new Supervised(
    'fixture',
    { script, args: (last) => ['--port', String(last?.port ?? 0), ...args] },
    () => {},
  )
  made.push(one)
  return one
}

/** Whether a process runs; the dead that nobody collected do not. */
function runs(pid: number): boolean {
  try {
    const state = execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
    return !state.startsWith('Z')
  } catch {
    return false
  }
}

async function gone(pid: number): Promise<boolean> {
  const until = Date.now() + 5_000
  while (runs(pid) && Date.now() < until) await delay(20)
  return !runs(pid)
}

describe('a supervised process', () => {
  it('keeps its port when it is killed and started again, and tells its state meanwhile', async () => {
    const one = supervised('--slow', '200')
    expect(one.state).toBe('stopped')
    const starting = one.restart()
    expect(one.state).toBe('starting')
    const { port } = await starting
    const { pid } = one
    expect(one.state).toBe('running')
    await one.kill()
    expect([one.state, one.pid, runs(pid!)]).toEqual(['stopped', undefined, false])
    expect(await one.isRunning(1_000)).toBe(false)
    const again = one.restart()
    expect(await one.isRunning(10)).toBe(false)
    expect(await one.isRunning(10_000)).toBe(true)
    expect(await again).toEqual({ port })
    expect(one.pid).not.toBe(pid)
    expect(one.lines).toEqual(['hello', 'hello'])
  })

  it('makes one of restarts that wait', async () => {
    const one = supervised()
    await one.restart()
    const running = one.restart()
    await delay(0)
    const [first, second] = [one.restart(), one.restart()]
    expect(second).toBe(first)
    await Promise.all([running, first])
    expect(one.lines).toHaveLength(3)
  })

  it('says in its own words why it does not start, and can be started later', async () => {
    const one = supervised('--fail', '7')
    await expect(one.restart()).rejects.toThrow('fixture ended (code 7) before it was ready:\ncannot start: 7')
    expect(one.state).toBe('stopped')
    await expect(supervised('--fail', '3').restart()).rejects.toThrow(PortTaken)
  })

  it('that is killed while it starts is down, not for ever about to start', async () => {
    const one = supervised('--slow', '60000')
    const starting = one.restart()
    while (one.pid === undefined) await delay(5)
    await one.kill()
    await expect(starting).rejects.toThrow('SIGKILL')
    expect(one.state).toBe('stopped')
  })

  it('that hangs is ended in 5 s all the same', async () => {
    const one = supervised()
    await one.restart()
    const pid = one.pid!
    process.kill(pid, 'SIGSTOP')
    const began = performance.now()
    await one.close()
    expect(performance.now() - began).toBeLessThan(6_000)
    expect(runs(pid)).toBe(false)
    await expect(one.restart()).rejects.toThrow('was closed')
  })

  it('ends when its supervisor is killed', async () => {
    const supervisor = `
      import { Supervised } from '${pathToFileURL(join(import.meta.dirname, '../../../../infra/local/supervised.ts'))}'
      const one = new Supervised('fixture', { script: '${script}', args: () => [] }, () => {})
      await one.restart()
      console.log(one.pid)`
    const parent = spawn(process.execPath, ['--input-type=module-typescript', '--eval', supervisor])
    const [line] = await once(createInterface({ input: parent.stdout }), 'line')
    expect(runs(Number(line))).toBe(true)
    parent.kill('SIGKILL')
    expect(await gone(Number(line))).toBe(true)
  })
})
