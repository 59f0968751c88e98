import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { freePorts, isListening } from './free-ports.ts'

const root = join(import.meta.dirname, '..', '..')
const PORTS = 10
const START_SECONDS = 60
const STOP_SECONDS = 20

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'securemailmerge-smoke-')))
const groups: number[] = []

// On every way out, also when interrupted: what we started is killed, what we wrote is removed.
process.on('exit', () => {
  for (const { pid } of running()) kill(pid, 'SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))

/** What we started and still runs: by its process group, or as part of the clone. The dead that nobody collected do not run. */
function running(): { pid: number; args: string }[] {
  const all = execFileSync('ps', ['-A', '-o', 'pgid=,pid=,stat=,args='], { encoding: 'utf8' })
  return Array.from(all.matchAll(/^ *(\d+) +(\d+) +([^Z ]\S*) +(.*)$/gm))
    .filter(([, group, , , args]) => groups.includes(Number(group)) || args!.includes(folder))
    .map(([, , pid, , args]) => ({ pid: Number(pid), args: args! }))
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It ended by itself in the meantime.
  }
}

/** What a newcomer's shell has: nothing of the npm script that we run in, nothing of this checkout on the path. */
function freshEnvironment(): NodeJS.ProcessEnv {
  const ofThisRun = /^(npm_(package|lifecycle|command|execpath|node_execpath|config_local_prefix)|INIT_CWD|GIT_|NODE_)/
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !ofThisRun.test(name)))
  const path = env.PATH?.split(delimiter).filter((entry) => !entry.startsWith(join(root, 'node_modules')))
  return { ...env, PATH: path?.join(delimiter) }
}

/** Starts a command as a process group of its own; `output` gives what it has printed so far. */
function start(command: string, args: string[], env: NodeJS.ProcessEnv = {}, cwd = folder) {
  const child = spawn(command, args, {
    cwd,
    env: { ...freshEnvironment(), ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  groups.push(child.pid!)
  const chunks: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => chunks.push(String(chunk)))
  return { child, output: () => chunks.join('') }
}

async function run(command: string, ...args: string[]): Promise<void> {
  const { child, output } = start(command, args)
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${output()}`)
}

/** The links printed so far, once there are some and no more output follows. */
async function printedLinks({ child, output }: ReturnType<typeof start>): Promise<string[]> {
  let before = ''
  for (let tries = 0; tries < START_SECONDS; tries++) {
    await wait(1_000)
    const now = output()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a coloured link ends where its escape sequence begins.
    const links = now.match(/http:\/\/localhost:\d+[^\s'"<>()\u001b]*/g) ?? []
    if (child.exitCode !== null) throw new Error(`npm start ended by itself:\n${now}`)
    if (links.length > 0 && now === before) return [...new Set(links)]
    before = now
  }
  throw new Error(`npm start printed no link in ${START_SECONDS} s:\n${before}`)
}

async function answers200(link: string): Promise<void> {
  const { status } = await fetch(link, { signal: AbortSignal.timeout(10_000) })
  if (status !== 200) throw new Error(`${link} answered ${status}`)
}

/** Ctrl-C, as a terminal sends it to the whole group; afterwards nothing may run and no port may be held. */
async function stopsCleanly(child: ChildProcess, base: number): Promise<void> {
  kill(-child.pid!, 'SIGINT')
  for (let tries = 0; running().length > 0 && tries < STOP_SECONDS * 10; tries++) await wait(100)
  const left = running().map(({ args }) => args)
  if (left.length > 0) throw new Error(`after SIGINT these still run:\n${left.join('\n')}`)
  for (let port = base; port < base + PORTS; port++) {
    if (await isListening(port)) throw new Error(`after SIGINT port ${port} is still held`)
  }
}

/** The first command that the README of the clone tells a newcomer. */
function firstCommand(): string[] {
  const [, text = ''] = /```sh\n(.+)\n```/.exec(readFileSync(join(folder, 'README.md'), 'utf8')) ?? []
  return text.split(' ')
}

async function smoke(): Promise<number> {
  await run('git', 'clone', '--quiet', root, '.')
  await run('npm', 'ci', '--ignore-scripts')
  const base = await freePorts(PORTS)
  const [command = '', ...args] = firstCommand()
  const system = start(command, args, { LOCAL_PORT: String(base) })
  const links = await printedLinks(system)
  for (const link of links) await answers200(link)
  await stopsCleanly(system.child, base)
  return links.length
}

const began = performance.now()
try {
  const links = await smoke()
  console.log(`${links} links answered`)
  console.log(`smoke: ok in ${Math.round((performance.now() - began) / 1000)} s`)
} catch (error) {
  console.error(`smoke: failed. ${(error as Error).message}`)
  process.exitCode = 1
}
process.exit()
