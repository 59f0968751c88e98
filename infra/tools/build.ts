import { existsSync, readdirSync } from 'node:fs'
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build, type Metafile } from 'esbuild'

const root = join(import.meta.dirname, '..', '..')

/** What must never be deployed: stand-ins, and what only they and tests use. (`rhea` is the Service Bus SDK's own.) */
const forbidden = /^infra\/local\/|(^|\/)node_modules\/(oidc-provider|azurite|@zeit\/cosmosdb-query|fastify|vitest)\//

/** Where services are read from and where their deployable folders go. */
export interface Folders {
  functions: string
  dist: string
}

const ours: Folders = { functions: join(root, 'functions'), dist: join(root, 'dist') }

/**
 * Makes `dist/<name>/`, the folder that is deployed: the bundle with its source map, `host.json` (the service's own or
 * else the common one), `package.json` and `meta.json`, which says what the bundle is made of.
 * @throws Error when something in it must not be deployed; then nothing is written
 */
export async function buildService(name: string, { functions, dist }: Folders = ours): Promise<Metafile> {
  const folder = join(dist, name)
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [join(functions, name, 'index.ts')],
    outfile: join(folder, 'index.cjs'),
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    minify: true,
    sourcemap: true,
    external: ['@azure/functions-core'],
    metafile: true,
    write: false,
    logLevel: 'warning',
  })
  const found = Object.keys(metafile.inputs).filter((path) => forbidden.test(path))
  if (found.length > 0) throw new Error(`${name} must not contain ${found.join(', ')}.`)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  for (const { path, contents } of outputFiles) await writeFile(path, contents)
  const own = join(functions, name, 'host.json')
  await copyFile(existsSync(own) ? own : join(root, 'host.json'), join(folder, 'host.json'))
  await writeFile(join(folder, 'package.json'), `{ "name": "${name}",\n  "main": "index.cjs" }\n`)
  await writeFile(join(folder, 'meta.json'), JSON.stringify(metafile))
  return metafile
}

/** The services: folders under `functions/` with an index. */
export const services = (): string[] =>
  readdirSync(ours.functions).filter((name) => existsSync(join(ours.functions, name, 'index.ts')))

/** Bytes of a service's bundle. */
export const bundleBytes = ({ outputs }: Metafile): number =>
  Object.entries(outputs).find(([path]) => path.endsWith('index.cjs'))?.[1].bytes ?? 0

if (process.argv[1] === import.meta.filename) {
  for (const name of services()) {
    const metafile = await buildService(name)
    console.log(`dist/${name}: ${Math.round(bundleBytes(metafile) / 1000)} kB`)
  }
}
