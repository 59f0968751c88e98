import { join } from 'node:path'
import { assets } from '../assets.ts'
import { pageHeaders } from '../html.ts'
import { type Handler, say } from '../http-frame.ts'
import { pageLanguage } from '../language.ts'
import type { System } from '../system.ts'
import { addInPage } from './page.ts'

/** Serves the add-in page and its script: nothing else, the page asks the services itself. */
export function openAddIn({ origin, identity, clock }: Pick<System, 'origin' | 'identity' | 'clock'>): Handler {
  const own = assets(import.meta.dirname, ['add-in.js', 'add-in.css', 'client.ts', 'proof.ts', 'sign-in.ts'])
  const shared = assets(join(import.meta.dirname, '..'), ['style.css'])
  return (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    if (request.method !== 'GET' && request.method !== 'HEAD') return say(response, 405, 'This page is only read.')
    const name = url.pathname.slice(1)
    if (own(name, response) || shared(name, response)) return
    if (name !== '') return say(response, 404, 'There is only the add-in page here.')
    const language = pageLanguage(request)
    response.writeHead(200, pageHeaders({ connect: [origin, identity], submit: [identity] }))
    response.end(addInPage({ language, origin, identity, offset: clock.offset }))
  }
}
