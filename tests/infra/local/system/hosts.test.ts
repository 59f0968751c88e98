import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { passOn } from '../../../../infra/local/front-door.ts'
import { Hosts } from '../../../../infra/local/hosts.ts'
import { type Listener, listen } from '../../../../infra/local/http-frame.ts'
import { Supervised } from '../../../../infra/local/supervised.ts'

const script = join(import.meta.dirname, 'fixtures', 'host.ts')
let hosts: Hosts
let front: Listener
/** Two hosts, the second of which has one service more. */
beforeEach(async () => {
  const host = (services: string) => {
    const args = (last: { port: number } | undefined) => ['--port', String(last?.port ?? 0), '--services', services]
    return new Supervised('functions-host', { script, args }, () => {})
  }
  hosts = new Hosts([host('old'), host('old,new')])
  await Promise.all(hosts.all.map((one) => one.restart()))
  front = await listen(0)
  front.handle((request, response) => {
    const service = request.url?.split('/')[1] ?? ''
    return passOn(hosts.take(service, response), request, response)
  })
})
afterEach(() => Promise.all([front.close(), ...hosts.all.map((one) => one.close())]))

/** Status and, when a host has answered, its number. */
async function ask(path = '/old'): Promise<[status: number, pid: string]> {
  const said = await fetch(`http://127.0.0.1:${front.port}${path}`)
  return [said.status, await said.text()]
}
const pids = () => hosts.all.map(({ pid }) => String(pid))

describe('hosts behind the front door', () => {
  it('answer in turn; one that has not got a service is not asked for it', async () => {
    const answers = [await ask(), await ask(), await ask(), await ask()]
    expect(answers.map(([status]) => status)).toEqual([200, 200, 200, 200])
    expect(new Set(answers.map(([, pid]) => pid))).toEqual(new Set(pids()))
    for (let times = 0; times < 3; times += 1) expect(await ask('/new')).toEqual([200, pids()[1]])
  })

  it('each is started anew while the other answers: nobody notices', async () => {
    const before = pids()
    const statuses: number[] = []
    let isOver = false
    const asking = Array.from({ length: 8 }, async () => {
      while (!isOver) statuses.push((await ask('/old?wait=20'))[0])
    })
    await hosts.restartEach()
    isOver = true
    await Promise.all(asking)
    expect(statuses.length).toBeGreaterThan(8)
    expect(new Set(statuses)).toEqual(new Set([200]))
    for (const pid of pids()) expect(before).not.toContain(pid)
  })

  it('one that ends has answered what it was asked; from then on the other does', async () => {
    const [, other] = pids()
    const asked = [ask('/old?wait=300'), ask('/old?wait=300')]
    await new Promise((resolve) => setTimeout(resolve, 100))
    await hosts.stop(hosts.all[0] as Supervised)
    expect((await Promise.all(asked)).map(([status]) => status)).toEqual([200, 200])
    for (let times = 0; times < 3; times += 1) expect(await ask()).toEqual([200, other])
  })

  it('none is left: 503; one that comes back is waited for', async () => {
    for (const host of hosts.all) await hosts.stop(host, 'SIGKILL')
    expect((await ask())[0]).toBe(503)
    const coming = hosts.restart(hosts.all[1] as Supervised)
    await new Promise((resolve) => setTimeout(resolve, 10))
    const [status, pid] = await ask()
    await coming
    expect([status, pid]).toEqual([200, pids()[1]])
  })
})
