import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { stripVTControlCharacters } from 'node:util'

/** Scripts of package.json that look at the sources without running them: those that are named, else all. */
const named = process.argv.slice(2)
const checks = named.length > 0 ? named : ['lint', 'typecheck', 'check:infra']

/** Runs one and prints a line about it, with its output below when it failed. */
async function passes(script: string): Promise<boolean> {
  const started = performance.now()
  const child = spawn('npm', ['run', '--silent', script], { stdio: ['ignore', 'pipe', 'pipe'] })
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve))
  const output = (await Promise.all([text(child.stdout), text(child.stderr)])).join('')
  const ok = (await exit) === 0
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${script} (${((performance.now() - started) / 1000).toFixed(1)} s)`)
  if (!ok) console.log(process.stdout.isTTY ? output : stripVTControlCharacters(output))
  return ok
}

const results = await Promise.all(checks.map(passes))
process.exitCode = results.every(Boolean) ? 0 : 1
