import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { setClockOffset } from '../../../../infra/local/clock.ts'
import { cast } from '../../../../infra/local/identity/cast.ts'
import { aMessage, everything } from './mailboxes.ts'

const main = join(import.meta.dirname, '../../../../infra/local/graph/main.ts')
let folder: string
let child: ChildProcess
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'graph-'))
})
afterEach(() => {
  child.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

async function start(...args: string[]) {
  child = spawn(process.execPath, [main, '--data', folder, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout!, 'data')) as [Buffer]
  const ready = JSON.parse(/^ready (.*)\n$/.exec(line.toString())?.[1] ?? '') as {
    port: number
    origin: string
    api: string
  }
  const { tenantId, objectId } = cast.olivia
  const local = async (name: string, body?: object) => {
    const headers = { 'Content-Type': 'application/json' }
    const posted = body && { method: 'POST', headers, body: JSON.stringify(body) }
    // biome-ignore lint/suspicious/noExplicitAny: each test reads the answer as it expects it
    return (await fetch(`${ready.origin}/_local/${name}`, posted)).json() as Promise<any>
  }
  const { token } = await local('tokens', { tenantId, objectId, scopes: everything })
  const send = (stamp: string) =>
    fetch(`${ready.api}/me/sendMail`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ message: aMessage(stamp) }),
    })
  return { ...ready, local, send }
}

it('killed as soon as it has accepted a mail, it knows of it', async () => {
  const before = await start()
  expect((await before.send('c1.1')).status).toBe(202)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const { local } = await start()
  expect(await local('delivered')).toMatchObject({ count: 1, stamps: 1, twice: {} })
})

it('follows the clock, and gives its port back on SIGTERM', async () => {
  const clock = join(folder, 'clock')
  const { port, local, send } = await start('--clock', clock)
  await send('c1.1')
  setClockOffset(clock, 3_600_000)
  await send('c1.2')
  const { mails } = await local('mails')
  expect(mails[1].at - mails[0].at).toBeGreaterThanOrEqual(3_600_000)
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
  const successor = createServer().listen(port, '127.0.0.1')
  await once(successor, 'listening')
  successor.close()
})

it('says in one sentence that its port is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  child = spawn(process.execPath, [main, '--port', String(port), '--data', folder])
  const said: Buffer[] = []
  child.stderr!.on('data', (chunk: Buffer) => said.push(chunk))
  const [code] = (await once(child, 'close')) as [number]
  other.close()
  expect(code).toBe(3)
  expect(Buffer.concat(said).toString()).toBe(`port ${port} is taken: stop what uses it or set LOCAL_PORT\n`)
})
