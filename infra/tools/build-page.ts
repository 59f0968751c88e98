import { join, relative } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { build, type Rolldown } from 'vite'
import { packageOf } from './sbom.ts'

/** Below this many bytes packing gains nothing. */
const WORTH_PACKING = 1_000

/** A web page as static files, by their paths, and the folders of the packages that it is made of. */
export interface BuiltPage {
  files: Map<string, Uint8Array>
  packages: string[]
}

/**
 * Builds the web page in `folder` into static files below `page/`: each as it is and, where that is worth it, packed
 * beside it as `.br` and `.gz`. Nothing is written.
 * @param root folders of packages are told from here
 */
export async function buildPage(folder: string, root: string): Promise<BuiltPage> {
  const { output } = await forPeople(() =>
    build({ configFile: join(folder, 'vite.config.ts'), build: { write: false } }),
  )
  const files = new Map<string, Uint8Array>()
  for (const one of output) {
    const contents = Buffer.from(one.type === 'asset' ? one.source : one.code)
    files.set(`page/${one.fileName}`, contents)
    if (contents.length < WORTH_PACKING) continue
    files.set(
      `page/${one.fileName}.br`,
      brotliCompressSync(contents, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
    )
    files.set(`page/${one.fileName}.gz`, gzipSync(contents, { level: 9 }))
  }
  const modules = output.flatMap((one) => (one.type === 'chunk' ? one.moduleIds : []))
  const packages = modules.flatMap((id) => packageOf(relative(root, id)) ?? [])
  return { files, packages: [...new Set(packages)] }
}

/** Whoever builds, a test among them, builds what people get: the builder looks at this variable. */
async function forPeople(begin: () => ReturnType<typeof build>): Promise<Rolldown.RolldownOutput> {
  const { NODE_ENV } = process.env
  process.env.NODE_ENV = 'production'
  try {
    return (await begin()) as Rolldown.RolldownOutput
  } finally {
    if (NODE_ENV === undefined) delete process.env.NODE_ENV
    else process.env.NODE_ENV = NODE_ENV
  }
}
