import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { stripTypeScriptTypes } from 'node:module'
import { extname, join } from 'node:path'

const typeOf: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.ts': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
}

/**
 * Serves files of a folder, read now, under their names. TypeScript is served without its types, as the browser wants
 * it. The function says whether it has answered.
 */
export function assets(folder: string, names: string[]): (name: string, response: ServerResponse) => boolean {
  const files = new Map(names.map((name) => [name, read(join(folder, name))]))
  return (name, response) => {
    const body = files.get(name)
    if (body === undefined) return false
    const headers = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' }
    response.writeHead(200, { 'Content-Type': typeOf[extname(name)], ...headers }).end(body)
    return true
  }
}

function read(path: string): string {
  const text = readFileSync(path, 'utf8')
  return extname(path) === '.ts' ? stripTypeScriptTypes(text) : text
}
