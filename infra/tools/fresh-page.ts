import { existsSync, readdirSync, statSync } from 'node:fs'
import { mkdir, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')
const source = join(root, 'functions', 'licence-portal', 'page')
/** What the page is built from: its own folder, and what it takes from the services. */
const sources = [source, join(root, 'shared')]
const service = join(root, 'dist', 'licence-portal')

/**
 * Builds the web page into `dist/licence-portal/page`, where services that run from their sources look for it, unless what
 * lies there is as new as its sources. Answers whether it was built.
 * @throws Error of the build; then what was there stays
 */
export async function freshPage(): Promise<boolean> {
  const built = join(service, 'page')
  const index = join(built, 'index.html')
  if (existsSync(index) && statSync(index).mtimeMs > newestOf(sources)) return false
  // Only now: whoever has a page need not wait for the builder to load.
  const { buildPage } = await import('./build-page.ts')
  const began = new Date()
  const { files } = await buildPage(source, root)
  const aside = join(service, `page-${process.pid}`)
  for (const [name, contents] of files) {
    const file = join(aside, name)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, contents)
  }
  // As old as what was read: a source that is written meanwhile is newer.
  await utimes(join(aside, 'page', 'index.html'), began, began)
  await rm(built, { recursive: true, force: true })
  await rename(join(aside, 'page'), built)
  await rm(aside, { recursive: true, force: true })
  return true
}

/** When the newest file of the folders was written, in ms. */
function newestOf(folders: string[]): number {
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  )
  return Math.max(...files)
}
