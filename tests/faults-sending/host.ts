import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const root = join(import.meta.dirname, '..', '..')
const script = join(root, 'infra', 'local', 'functions-host', 'main.ts')
const endWithParent = join(root, 'infra', 'tools', 'end-with-parent.mjs')
const LINES_KEPT = 200
/** What a host is compiled to is kept by the first one that ends in peace: the many others start in half the time. */
const compiled = mkdtempSync(join(tmpdir(), 'smm-compiled-'))
process.once('exit', () => rmSync(compiled, { recursive: true, force: true }))
let isCompiled = false

/** One host with the bundled merge-send-queue, in a process of its own, which can be killed. */
export class Host {
  readonly clockFile: string
  /** By this name of our machine it calls the stand-ins: so they know who asks. */
  readonly calls: string
  readonly #env: Record<string, string>
  #child: ChildProcess | undefined
  #isUp = false
  #ending: 'SIGKILL' | 'SIGTERM' | undefined
  /** Ends that nobody had asked for. */
  readonly ownEnds: string[] = []
  /** The last lines that it has written. */
  readonly lines: string[] = []

  constructor(env: Record<string, string>, clockFile: string, calls: string) {
    const named = Object.entries(env).map(([name, value]) => [
      name,
      value.replace('http://127.0.0.1:', `http://${calls}:`),
    ])
    this.#env = { ...Object.fromEntries(named), CLOCK_FILE: clockFile }
    this.clockFile = clockFile
    this.calls = calls
  }

  /** Whether it serves. */
  get isUp(): boolean {
    return this.#isUp
  }

  /** Whether it serves, is about to, or is ending what it has in hand. */
  get isRunning(): boolean {
    return this.#child !== undefined && this.#ending !== 'SIGKILL'
  }

  /** Starts it for the first time of all. */
  async startFirst(): Promise<void> {
    if (!isCompiled) {
      await this.start()
      const child = this.#child
      if (this.stop() && child) await once(child, 'exit')
      isCompiled = true
    }
    await this.start()
  }

  /** Resolves when it says that it is ready; at once when it was killed before. */
  async start(): Promise<void> {
    const args = ['--disable-warning=ExperimentalWarning', `--import=${endWithParent}`, script, '--from', 'dist']
    const child = spawn(process.execPath, [...args, '--only', 'merge-send-queue'], {
      cwd: root,
      env: { ...process.env, ...this.#env, NODE_COMPILE_CACHE: compiled },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    this.#ending = undefined
    child.once('exit', (code, signal) => this.#ended(child, `${signal ?? code}`))
    const lines = createInterface({ input: child.stdout })
    lines.on('line', (line) => this.#keep(line))
    createInterface({ input: child.stderr }).on('line', (line) => this.#keep(line))
    const [line] = await Promise.race([once(lines, 'line'), once(child, 'exit')])
    if (String(line).startsWith('ready') && this.#child === child) this.#isUp = true
  }

  /** kill -9, at once. False when there was nothing to kill. */
  kill(): boolean {
    return this.#end('SIGKILL')
  }

  /** It stands still, with everything it has in hand, until it is thawed. */
  freeze(): void {
    if (this.#isUp) this.#child?.kill('SIGSTOP')
  }

  thaw(): void {
    this.#child?.kill('SIGCONT')
  }

  /** Asks it to end: it claims no more, and what is under way ends first. */
  stop(): boolean {
    return this.#isUp && this.#end('SIGTERM')
  }

  #end(signal: 'SIGKILL' | 'SIGTERM'): boolean {
    if (!this.#child || this.#ending === 'SIGKILL') return false
    this.#ending = signal
    this.#isUp = false
    return this.#child.kill(signal)
  }

  #ended(child: ChildProcess, how: string): void {
    if (this.#child !== child) return
    if (!this.#ending) this.ownEnds.push(`${how}: ${this.lines.at(-1)}`)
    this.#isUp = false
    this.#child = undefined
  }

  #keep(line: string): void {
    if (process.env.FAULTS_LOG) console.error(line)
    this.lines.push(line)
    if (this.lines.length > LINES_KEPT) this.lines.shift()
  }
}
