import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'

/** What a process says of itself when it is ready: its port, and whatever else others need to reach it. */
export interface Ready {
  port: number
  [detail: string]: unknown
}

/** How to start one process; asked again at each start, with what the process said when it was last ready. */
export interface Launch {
  script: string
  args(last: Ready | undefined): string[]
  nodeArgs?: string[]
  /** Beside the environment of the supervisor. */
  env?(): Record<string, string>
}

/** A port that the system needs is used by something else; the message is for people. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken'
  constructor(port: number | string) {
    super(typeof port === 'string' ? port : `port ${port} is taken: stop what uses it or set LOCAL_PORT`)
  }
}

const startMs = 30_000
const graceMs = 4_000
const keptLines = 10_000
const shownOnFailure = 20
const preload = join(import.meta.dirname, 'child.ts')
/** Halves what a start costs: Node keeps there what it compiled. */
const compiled = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'node-compile')

/** One process of the system, which can be killed and started again on its own. It keeps its port for life. */
export class Supervised {
  readonly name: string
  readonly #launch: Launch
  readonly #onLine: (line: string) => void
  /** What it wrote: both outputs, over all its lives, the newest 10,000 lines. */
  readonly lines: string[] = []
  ready: Ready | undefined
  #child: ChildProcess | undefined
  #isReady = false
  #restarts = 0
  #said: string[] = []
  #gone: Promise<void> = Promise.resolve()
  #turn: Promise<unknown> = Promise.resolve()
  #waiting: Promise<Ready> | undefined
  #closed = false

  constructor(name: string, launch: Launch, onLine: (line: string) => void) {
    this.name = name
    this.#launch = launch
    this.#onLine = onLine
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  get state(): 'starting' | 'running' | 'stopped' {
    if (this.#restarts > 0) return 'starting'
    return this.#isReady ? 'running' : 'stopped'
  }

  /** Waits at most `ms` for a start that is under way; says whether it runs. */
  async isRunning(ms: number): Promise<boolean> {
    const patience = delay(ms, undefined, { ref: false })
    if (this.state === 'starting') await Promise.race([this.#turn, patience])
    return this.state === 'running'
  }

  /**
   * Starts it, or starts it anew when it runs; restarts that wait for their turn become one.
   * @throws PortTaken; Error with the last lines it wrote when it ends, or takes 30 s, before it is ready
   */
  restart(): Promise<Ready> {
    if (this.#waiting !== undefined) return this.#waiting
    this.#restarts += 1
    this.#waiting = this.#inTurn(async () => {
      this.#waiting = undefined
      await this.#end()
      return this.#start()
    }).finally(() => {
      this.#restarts -= 1
    })
    return this.#waiting
  }

  /** Sends a signal and waits until the process is gone. It stays down until `restart`. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#child?.kill(signal)
    await this.#gone
  }

  /** Ends it for good: politely, and after 4 s not. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#end()
  }

  /** The same without waiting, for a supervisor that is about to exit. */
  cut(): void {
    this.#closed = true
    this.#child?.kill('SIGKILL')
  }

  async #end(): Promise<void> {
    const child = this.#child
    child?.kill('SIGTERM')
    const impatient = setTimeout(() => child?.kill('SIGKILL'), graceMs)
    await this.#gone
    clearTimeout(impatient)
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(act)
    this.#turn = done.catch(() => undefined)
    return done
  }

  async #start(): Promise<Ready> {
    if (this.#closed) throw new Error(`${this.name} was closed`)
    const { script, args, nodeArgs = [], env } = this.#launch
    // A group of its own: Ctrl-C must reach the supervisor alone, which ends the others in order.
    const child = spawn(process.execPath, [...nodeArgs, '--import', preload, script, ...args(this.ready)], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { NODE_COMPILE_CACHE: compiled, ...process.env, ...env?.(), NODE_NO_WARNINGS: '1' },
    })
    this.#child = child
    this.#said = []
    this.#gone = new Promise((resolve) => child.once('close', resolve)).then(() => {
      this.#child = undefined
      this.#isReady = false
    })
    const slow = setTimeout(() => child.kill('SIGKILL'), startMs)
    try {
      this.ready = await Promise.race([this.#readiness(child), this.#gone.then(() => this.#failure(child))])
      this.#isReady = true
      return this.ready
    } finally {
      clearTimeout(slow)
    }
  }

  /** Reads both outputs for as long as the process lives; resolves at its line `ready {…}`. */
  #readiness(child: ChildProcess): Promise<Ready> {
    return new Promise((resolve) => {
      for (const output of [child.stdout, child.stderr]) {
        createInterface({ input: output! }).on('line', (line) => {
          if (line.startsWith('ready {')) resolve(JSON.parse(line.slice('ready '.length)) as Ready)
          else this.#heard(line)
        })
      }
    })
  }

  #heard(line: string): void {
    this.lines.push(line)
    if (!this.#isReady) this.#said.push(line)
    if (this.lines.length > keptLines) this.lines.shift()
    this.#onLine(line)
  }

  #failure(child: ChildProcess): never {
    const said = this.#said.slice(-shownOnFailure).join('\n')
    if (child.exitCode === 3) throw new PortTaken(said)
    const how = child.signalCode ?? `code ${child.exitCode}`
    throw new Error(`${this.name} ended (${how}) before it was ready${said && `:\n${said}`}`)
  }
}
