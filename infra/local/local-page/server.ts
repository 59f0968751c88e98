import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { assets } from '../assets.ts'
import { pageHeaders } from '../html.ts'
import { type Handler, say } from '../http-frame.ts'
import { pageLanguage } from '../language.ts'
import type { System } from '../system.ts'
import { actions } from './actions.ts'
import { filled, Notes } from './notes.ts'
import { localPage } from './page.ts'
import { snapshot } from './snapshot.ts'
import { words } from './words.ts'

/**
 * Serves `/local`, what its buttons post to (`/local/do/…`), and `/local/system`: the processes as JSON, for scripts.
 * Nothing of it is ever deployed.
 */
export function openLocalPage(system: System): Handler {
  const own = assets(import.meta.dirname, ['local.js', 'local.css'])
  const shared = assets(join(import.meta.dirname, '..'), ['style.css'])
  const notes = new Notes()
  let keysHidden = false

  async function act(name: string, request: IncomingMessage): Promise<string | undefined> {
    const form = Object.fromEntries(new URLSearchParams(await text(request)))
    const texts = words[pageLanguage(request)]
    const { go, ...outcome } = await actions[name]!(system, form, texts).catch((error: Error) => ({
      text: filled(texts.notes.failed, { reason: error.message }),
      go: undefined,
    }))
    notes.add({ at: system.clock.now().toISOString(), ...outcome })
    if (name === 'fault' && form.name === 'keys_unreachable') keysHidden = true
    if (name === 'clear' || (name === 'process' && form.name === 'identity')) keysHidden = false
    return go
  }

  return async (request, response) => {
    const { pathname, search } = new URL(request.url ?? '/', 'http://localhost')
    const [, , part = '', action = ''] = pathname.split('/')
    if (request.method === 'POST' && part === 'do' && Object.hasOwn(actions, action)) {
      // A page of another origin must not press these buttons.
      if (!isOwn(request)) return say(response, 403, 'Only the local page itself may do this.')
      const go = await act(action, request)
      return void response.writeHead(303, { Location: go ?? `/local${search}` }).end()
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') return say(response, 405, 'There is no such button.')
    if (own(part, response) || shared(part, response)) return
    if (part === 'system') return void response.writeHead(200, json).end(JSON.stringify(described(system)))
    if (part !== '') return say(response, 404, 'There is only /local here.')
    const shown = { system, snapshot: await snapshot(system), notes: notes.list(), keysHidden }
    response
      .writeHead(200, pageHeaders({ submit: [system.stripe] }))
      .end(localPage({ ...shown, language: pageLanguage(request) }))
  }
}

const json = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }

const isOwn = ({ headers }: IncomingMessage) =>
  headers.origin === undefined || headers.origin === `http://${headers.host}`

const described = ({ addIn, processes, clock }: System) => ({
  pid: process.pid,
  addIn,
  clockOffset: clock.offset,
  processes: Object.values(processes).map(({ name, pid, state, ready }) => ({ name, pid, state, port: ready?.port })),
})
