import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildService, bundleBytes, type Folders, services } from '../../../infra/tools/build.ts'

const root = join(import.meta.dirname, '..', '..', '..')
let dist = ''
const from = (...path: string[]): Folders => ({ functions: join(root, ...path), dist })
const fixtures = () => from('tests', 'infra', 'tools', 'services')

beforeAll(async () => {
  dist = await mkdtemp(join(tmpdir(), 'dist-'))
})
afterAll(() => rm(dist, { recursive: true, force: true }))

describe('the folder that is deployed', () => {
  it('holds a bundle that runs alone, and what the platform reads', async () => {
    const metafile = await buildService('clean', fixtures())

    const folder = join(dist, 'clean')
    const names = ['host.json', 'index.cjs', 'index.cjs.map', 'meta.json', 'package.json']
    expect((await readdir(folder)).sort()).toEqual(names)
    expect(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))).toMatchObject({ main: 'index.cjs' })
    expect(JSON.parse(await readFile(join(folder, 'host.json'), 'utf8'))).toMatchObject({ version: '2.0' })
    expect(Object.keys(metafile.inputs)).toEqual(expect.arrayContaining(['shared/names.json', 'shared/refusal.ts']))
    // Far from node_modules, and without the host: the library then registers nothing and says so.
    const load = `require(${JSON.stringify(join(folder, 'index.cjs'))})`
    expect(() => execFileSync(process.execPath, ['-e', load], { cwd: dist, stdio: 'pipe' })).not.toThrow()
  })

  it('is not written when a stand-in got into it', async () => {
    await expect(buildService('imports-a-stand-in', fixtures())).rejects.toThrow('infra/local/clock.ts')
    expect(existsSync(join(dist, 'imports-a-stand-in'))).toBe(false)
  })
})

/** MB of a bundle. The client of Blob Storage alone, with all it brings along, is nearly one; HTML is read and cleaned too. */
const megabytes = (service: string): number => (service === 'merge-send-queue' ? 3 : 2)

describe('every service', () => {
  it.each(services())('%s is one bundle of bounded size', async (name) => {
    const metafile = await buildService(name, from('functions'))
    expect(bundleBytes(metafile)).toBeGreaterThan(10_000)
    expect(bundleBytes(metafile)).toBeLessThanOrEqual(megabytes(name) * 1_000_000)
  })
})
