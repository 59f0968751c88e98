import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const main = join(import.meta.dirname, '../../../../infra/local/functions-host/main.ts')

/** A host as a process of its own, and what it has printed so far. */
export class RunningHost {
  readonly #child: ChildProcess
  readonly #closed: Promise<unknown>
  stdout = ''
  stderr = ''

  constructor(from: string, env: Record<string, string>, args: string[]) {
    this.#child = spawn(process.execPath, [main, '--from', resolve(import.meta.dirname, 'fixtures', from), ...args], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#closed = once(this.#child, 'close')
    this.#child.stdout?.on('data', (chunk) => (this.stdout += chunk))
    this.#child.stderr?.on('data', (chunk) => (this.stderr += chunk))
  }

  /** What stands behind the word `ready`; rejects when the process ends before. */
  async ready(): Promise<{ port: number; functions: Record<string, unknown>[] }> {
    await this.until(() => /^ready .*\n/m.test(this.stdout) || this.#child.exitCode !== null)
    const [, json] = /^ready (.*)$/m.exec(this.stdout) ?? []
    if (!json) throw new Error(`the host did not start: ${this.stderr}`)
    return JSON.parse(json)
  }

  /** The lines that handlers logged, `ready` left out. */
  get lines(): string[] {
    return this.stdout.split('\n').filter((line) => line !== '' && !line.startsWith('ready '))
  }

  /** Waits for something the host does by itself, looking every few milliseconds. */
  async until(seen: () => boolean): Promise<void> {
    const end = performance.now() + 15_000
    while (!seen()) {
      if (performance.now() > end) throw new Error(`not seen in time; stdout: ${this.stdout} stderr: ${this.stderr}`)
      await delay(5)
    }
  }

  /** Waits for something on the error output. */
  says(words: RegExp): Promise<void> {
    return this.until(() => words.test(this.stderr))
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** The exit code, once the process has ended and all it printed is here. */
  async exit(): Promise<number | null> {
    await this.#closed
    return this.#child.exitCode
  }

  async stop(): Promise<void> {
    this.kill('SIGKILL')
    await this.exit()
  }
}

/** Starts a host of the fixture folder `from`, on any free port. */
export const runHost = (from: string, env: Record<string, string> = {}, ...args: string[]) =>
  new RunningHost(from, env, args)
