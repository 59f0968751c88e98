import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeJwt, type JWK } from 'jose'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { setClockOffset } from '../../../../infra/local/clock.ts'

const main = join(import.meta.dirname, '../../../../infra/local/identity/main.ts')
let folder: string
let child: ChildProcess | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'identity-'))
})
afterEach(() => {
  child?.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

async function start(...args: string[]): Promise<{ port: number; authority: string; clientKey: JWK }> {
  child = spawn(process.execPath, [main, '--data', folder, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout!, 'data')) as [Buffer]
  return JSON.parse(/^ready (.*)\n$/.exec(line.toString())?.[1] ?? '')
}

test('says when it is ready, follows the clock, and gives its port back on SIGTERM', async () => {
  const clock = join(folder, 'clock')
  const { port, authority, clientKey } = await start('--port', '0', '--clock', clock)
  expect(clientKey).toMatchObject({ kty: 'RSA', alg: 'RS256', d: expect.any(String) })
  expect(authority).toBe(`http://localhost:${port}`)
  const token = async () => {
    const body = JSON.stringify({ person: 'olivia', client: 'addIn', audience: 'licensingApi' })
    const response = await fetch(`${authority}/_local/token`, { method: 'POST', body })
    return decodeJwt(((await response.json()) as { access_token: string }).access_token)
  }
  const before = await token()
  setClockOffset(clock, 30 * 24 * 3600 * 1000)
  const after = await token()
  expect(after.iat! - before.iat!).toBeGreaterThanOrEqual(30 * 24 * 3600)

  child!.kill('SIGTERM')
  expect(await once(child!, 'exit')).toEqual([0, null])
  const successor = createServer().listen(port, '127.0.0.1')
  await once(successor, 'listening')
  successor.close()
})

test('says in one sentence that its port is taken', async () => {
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

test('answers to the names of this machine only', async () => {
  const { port } = await start('--port', '0')
  const statusFor = (host: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      request({ host: '127.0.0.1', port, path: '/_local/people', headers: { host } }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
        .on('error', reject)
        .end()
    })
  expect(await statusFor(`localhost:${port}`)).toBe(200)
  expect(await statusFor(`127.0.0.1:${port}`)).toBe(200)
  for (const host of [
    'evil.example',
    `localhost.evil.example:${port}`,
    'localhost@evil.example',
    'localhost/',
    'localhost, evil',
  ]) {
    expect(await statusFor(host)).toBe(421)
  }
})
