import type { IncomingMessage } from 'node:http'
import type { HttpData } from './contract.ts'

/** The headers by lower-case name; several of one name are joined as the real host joins them. */
export function headersOf({ rawHeaders }: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {}
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] as string).toLowerCase()
    const value = rawHeaders[at + 1] as string
    const earlier = headers[name]
    headers[name] = earlier === undefined ? value : `${earlier}${name === 'cookie' ? '; ' : ','}${value}`
  }
  return headers
}

/** The path of a request target, dot segments resolved; undefined when the target is none of ours (`*`, a proxy's). */
export function pathOf(target: string): string | undefined {
  if (!target.startsWith('/')) return undefined
  const end = target.indexOf('?')
  const path = end < 0 ? target : target.slice(0, end)
  return /\/(\.|%2e)/i.test(path) ? URL.parse(`http://localhost${path}`)?.pathname : path
}

const noQuery: Record<string, string> = {}

/** The query by name; names differ in more than case, and several values of one are joined, as the real host does it. */
export function queryOf(target: string): Record<string, string> {
  const start = target.indexOf('?')
  if (start < 0) return noQuery
  const names = new Map<string, string>()
  const query: Record<string, string> = {}
  for (const [name, value] of new URLSearchParams(target.slice(start))) {
    const first = names.get(name.toLowerCase())
    if (first === undefined) names.set(name.toLowerCase(), name)
    query[first ?? name] = first === undefined ? value : `${query[first]},${value}`
  }
  return query
}

/** Reads the body of `length` bytes as it is. @throws Error when the client goes away before its end */
export const bodyOf = (request: IncomingMessage, length: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.once('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length)))
    request.once('error', reject)
  })

/** What the library is given of a request. `headers` are those of `headersOf`. */
export const httpData = (
  { method = 'GET', url = '/' }: IncomingMessage,
  headers: Record<string, string>,
  params: Record<string, string>,
  body: Buffer | undefined,
): HttpData => ({
  method,
  url: `http://${headers.host}${url}`,
  headers,
  params,
  query: queryOf(url),
  body: body ? { bytes: body } : null,
})
