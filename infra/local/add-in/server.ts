import { join } from 'node:path'
import { assets } from '../assets.ts'
import { pageHeaders } from '../html.ts'
import { type Handler, say } from '../http-frame.ts'
import { pageLanguage } from '../language.ts'
import type { System } from '../system.ts'
import { mailFrame } from './mail-frame.ts'
import { addInPage } from './page.ts'

const scripts = [
  ...['add-in.js', 'page-parts.js', 'wire.js', 'signing-in.js', 'client.ts', 'proof.ts', 'sign-in.ts'],
  ...['sending.js', 'asking.js', 'campaign-client.ts', 'campaign.js', 'list.ts'],
  ...['checked.js', 'preflight.js', 'progress.js', 'unknown.js', 'failed.js', 'rows.js'],
]

/** Serves the add-in page and its scripts: nothing else, the page asks the services itself. */
export function openAddIn({
  origin,
  identity,
  graph,
  clock,
}: Pick<System, 'origin' | 'identity' | 'graph' | 'clock'>): Handler {
  const own = assets(import.meta.dirname, [...scripts, 'add-in.css', 'sending.css'])
  const shared = assets(join(import.meta.dirname, '..'), ['style.css'])
  return (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    if (request.method !== 'GET' && request.method !== 'HEAD') return say(response, 405, 'This page is only read.')
    const name = url.pathname.slice(1)
    if (own(name, response) || shared(name, response)) return
    if (name === 'mail-frame') return mailFrame(response)
    if (name !== '') return say(response, 404, 'There is only the add-in page here.')
    const headers = pageHeaders({ connect: [origin, identity], submit: [identity] })
    headers['Content-Security-Policy'] += "; frame-src 'self'"
    response.writeHead(200, headers)
    response.end(addInPage({ language: pageLanguage(request), origin, identity, graph, offset: clock.offset }))
  }
}
