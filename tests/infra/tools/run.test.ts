import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'

const root = join(import.meta.dirname, '..', '..', '..')
let folder = ''
let started: ChildProcess | undefined

/** Writes each signal down, and ends at SIGTERM after a drain of its own. */
const drains = `
import { appendFileSync } from 'node:fs'
const note = (word) => appendFileSync(process.argv[2], word + '\\n')
process.on('SIGINT', () => note('SIGINT'))
process.on('SIGTERM', () => {
  note('SIGTERM')
  setTimeout(() => { note('drained'); process.exit(7) }, 300)
})
setInterval(() => {}, 1000)
note('ready')
`

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'run-'))
  await writeFile(join(folder, 'drains.mjs'), drains)
})
afterAll(() => rm(folder, { recursive: true, force: true }))
afterEach(() => {
  if (started) killGroup(started)
})

function killGroup(child: ChildProcess): void {
  try {
    process.kill(-child.pid!, 'SIGKILL')
  } catch {
    // It is gone already, as it should be.
  }
}

/** Starts the script through run.mjs as a process group of its own; `notes` is what it has written down. */
async function start(name: string) {
  const file = join(folder, `${name}.notes`)
  await writeFile(file, '')
  const args = [join(root, 'infra', 'tools', 'run.mjs'), relative(root, join(folder, 'drains.mjs')), file]
  const child = spawn(process.execPath, args, { detached: true, stdio: ['ignore', 'ignore', 'inherit'] })
  started = child
  const notes = async () => (await readFile(file, 'utf8')).trim().split('\n')
  await vi.waitFor(async () => expect(await notes()).toEqual(['ready']), { timeout: 10_000 })
  return { child, notes }
}

it('passes a signal sent to it alone on as one request to end, and the exit code back', async () => {
  const { child, notes } = await start('alone')
  child.kill('SIGINT')
  child.kill('SIGINT')
  expect(await once(child, 'exit')).toEqual([7, null])
  expect(await notes()).toEqual(['ready', 'SIGTERM', 'drained'])
})

it('lets Ctrl-C through once', async () => {
  const { child, notes } = await start('terminal')
  process.kill(-child.pid!, 'SIGINT')
  expect(await once(child, 'exit')).toEqual([7, null])
  expect((await notes()).toSorted()).toEqual(['SIGINT', 'SIGTERM', 'drained', 'ready'])
})

it('leaves nothing behind when it is killed itself', async () => {
  const { child, notes } = await start('killed')
  child.kill('SIGKILL')
  await vi.waitFor(async () => expect(await notes()).toContain('drained'), { timeout: 5_000 })
})
