import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { sameAccount } from '@securemailmerge/shared/identity/account'
import { ZodError } from 'zod'
import { assets } from '../assets.ts'
import { pageHeaders } from '../html.ts'
import { say as answer, type Handler } from '../http-frame.ts'
import { castMember, everybody } from '../identity/cast.ts'
import { pageLanguage } from '../language.ts'
import type { System } from '../system.ts'
import { actions } from './actions.ts'
import { filled, Notes } from './notes.ts'
import { localPage } from './page.ts'
import { type Snapshot, snapshot, storedSubscriptions } from './snapshot.ts'
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
    const language = pageLanguage(request)
    const say = words[language]
    const { go, ...outcome } = await actions[name]!({ system, form, say, language }).catch((error: Error) => ({
      text: filled(say.notes.failed, { reason: reasonOf(error) }),
      go: undefined,
    }))
    notes.add({ at: system.clock.now().toISOString(), ...outcome })
    if (name === 'fault' && form.name === 'keys_unreachable') keysHidden = true
    if (name === 'clear' || (name === 'process' && form.name === 'identity')) keysHidden = false
    return go
  }

  return async (request, response) => {
    const { pathname, search, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const [, , part = '', action = ''] = pathname.split('/')
    if (request.method === 'POST' && part === 'do' && Object.hasOwn(actions, action)) {
      // A page of another origin must not press these buttons.
      if (!isOwn(request)) return answer(response, 403, 'Only the local page itself may do this.')
      const go = await act(action, request)
      return void response.writeHead(303, { Location: go ?? `/local${search}#happened` }).end()
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response, 405, 'There is no such button.')
    if (own(part, response) || shared(part, response)) return
    if (part === 'system') return void response.writeHead(200, json).end(JSON.stringify(described(system)))
    if (part !== '') return answer(response, 404, 'There is only /local here.')
    const seen = await snapshot(system)
    const subscription = searchParams.get('subscription')
    const person = personOf(searchParams.get('person'), subscription, seen)
    const shown = { system, snapshot: seen, notes: notes.list(), keysHidden, person, subscription }
    response
      .writeHead(200, pageHeaders({ submit: [system.stripe] }))
      .end(localPage({ ...shown, language: pageLanguage(request) }))
  }
}

/** Who is named, else who owns the subscription that is named, else the first of the cast. */
function personOf(named: string | null, subscription: string | null, seen: Snapshot): string {
  if (named !== null && castMember(named)) return named
  const { owner = null } = storedSubscriptions(seen).find((one) => one.subscriptionId === subscription) ?? {}
  return (everybody.find((one) => sameAccount(one, owner)) ?? everybody[0])?.key ?? ''
}

/** What is wrong with a form that its action could not read, field by field. */
const reasonOf = (error: Error): string =>
  error instanceof ZodError
    ? error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
    : error.message

const json = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }

const isOwn = ({ headers }: IncomingMessage) =>
  headers.origin === undefined || headers.origin === `http://${headers.host}`

const described = ({ addIn, processes, clock }: System) => ({
  pid: process.pid,
  addIn,
  clockOffset: clock.offset,
  processes: Object.values(processes).map(({ name, pid, state, ready }) => ({ name, pid, state, port: ready?.port })),
})
