import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freePorts, isListening } from '../../infra/tools/free-ports.ts'

const root = join(import.meta.dirname, '..', '..')
const PORTS = 10
const source = join(root, 'functions', 'seat-assignment', 'index.ts')

let folder: string
let base: number
let child: ChildProcess
let started: ChildProcess[] = []
let output = ''
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'smm-start-'))
  base = await freePorts(PORTS)
  output = ''
})
afterEach(() => {
  for (const one of started) one.kill('SIGKILL')
  started = []
  rmSync(folder, { recursive: true, force: true })
})

const hear = (chunk: unknown) => {
  output += String(chunk)
}

function start(port = String(base)): void {
  const env = { ...process.env, LOCAL_FOLDER: folder, LOCAL_PORT: port }
  child = spawn(process.execPath, [join(root, 'infra', 'local', 'start.ts')], { cwd: root, env })
  started.push(child)
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', hear)
}

/** Runs `npm run reset`; gives its exit code and what it printed. */
function reset(): [number | null, string] {
  const env = { ...process.env, LOCAL_FOLDER: folder, LOCAL_PORT: String(base) }
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'infra', 'local', 'reset.ts')], {
    cwd: root,
    env,
    encoding: 'utf8',
  })
  return [status, stdout + stderr]
}

/** The processes of all systems on this machine. The dead that nobody collected do not run. */
function running(): { pid: string; parent: number; name: string }[] {
  const all = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' })
  const ours = all.matchAll(/^ *(\d+) +(\d+) +[^Z ]\S* .*infra\/local\/([\w-]+)\/main\.ts/gm)
  return Array.from(ours, ([, pid, parent, name]) => ({ pid: pid!, parent: Number(parent), name: name! }))
}

/** Process ids of the system under test, by name. */
const pids = (): Record<string, string> =>
  Object.fromEntries(running().flatMap(({ pid, parent, name }) => (parent === child.pid ? [[name, pid]] : [])))

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
    expect(links).toHaveLength(4)
    // What people see comes first.
    expect(await (await fetch(links[0] ?? '')).text()).toContain('<div id="root">')
    for (const link of links) expect((await fetch(link)).status, link).toBe(200)
    const { 'functions-host': host, ...standIns } = pids()
    expect(Object.keys(standIns).sort()).toEqual(['blobs', 'cosmos', 'graph', 'identity', 'service-bus', 'stripe'])

    utimesSync(source, new Date(), new Date())
    await printed(/changed: the services run anew/)
    const { 'functions-host': newHost, ...sameStandIns } = pids()
    expect(sameStandIns).toEqual(standIns)
    expect(newHost).not.toBe(host)
    const health = await fetch(`http://localhost:${base}/api/seat-assignment/health`)
    expect(await health.json()).toEqual({ service: 'seat-assignment', status: 'ok', version: 'dev' })

    const ours = [...Object.values(standIns), newHost]
    child.kill('SIGINT')
    const [code] = await once(child, 'exit')
    expect([code, output]).toEqual([0, expect.stringContaining('Everything has ended')])
    expect(running().filter(({ pid }) => ours.includes(pid))).toEqual([])
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

  it('says what a first port can be', async () => {
    start('http')
    const [code] = await once(child, 'close')
    expect([code, output]).toEqual([1, 'LOCAL_PORT must be a number from 1024 to 65000, and it is "http".\n'])
  })

  it('starts where a killed one left its mark, though somebody else has its process number by now', async () => {
    writeFileSync(
      join(folder, 'running.json'),
      JSON.stringify({ pid: process.pid, origin: `http://localhost:${base}` }),
    )
    start()
    await printed('Ctrl-C')
    const ours = Object.values(pids())
    expect(ours).toHaveLength(7)
    // Killed in its turn, it takes everything with it.
    child.kill('SIGKILL')
    await once(child, 'exit')
    const until = Date.now() + 5_000
    const left = () => running().filter(({ pid }) => ours.includes(pid))
    while (left().length > 0 && Date.now() < until) await delay(30)
    expect(left()).toEqual([])
  })

  it('does not start twice on the same folder, nor forget it while it runs; ends though a process hangs', async () => {
    start()
    await printed('Ctrl-C')
    const first = child
    start()
    const [code] = await once(child, 'exit')
    expect([code, output]).toEqual([1, expect.stringContaining('It runs already')])
    expect(reset()).toEqual([1, expect.stringContaining('stop it first')])
    expect(existsSync(join(folder, 'data', 'proof-key.json'))).toBe(true)

    child = first
    const { cosmos, ...others } = pids()
    process.kill(Number(cosmos), 'SIGSTOP')
    first.kill('SIGTERM')
    await once(first, 'exit')
    const ours = [cosmos, ...Object.values(others)]
    expect(running().filter(({ pid }) => ours.includes(pid))).toEqual([])
    expect(reset()).toEqual([0, expect.stringContaining('forgotten')])
    expect(existsSync(join(folder, 'data'))).toBe(false)
  })
})
