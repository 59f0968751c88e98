import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, utimesSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freePorts, isListening } from '../../infra/tools/free-ports.ts'

const root = join(import.meta.dirname, '..', '..')
const PORTS = 7
const source = join(root, 'functions', 'seat-assignment', 'index.ts')

let folder: string
let base: number
let child: ChildProcess
let output = ''
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'smm-start-'))
  base = await freePorts(PORTS)
  output = ''
})
afterEach(() => {
  child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

const hear = (chunk: unknown) => {
  output += String(chunk)
}

function start(): void {
  const env = { ...process.env, LOCAL_FOLDER: folder, LOCAL_PORT: String(base) }
  child = spawn(process.execPath, [join(root, 'infra', 'local', 'start.ts')], { cwd: root, env })
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', hear)
}

async function printed(text: string | RegExp): Promise<void> {
  const until = Date.now() + 30_000
  while (!output.match(text)) {
    if (Date.now() > until || child.exitCode !== null) throw new Error(`did not print ${text}:\n${output}`)
    await delay(30)
  }
}

describe('npm start', () => {
  it('prints links that answer, restarts the services alone when a source changes, and leaves nothing behind', async () => {
    start()
    await printed('Ctrl-C')
    const links = [...new Set(output.match(/http:\/\/localhost:\d+\S*/g))]
    expect(links).toHaveLength(3)
    for (const link of links) expect((await fetch(link)).status, link).toBe(200)
    // A fault that the store is asked for lives in its memory alone: it is there for as long as the process is.
    const faults = `http://127.0.0.1:${base + 3}/_local/faults`
    const rule = { match: { container: 'operations', operation: 'delete' }, times: 1, do: { status: 503 } }
    const asked = await fetch(faults, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(rule),
    })
    expect([asked.status, await asked.json()]).toEqual([200, [rule]])

    utimesSync(source, new Date(), new Date())
    await printed(/changed: the services run anew/)
    const health = await fetch(`http://localhost:${base}/api/seat-assignment/health`)
    expect(await health.json()).toEqual({ service: 'seat-assignment', status: 'ok' })
    expect(await (await fetch(faults)).json()).toHaveLength(1)

    child.kill('SIGINT')
    const [code] = await once(child, 'exit')
    expect([code, output]).toEqual([0, expect.stringContaining('Everything has ended')])
    for (let port = base; port < base + PORTS; port += 1) expect(await isListening(port), `port ${port}`).toBe(false)
  })

  it('says which port is taken, and how to use another', async () => {
    const taken = createServer().listen(base + 3, '127.0.0.1')
    await once(taken, 'listening')
    start()
    const [code] = await once(child, 'exit')
    taken.close()
    expect(code).toBe(3)
    expect(output).toContain(`port ${base + 3} is taken: stop what uses it or set LOCAL_PORT`)
  })

  it('does not start twice on the same folder', async () => {
    start()
    await printed('Ctrl-C')
    const first = child
    start()
    const [code] = await once(child, 'exit')
    expect([code, output]).toEqual([1, expect.stringContaining('It runs already')])
    first.kill('SIGTERM')
    await once(first, 'exit')
  })
})
