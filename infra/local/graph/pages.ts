import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { assets } from '../assets.ts'
import { pageLanguage } from '../language.ts'
import type { Acts } from './acts.ts'
import { control } from './control.ts'
import type { Faults } from './faults.ts'
import { type Answer, type Asked, plain } from './pages/frame.ts'
import { content, mail } from './pages/mail.ts'
import { mailbox } from './pages/mailbox.ts'
import { mailboxes } from './pages/mailboxes.ts'
import type { Parts } from './route.ts'
import type { Tokens } from './tokens.ts'

/** What pages and control routes show and do. */
export interface Shown {
  parts: Parts
  act: Acts
  tokens: Tokens
  faults: Faults
  /** Calls of the API so far, by method and path without ids. */
  calls: Map<string, number>
}

const routes: Record<string, (shown: Shown, asked: Asked) => Answer> = { mailboxes, mailbox, mail, content }

/** Everything that is not the API: the mailboxes as pages, and `/_local/…`. */
export function pages(shown: Shown): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const styles = [assets(join(import.meta.dirname, '..'), ['style.css']), assets(ownFolder, ['pages.css'])]
  return async (request, response) => {
    const send = ({ status, headers, body }: Answer) => void response.writeHead(status, headers).end(body)
    // Against DNS rebinding: a foreign name that leads to this machine must not reach us.
    if (!localHost.test(request.headers.host ?? ''))
      return send(plain(421, 'Only localhost and 127.0.0.1 are answered.'))
    try {
      const url = new URL(request.url ?? '/', 'http://localhost')
      const [, part = '', id = '', ...rest] = url.pathname.split('/').map(decoded)
      if (part === '_local') return send(await control(shown, request, url))
      if (request.method !== 'GET' && request.method !== 'HEAD') return send(plain(405, 'Pages are shown only.'))
      if (part === '') return send({ status: 302, headers: { Location: '/mailboxes' }, body: '' })
      if (part === 'styles' && styles.some((serve) => serve(id, response))) return
      const route = Object.hasOwn(routes, part) && rest.length === 0 ? routes[part] : undefined
      if (!route) return send(plain(404, 'The local Graph has no such page.'))
      send(route(shown, { id, url, language: pageLanguage(request) }))
    } catch (error) {
      console.error('graph:', error)
      send(plain(500, 'The local Graph has a fault; its output says which.'))
    }
  }
}

const ownFolder = join(import.meta.dirname, 'pages')
const localHost = /^(localhost|127\.0\.0\.1)(:\d+)?$/i

/** A part of a path; as it is when its encoding is none. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
