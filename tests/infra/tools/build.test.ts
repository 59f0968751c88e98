import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildService, bundleBytes, type Folders, services } from '../../../infra/tools/build.ts'
import { versionFrom } from '../../../infra/tools/build-version.ts'
import manifest from '../../../package.json' with { type: 'json' }

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
    const names = ['SHA256SUMS', 'host.json', 'index.cjs', 'index.cjs.map', 'meta.json', 'package.json', 'sbom.json']
    expect((await readdir(folder)).sort()).toEqual(names)
    expect(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))).toMatchObject({ main: 'index.cjs' })
    expect(JSON.parse(await readFile(join(folder, 'host.json'), 'utf8'))).toMatchObject({ version: '2.0' })
    expect(Object.keys(metafile.inputs)).toEqual(expect.arrayContaining(['shared/names.json', 'shared/refusal.ts']))
    // Far from node_modules, and without the host: the library then registers nothing and says so.
    const load = `require(${JSON.stringify(join(folder, 'index.cjs'))})`
    expect(() => execFileSync(process.execPath, ['-e', load], { cwd: dist, stdio: 'pipe' })).not.toThrow()
  })

  it.each([
    ['imports-a-stand-in', 'infra/local/clock.ts'],
    ['imports-a-test', 'tests/builders.ts'],
    ['imports-another-service', 'tests/infra/tools/services/clean/index.ts'],
    ['imports-a-dev-package', 'node_modules/mustache/'],
  ])('is not written when it %s', async (name, file) => {
    await expect(buildService(name, fixtures())).rejects.toThrow(`${name} must not contain ${file}`)
    expect(existsSync(join(dist, name))).toBe(false)
  })
})

const built = (name: string, file: string) => readFileSync(join(dist, name, file), 'utf8')
const runs = (name: string) => spawnSync(process.execPath, [join(dist, name, 'index.cjs')], { encoding: 'utf8' }).stdout

describe('the version of a build', () => {
  it('is what the bundle says of itself: in a line of its log, in its bill of materials', async () => {
    await buildService('says-a-line', fixtures(), 'v1.2')
    expect(JSON.parse(runs('says-a-line'))).toEqual({ event: 'looked_up', code: 'free', version: 'v1.2' })
    expect(JSON.parse(built('says-a-line', 'sbom.json')).metadata.component).toMatchObject({
      name: 'says-a-line',
      version: 'v1.2',
    })
    await buildService('says-a-line', fixtures())
    expect(JSON.parse(runs('says-a-line'))).toMatchObject({ version: 'dev' })
  })

  it('is told, else the tag, else the day and the commit, and says when something was changed since', () => {
    const folder = join(dist, 'history')
    mkdirSync(folder)
    // No settings of whoever runs this; a repository above this folder is not asked either.
    const env = {
      PATH: process.env.PATH,
      HOME: folder,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_COMMITTER_DATE: '2027-03-01T12:00:00Z',
    }
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.example', ...args], { cwd: folder, env })
    expect(versionFrom('v1.2', folder)).toBe('v1.2')
    expect(versionFrom('', folder)).toBe('dev')
    git('init', '--quiet')
    git('commit', '--quiet', '--allow-empty', '--message', 'first')
    expect(versionFrom(undefined, folder)).toMatch(/^2027-03-01-[0-9a-f]{7,}$/)
    git('tag', 'v7')
    expect(versionFrom(undefined, folder)).toBe('v7')
    writeFileSync(join(folder, 'new'), '')
    git('add', 'new')
    expect(versionFrom(undefined, folder)).toBe('v7-dirty')
  })

  it.each(['a b', 'v1/2', '$(date)', '-v', 'v'.repeat(41)])('is a name everywhere, so never %s', (told) => {
    expect(() => versionFrom(told)).toThrow('is no version')
  })
})

