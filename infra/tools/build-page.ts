import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { build, type Rolldown } from 'vite'

/** Below this many bytes packing gains nothing. */
const WORTH_PACKING = 1_000

/**
 * Builds the web page in `folder` into static files, by their paths below `page/`: each as it is and, where that is worth
 * it, packed beside it as `.br` and `.gz`. Nothing is written.
 */
export async function buildPage(folder: string): Promise<Map<string, Uint8Array>> {
  const built = await build({ configFile: join(folder, 'vite.config.ts'), build: { write: false } })
  const { output } = built as Rolldown.RolldownOutput
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
  return files
}
