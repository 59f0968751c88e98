import { createHash } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { type BuildOptions, build, type Metafile, type OutputFile } from 'esbuild'
import { type BuiltPage, buildPage } from './build-page.ts'
import { versionFrom } from './build-version.ts'
import { foreignIn } from './bundle-contents.ts'
import { bill, packagesIn } from './sbom.ts'

const root = join(import.meta.dirname, '..', '..')

/** Where services are read from and where their deployable folders go. */
export interface Folders {
  functions: string
  dist: string
}

const ours: Folders = { functions: join(root, 'functions'), dist: join(root, 'dist') }

const sha256 = (contents: Uint8Array | string): string => createHash('sha256').update(contents).digest('hex')

/** How a service becomes one file: from its entry, to a place, knowing its version. Nothing is written yet. */
export const bundling = (entry: string, outfile: string, version: string) =>
  ({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    minify: true,
    sourcemap: true,
    // The host brings the first along; the second colours a terminal, where a tool of ours has happened to install it.
    external: ['@azure/functions-core', 'supports-color'],
    // Files that lie beside a bundle are found from there.
    define: { BUILT_VERSION: JSON.stringify(version), 'import.meta.dirname': '__dirname' },
    metafile: true,
    write: false,
    logLevel: 'warning',
  }) satisfies BuildOptions

/**
 * Makes `dist/<name>/`, the folder that is deployed: the bundle, which knows its version, with its source map, `host.json`
 * (the service's own or else the common one) and `package.json`; `meta.json` and `sbom.json`, which say what the bundle
 * is made of; the web page below `page/`, where it has one; and `SHA256SUMS` of all of them. The same sources and version give the same folder.
 * @throws Error when something in it must not be deployed; then nothing is written
 */
export async function buildService(
  name: string,
  { functions, dist }: Folders = ours,
  version = 'dev',
): Promise<Metafile> {
  const folder = join(dist, name)
  const { metafile, outputFiles } = await build(
    bundling(join(functions, name, 'index.ts'), join(folder, 'index.cjs'), version),
  )
  const found = foreignIn(Object.keys(metafile.inputs), relative(root, join(functions, name)), root)
  if (found.length > 0) throw new Error(`${name} must not contain ${found.join(', ')}.`)
  const own = join(functions, name, 'host.json')
  const host = await readFile(existsSync(own) ? own : join(root, 'host.json'))
  const source = join(functions, name, 'page')
  const page = existsSync(source) ? await buildPage(source, root) : { files: new Map(), packages: [] }
  await rm(folder, { recursive: true, force: true })
  for (const [file, contents] of filesOf({ name, version, metafile, bundle: outputFiles, host, page })) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), contents)
  }
  return metafile
}

interface Built {
  name: string
  version: string
  metafile: Metafile
  bundle: OutputFile[]
  host: Uint8Array
  page: BuiltPage
}

/** What the folder holds, by name. */
function filesOf({ name, version, metafile, bundle, host, page }: Built): Map<string, Uint8Array | string> {
  const bundled = bundle.map(({ path, contents }): [string, Uint8Array] => [basename(path), contents])
  const files = new Map<string, Uint8Array | string>([...bundled, ...page.files])
  const packages = [...new Set([...packagesIn(metafile), ...page.packages])]
  const materials = bill(name, version, sha256(files.get('index.cjs') ?? ''), packages, root)
  files.set('host.json', host)
  files.set('package.json', `{ "name": "${name}",\n  "main": "index.cjs" }\n`)
  files.set('meta.json', JSON.stringify(metafile))
  files.set('sbom.json', `${JSON.stringify(materials, null, 2)}\n`)
  const sums = [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([file, text]) => `${sha256(text)}  ${file}\n`)
  return files.set('SHA256SUMS', sums.join(''))
}

/** The services: folders under `functions/` with an index. */
export const services = (): string[] =>
  readdirSync(ours.functions).filter((name) => existsSync(join(ours.functions, name, 'index.ts')))

/** Bytes of a service's bundle. */
export const bundleBytes = ({ outputs }: Metafile): number =>
  Object.entries(outputs).find(([path]) => path.endsWith('index.cjs'))?.[1].bytes ?? 0

if (process.argv[1] === import.meta.filename) {
  const version = versionFrom(process.argv[2] ?? process.env.BUILD_VERSION)
  console.log(`version ${version}`)
  for (const name of services()) {
    const metafile = await buildService(name, ours, version)
    console.log(`dist/${name}: ${Math.round(bundleBytes(metafile) / 1000)} kB`)
  }
}
