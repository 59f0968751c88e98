import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { hash } from '@securemailmerge/shared/hash'

/** A file of the page, as it is and packed. */
export interface PageFile {
  type: string
  /** Changes with its contents. */
  tag: string
  /** Whether its name changes with its contents, so that it may be kept for ever. */
  isLasting: boolean
  body: Uint8Array
  packed: Partial<Record<'br' | 'gzip', Uint8Array>>
}

/** The files of the page by their path, which begins with `/`. */
export type PageFiles = ReadonlyMap<string, PageFile>

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8',
}

/**
 * Reads the built page, once: what is asked for later is looked up by its name, so that no request can name another file.
 * Beside a file may lie the same packed, as `.br` and `.gz`. What has no type of ours is left out, and no page is no file.
 */
export function pageFiles(folder: string): PageFiles {
  if (!existsSync(folder)) return new Map()
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length).replaceAll('\\', '/'))
  const read = (name: string) => (names.includes(name) ? readFileSync(join(folder, name)) : undefined)
  const entries = names.flatMap((name): [string, PageFile][] => {
    const [type, body] = [types[extname(name)], read(name)]
    if (type === undefined || body === undefined) return []
    const [br, gzip] = [read(`${name}.br`), read(`${name}.gz`)]
    const packed = { ...(br ? { br } : {}), ...(gzip ? { gzip } : {}) }
    const tag = hash(body.toString('base64')).slice(0, 22)
    return [[name, { type, tag, isLasting: name.startsWith('/assets/'), body, packed }]]
  })
  return new Map(entries)
}
