import type { IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import * as z from 'zod'
import type { Acts } from './acts.ts'
import type { Fault } from './faults.ts'
import { type Answer, jsonAnswer } from './pages/frame.ts'
import type { Shown } from './pages.ts'
import { Wish } from './tokens.ts'

const address = z.string().min(3)
const state = z.enum(['open', 'blocked', 'gone'])
const Behaviour = z.strictObject({
  idAfterSend: z.enum(['survives', 'replaced']).optional(),
  secondSend: z.enum(['not_found', 'sent_again']).optional(),
  indexLagSeconds: z.number().min(0).optional(),
})
const NewMailbox = Behaviour.extend({
  address,
  name: z.string().optional(),
  account: z.strictObject({ tenantId: z.guid(), objectId: z.guid() }).nullable().optional(),
  state: state.optional(),
})

/** Every act that can be asked for over HTTP, with what it takes. */
const acts = {
  setMailbox: z.tuple([NewMailbox]),
  behave: z.tuple([address, Behaviour]),
  setState: z.tuple([address, state]),
  permit: z.tuple([address, address, z.enum(['send_as', 'send_on_behalf', 'none'])]),
  refuseAddress: z.tuple([z.string(), z.boolean().optional()]),
  sendOwnMail: z.tuple([address, z.int().min(0)]),
  deleteMessage: z.tuple([address, z.string(), z.boolean().optional()]),
} satisfies Record<keyof Acts, z.ZodType>

const Act = z.strictObject({
  do: z.enum(Object.keys(acts) as (keyof typeof acts)[]),
  with: z.array(z.unknown()).default([]),
})
const when = z.enum(['before', 'after'])
const wait = z.union([z.string(), z.number(), z.strictObject({ dateInSeconds: z.number() }), z.null()])
const FaultRequest = z.strictObject({
  mailbox: z.string().optional(),
  method: z.string().optional(),
  path: z.string().optional(),
  times: z.int().min(-1).default(1),
  do: z.union([
    z.strictObject({
      status: z.int().min(400).max(599),
      code: z.string().optional(),
      retryAfter: wait.optional(),
      claims: z.looseObject({}).optional(),
      when: when.optional(),
    }),
    z.strictObject({ retryAfter: wait }),
    z.strictObject({ drop: when }),
    z.strictObject({ endless: when }),
    z.strictObject({ delayMs: z.int().min(0) }),
    z.strictObject({ hold: when }),
  ]),
})
const Chance = z.strictObject({
  seed: z.int(),
  chance: z.number().min(0).max(1),
  among: z.array(z.string()).min(1).optional(),
})
const MOST_MAILS = 1000

type Route = (shown: Shown, body: unknown, query: URLSearchParams) => unknown
const routes: Record<string, Route> = {
  'GET mailboxes': ({ parts }) => ({ mailboxes: parts.directory.all() }),
  'GET delivered': summary,
  'GET mails': ({ parts }, _, query) => {
    const from = Number(query.get('from') ?? 0)
    return { mails: parts.store.delivered.slice(from, from + MOST_MAILS) }
  },
  'GET calls': ({ calls }) => ({ calls: Object.fromEntries(calls) }),
  'POST tokens': ({ tokens }, body) => ({ token: tokens.tokenFor(Wish.parse(body)) }),
  'POST act': (shown, body) => ({ done: act(shown, Act.parse(body)) ?? null }),
  'GET faults': faultsOf,
  'POST faults': (shown, body) => {
    const fault = FaultRequest.parse(body)
    possible(() => shown.faults.add(fault as Fault))
    return faultsOf(shown)
  },
  'POST chance': (shown, body) => {
    const chance = Chance.parse(body)
    possible(() => shown.faults.random(chance))
    return faultsOf(shown)
  },
  'DELETE faults': (shown) => {
    shown.faults.clear()
    return faultsOf(shown)
  },
  'POST release': ({ faults }) => {
    const released = faults.held
    faults.release()
    return { released }
  },
}

/** `/_local/…`: what the service does not have, as JSON. It asks for no token; only this machine may use it. */
export async function control(shown: Shown, request: IncomingMessage, url: URL): Promise<Answer> {
  const { origin, 'content-type': type } = request.headers
  const name = `${request.method} ${url.pathname.slice('/_local/'.length)}`
  try {
    if (origin !== undefined && !isLocal(origin)) throw new Refused(403, 'Only pages of this machine may use /_local/.')
    const route = Object.hasOwn(routes, name) ? routes[name] : undefined
    if (!route) throw new Refused(404, `The local Graph has no ${request.method} ${url.pathname}.`)
    const body = request.method === 'POST' ? await bodyOf(request, type) : undefined
    return jsonAnswer(200, route(shown, body, url.searchParams))
  } catch (error) {
    if (error instanceof Refused) return jsonAnswer(error.status, { error: error.message })
    if (error instanceof z.ZodError) return jsonAnswer(400, { error: z.prettifyError(error) })
    throw error
  }
}

/** An answer that is no answer, with what is wrong in a sentence. */
class Refused extends Error {
  readonly status: number

  constructor(status: number, sentence: string) {
    super(sentence)
    this.status = status
  }
}

const isLocal = (origin: string) => /^http:\/\/(localhost|127\.0\.0\.1)(:\d+)?$/i.test(origin)

// A page of another origin needs a permission for this content type, and it is never given.
async function bodyOf(request: IncomingMessage, type: string | undefined): Promise<unknown> {
  if (type?.split(';', 1)[0]?.trim() !== 'application/json') throw new Refused(400, 'The content type must be JSON.')
  return json(request).catch(() => {
    throw new Refused(400, 'The body is not JSON.')
  })
}

/** How many mails were accepted, of which mailbox, and every stamp that was accepted more than once. */
function summary({ parts }: Shown, _: unknown, query: URLSearchParams) {
  const wanted = query.get('mailbox')?.toLowerCase()
  const mails = parts.store.delivered.filter(({ mailbox }) => wanted === undefined || mailbox === wanted)
  const counts = (nameOf: (mail: (typeof mails)[number]) => string | null) => {
    const count: Record<string, number> = {}
    for (const mail of mails) {
      const name = nameOf(mail)
      if (name !== null) count[name] = (count[name] ?? 0) + 1
    }
    return count
  }
  const stamps = Object.entries(counts(({ stamp }) => stamp))
  return {
    count: mails.length,
    stamps: stamps.length,
    twice: Object.fromEntries(stamps.filter(([, times]) => times > 1)),
    mailboxes: counts(({ mailbox }) => mailbox),
    tooFast: parts.limits.tooFast.filter(({ mailbox }) => wanted === undefined || mailbox === wanted).length,
  }
}

function faultsOf({ faults }: Shown) {
  return { faults: faults.rules(), chance: faults.chance() ?? null, held: faults.held, met: faults.met }
}

const act = ({ act: all }: Shown, { do: name, with: given }: z.infer<typeof Act>): unknown => {
  const args = acts[name].parse(given)
  return possible(() => (all[name] as (...some: unknown[]) => unknown).apply(all, args))
}

/** What is not possible is said with a plain Error; anything else is a fault of ours. */
function possible<T>(make: () => T): T {
  try {
    return make()
  } catch (error) {
    if (error instanceof Error && error.constructor === Error) throw new Refused(409, error.message)
    throw error
  }
}
