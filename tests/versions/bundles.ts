import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { bundling, services } from '../../infra/tools/build.ts'

const functions = join(import.meta.dirname, '..', '..', 'functions')

/** Makes a bundle of each service in `folder`, which a host can run from; with a plugin, of something else than today's. */
export async function bundleAll(folder: string, version: string, plugins: Plugin[] = []): Promise<void> {
  const bundle = (name: string) => {
    const usual = bundling(join(functions, name, 'index.ts'), join(folder, name, 'index.cjs'), version)
    return build({ ...usual, minify: false, sourcemap: false, write: true, plugins })
  }
  await Promise.all(services().map(bundle))
}