describe('the bill of materials', () => {
  interface Component {
    name: string
    version: string
    purl: string
    licenses: unknown[]
  }
  const bill = (name: string) => JSON.parse(built(name, 'sbom.json'))

  it.each(services())('of %s names every package of which a byte is in the bundle, with its licence', async (name) => {
    await buildService(name, from('functions'), 'v1.2')
    const { components, metadata, ...head } = bill(name) as { components: Component[]; metadata: never }
    expect(head).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6' })
    // What the source map says is in the bundle, for it asks nobody of whom the bill is made.
    const sources = (JSON.parse(built(name, 'index.cjs.map')) as { sources: string[] }).sources
    const packages = sources.flatMap((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? [])
    // These two come with source maps of their own, which name their sources otherwise.
    const mapped = ['@azure/functions', '@azure/functions-extensions-base']
    const bundled = new Set([...packages, ...mapped])
    const names = new Set(components.map((one) => one.name))
    expect([...bundled].filter((one) => !names.has(one))).toEqual([])
    const beside = new Set([...names].filter((one) => !bundled.has(one)))
    // Only the page is made of others, and never of what builds or tests it.
    expect(beside.has('react-dom')).toBe(name === 'licence-portal')
    if (!beside.has('react-dom')) expect(beside).toEqual(new Set())
    expect([...beside].filter((one) => /^(axe-core|playwright|vite|@vitejs|@types)/.test(one))).toEqual([])
    for (const one of components) {
      expect(one.purl).toBe(`pkg:npm/${one.name.replace('@', '%40')}@${one.version}`)
      expect(one.licenses, one.name).toHaveLength(1)
    }
    const order = components.map(({ name: one, version }) => `${one}@${version}`)
    expect(order).toEqual([...new Set(order)].sort())
    // A stand-in, or what only stand-ins and tests use.
    expect(order.filter((one) => /^(@securemailmerge|azurite|fastify|vitest|oidc-provider|@zeit)/.test(one))).toEqual(
      [],
    )
    const hash = createHash('sha256')
      .update(readFileSync(join(dist, name, 'index.cjs')))
      .digest('hex')
    expect(metadata).toMatchObject({ component: { hashes: [{ alg: 'SHA-256', content: hash }] } })
  })
})

describe('the hashes', () => {
  it('are those of all files, and the same for the same sources and version, wherever they are built', async () => {
    await buildService('clean', fixtures(), 'v1.2')
    const first = built('clean', 'SHA256SUMS')
    const listed = first
      .trim()
      .split('\n')
      .map((line) => line.split('  '))
    expect(listed.map(([, file]) => file)).toEqual(
      readdirSync(join(dist, 'clean'))
        .filter((file) => file !== 'SHA256SUMS')
        .sort(),
    )
    for (const [hash, file = ''] of listed) {
      expect(createHash('sha256').update(built('clean', file)).digest('hex'), file).toBe(hash)
    }
    await buildService('clean', fixtures(), 'v1.2')
    expect(built('clean', 'SHA256SUMS')).toBe(first)
    const elsewhere = join(dist, 'some', 'where', 'else')
    await buildService('clean', { ...fixtures(), dist: elsewhere }, 'v1.2')
    expect(readFileSync(join(elsewhere, 'clean', 'index.cjs'), 'utf8')).toBe(built('clean', 'index.cjs'))
    expect(readFileSync(join(elsewhere, 'clean', 'sbom.json'), 'utf8')).toBe(built('clean', 'sbom.json'))
    await buildService('clean', fixtures(), 'v1.3')
    expect(built('clean', 'SHA256SUMS')).not.toBe(first)
  })
})

/** MB of a bundle. The client of Blob Storage alone, with all it brings along, is nearly one; HTML is read and cleaned too. */
const megabytes = (service: string): number => (service === 'merge-send-queue' ? 3 : 2)

/** Folders of the packages that production needs: all that package.json leads to through the lock. */
function neededPackages(): Set<string> {
  const needed = new Set<string>()
  type Needs = { dependencies?: object; optionalDependencies?: object }
  const { packages }: { packages: Record<string, Needs> } = JSON.parse(
    readFileSync(join(root, 'package-lock.json'), 'utf8'),
  )
  const follow = (folder: string, from: Needs | undefined = packages[folder]) => {
    const names = Object.keys({ ...from?.dependencies, ...from?.optionalDependencies })
    for (const name of names) {
      // The nearest one, as Node finds it.
      const parts = folder.split('/node_modules/')
      const places = parts.map((_, at) => [...parts.slice(0, parts.length - at), name].join('/node_modules/'))
      const found = [...places, `node_modules/${name}`].find((place) => place in packages)
      if (found === undefined || needed.has(found)) continue
      needed.add(found)
      follow(found)
    }
  }
  follow('', { dependencies: manifest.dependencies })
  return needed
}

describe.each(services())('%s', (name) => {
  let metafile: Awaited<ReturnType<typeof buildService>>
  beforeAll(async () => {
    metafile = await buildService(name, from('functions'))
  }, 120_000)

  it('is one bundle of bounded size', () => {
    expect(bundleBytes(metafile)).toBeGreaterThan(10_000)
    expect(bundleBytes(metafile)).toBeLessThanOrEqual(megabytes(name) * 1_000_000)
  })

  it('F02 is its own code, what services share, and packages that they need: no stand-in, no test, no other service', () => {
    // What the source map says is in the bundle, for it asks nobody of what the build refuses.
    const { sources } = JSON.parse(built(name, 'index.cjs.map')) as { sources: string[] }
    // Some packages come with source maps of their own, which name their sources otherwise.
    const ours = sources.filter((path) => !path.startsWith('webpack:'))
    const paths = ours.map((path) => relative(root, resolve(dist, name, path)))
    const own = paths.filter((path) => !path.includes('node_modules/'))
    expect(own).toEqual(expect.arrayContaining([`functions/${name}/index.ts`, 'shared/config.ts']))
    const isItsOwn = (path: string) => path.startsWith(`functions/${name}/`) || path.startsWith('shared/')
    expect(own.filter((path) => !isItsOwn(path) && path !== 'local.settings.sample.json')).toEqual([])
    const folders = paths.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0] ?? [])
    const needed = neededPackages()
    expect(new Set(folders).size).toBeGreaterThan(3)
    expect([...new Set(folders)].filter((folder) => !needed.has(folder))).toEqual([])
  })
})
