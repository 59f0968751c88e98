import { described, type HostedFunction } from './hosted.ts'
import type { Reply } from './http-reply.ts'
import type { Timers } from './timers.ts'

/** Answers a request whose path begins with `/admin/`. */
export type Admin = (method: string, path: string, headers: Record<string, string>) => Reply

/**
 * The part of the real host's admin API that the local page needs, without its key:
 * `GET /admin/functions` lists, `POST /admin/functions/{name}` fires a timer by hand.
 */
export const adminOf =
  (functions: HostedFunction[], timers: Timers): Admin =>
  (method, path, headers) => {
    if (path === '/admin/functions' && method === 'GET') return json(200, functions.map(described))
    const name = /^\/admin\/functions\/([^/]+)$/.exec(path)?.[1]
    const target = functions.find((one) => one.name.toLowerCase() === name?.toLowerCase())
    if (!target || method !== 'POST') return json(404, { error: 'The local Functions host knows nothing there.' })
    if (target.trigger !== 'timer') return json(501, { error: `${target.name} is no timer: only timers are fired.` })
    // The real host insists too; and no page of another origin can send this type without being allowed to.
    if (!/^application\/json\b/i.test(headers['content-type'] ?? ''))
      return json(415, { error: 'Content-Type must be application/json.' })
    timers.fire(target.name)
    return { status: 202, headers: { 'content-length': 0 } }
  }

const json = (status: number, body: unknown): Reply => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})
