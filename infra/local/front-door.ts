import { Agent, type IncomingMessage, type ServerResponse, request as send } from 'node:http'
import names from '@securemailmerge/shared/names.json' with { type: 'json' }
import { say } from './http-frame.ts'
import type { Supervised } from './supervised.ts'

const waitMs = 5_000
const services = Object.entries(names.services)
const prefixes = services.flatMap(([service, { routes }]) => routes.map((prefix) => ({ service, prefix })))
const retryLater = { 'Retry-After': '1' }
const agent = new Agent({ keepAlive: true })

/** Where Front Door would send a path: the longest prefix of shared/names.json wins, and the page has all else. */
export const serviceOf = (path: string): string => ownerOf(path) ?? names.page.service

/** Whose path it is by its prefix; undefined for what the page answers, or nobody. */
function ownerOf(path: string): string | undefined {
  const watched = services.find(([service]) => path === `/api/${service}/health` || path === `/api/${service}/ready`)
  if (watched) return watched[0]
  const fitting = prefixes.filter(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`))
  return fitting.sort((a, b) => b.prefix.length - a.prefix.length)[0]?.service
}

/** The request target that the service is asked for: Front Door rewrites some prefixes, and what belongs to nobody else. */
export function rewritten(target: string): string {
  const rules = ownerOf(pathOf(target)) ? names.rewrites : { '/': names.page.below }
  const rule = Object.entries(rules).find(([from]) => target.startsWith(from))
  return rule ? rule[1] + target.slice(rule[0].length) : target
}

/**
 * Passes a request on to the Functions host and its answer back, both as they are but for `X-Forwarded-Host` and
 * `X-Forwarded-Proto`. While the host starts, a request waits for it up to 5 s; without it the answer is 503. A path that
 * climbs is refused, as by the firewall of Front Door: it would reach what is the host's.
 */
export async function passOn(host: Supervised, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (/\/(\.|%2e){1,2}(\/|$)/i.test(pathOf(request.url ?? '/'))) return say(response, 403, 'No path climbs.')
  if (!(await host.isRunning(waitMs))) return say(response, 503, 'The Functions host does not run.', retryLater)
  const forwarded = ['X-Forwarded-Host', request.headers.host ?? '', 'X-Forwarded-Proto', 'http']
  const onward = send({
    host: '127.0.0.1',
    port: host.ready?.port,
    method: request.method,
    path: rewritten(request.url ?? '/'),
    headers: [...passedOn(request.rawHeaders), ...forwarded],
    agent,
  })
  onward.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, passedOn(answer.rawHeaders))
    answer.on('error', () => response.destroy())
    answer.pipe(response)
  })
  onward.on('error', () => {
    if (response.headersSent) response.destroy()
    else say(response, 502, 'The Functions host went away before it answered.', retryLater)
  })
  response.on('close', () => {
    if (!response.writableFinished) onward.destroy()
  })
  request.pipe(onward)
}

const pathOf = (target: string): string => target.split('?', 1)[0] as string

/** Raw headers without those that concern one connection only. */
function passedOn(raw: string[]): string[] {
  const own = /^(connection|keep-alive|proxy-connection|transfer-encoding|upgrade|x-forwarded-(host|proto))$/i
  return raw.flatMap((name, at) => (at % 2 === 0 && !own.test(name) ? [name, raw[at + 1] ?? ''] : []))
}
