import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const script = join(import.meta.dirname, '..', '..', '..', 'infra', 'tools', 'test.ts')
let folder = ''

const files = {
  'good.test.js': "it('holds', () => {})\nit('holds too', () => {})",
  'skipping.test.js': "it('holds', () => {})\nit.skip('later', () => {})",
  'failing.test.js': "it('holds', () => {})\nit('does not', () => expect(1).toBe(2))",
  'hook.test.js': "beforeAll(() => { throw new Error('no') })\nit('never runs', () => {})",
  'broken.test.js': "import './missing.js'\nit('never runs', () => {})",
  'unhandled.test.js':
    "it('holds', async () => { Promise.reject(new Error('lost')); await new Promise(r => setTimeout(r, 20)) })",
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'test-script-'))
  for (const [name, source] of Object.entries(files)) await writeFile(join(folder, name), source)
  const config = { test: { globals: true, maxWorkers: 1, projects: ['unit', 'other'].map(project) } }
  await writeFile(join(folder, 'vitest.config.mjs'), `export default ${JSON.stringify(config)}`)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const project = (name: string) => ({
  extends: true,
  test: { name, include: name === 'unit' ? ['*.test.js'] : ['good.test.js'] },
})

/** Runs the script on the fixture: how it ends, and the last of its lines. */
function outcome(projects: string[], ...filters: string[]): Promise<{ code: unknown; last: string | undefined }> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(VITEST|NODE_ENV|TEST)/.test(name)))
  const args = [script, ...projects, '--', '--root', folder, '--config', join(folder, 'vitest.config.mjs'), ...filters]
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env }, (error, stdout) => {
      resolve({ code: error?.code ?? 0, last: stdout.trimEnd().split('\n').at(-1) })
    })
  })
}

describe.concurrent('npm test says what came out in its last line', () => {
  it.each([
    ['passed', ['unit'], ['good'], { code: 0, last: '2 passed, 0 failed' }],
    ['skipped', ['unit'], ['skipping'], { code: 0, last: '1 passed, 0 failed, 1 skipped' }],
    ['failed', ['unit'], ['good', 'failing'], { code: 1, last: '3 passed, 1 failed' }],
    ['a failing hook', ['unit'], ['good', 'hook'], { code: 1, last: '2 passed, 1 failed, 1 skipped' }],
    ['a file that cannot be loaded', ['unit'], ['good', 'broken'], { code: 1, last: '2 passed, 1 failed' }],
    ['an error outside the tests', ['unit'], ['unhandled'], { code: 1, last: '1 passed, 1 failed' }],
    ['no test at all', ['unit'], ['nowhere'], { code: 1, last: '0 passed, 0 failed' }],
    ['every project unless told', [], ['good'], { code: 0, last: '4 passed, 0 failed' }],
    ['an unknown project beside a known one', ['unit', 'unti'], ['good'], { code: 1, last: '2 passed, 1 failed' }],
  ])('%s', async (_, projects, filters, expected) => {
    expect(await outcome(projects, ...filters)).toEqual(expected)
  })
})
