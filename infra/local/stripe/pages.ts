import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { assets } from '../assets.ts'
import { pageLanguage } from '../language.ts'
import type { Acts } from './acts.ts'
import { control } from './control.ts'
import type { Events } from './events.ts'
import type { Faults } from './faults.ts'
import type { Keys } from './keys.ts'
import { billing } from './pages/billing.ts'
import { openDesk } from './pages/desk.ts'
import { type Answer, type Asked, plain } from './pages/frame.ts'
import { pay } from './pages/pay.ts'
import type { Store } from './store.ts'

/** What pages and control routes show and do. */
export interface Shown {
  store: Store
  act: Acts
  events: Events
  keys: Keys
  faults: Faults
  tick: () => void
  time: () => Date
  origin: string
  /** Calls of the API so far, by method and path without ids. */
  calls: Map<string, number>
}

/** Everything that is not the API: the buyer's page, the billing page, the seller's desk, and `/_local/…`. */
export function pages(shown: Shown): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const styles = [assets(join(import.meta.dirname, '..'), ['style.css']), assets(ownFolder, ['pages.css'])]
  const desk = openDesk(shown)
  const routes: Record<string, (asked: Asked) => Answer> = {
    pay: (asked) => pay(shown, asked),
    billing: (asked) => billing(shown, asked),
    desk,
  }
  return async (request, response) => {
    const send = ({ status, headers, body }: Answer) => void response.writeHead(status, headers).end(body)
    // Against DNS rebinding: a foreign name that leads to this machine must not reach us.
    if (!localHost.test(request.headers.host ?? ''))
      return send(plain(421, 'Only localhost and 127.0.0.1 are answered.'))
    try {
      const url = new URL(request.url ?? '/', 'http://localhost')
      const [, part = '', id = ''] = url.pathname.split('/')
      if (part === '_local') return send(await control(shown, request, url))
      const route = Object.hasOwn(routes, part) ? routes[part] : undefined
      if (part === 'styles' && styles.some((serve) => serve(id, response))) return
      if (!route) return send(plain(404, 'The local Stripe has no such page.'))
      if (!['GET', 'HEAD', 'POST'].includes(request.method ?? '')) return send(plain(405, 'Pages are shown or posted.'))
      const posted = request.method === 'POST'
      // A page of another origin must not press these buttons.
      if (posted && !isOwn(request)) return send(plain(403, 'Only the pages of the local Stripe may do this.'))
      const form = posted ? Object.fromEntries(new URLSearchParams(await text(request))) : undefined
      shown.tick()
      const answer = route({ id, url, language: pageLanguage(request), form })
      shown.tick()
      send(answer)
    } catch (error) {
      console.error('stripe:', error)
      send(plain(500, 'The local Stripe has a fault; its output says which.'))
    }
  }
}

const ownFolder = join(import.meta.dirname, 'pages')
const localHost = /^(localhost|127\.0\.0\.1)(:\d+)?$/i

const isOwn = ({ headers }: IncomingMessage) =>
  headers.origin === undefined || headers.origin === `http://${headers.host}`
