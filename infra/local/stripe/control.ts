import type { IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import * as z from 'zod'
import type { Acts } from './acts.ts'
import type { Fault } from './faults.ts'
import { keyRoutes } from './keys.ts'
import type { Answer } from './pages/frame.ts'
import type { Shown } from './pages.ts'
import { StripeError } from './stripe-error.ts'

const id = (prefix: string) => z.string().regex(new RegExp(`^${prefix}_\\w+$`), `an id that begins with ${prefix}_`)
const subscription = id('sub')
const quantity = z.int().min(0)
const card = z.enum(['good', 'declines', 'sepa', 'sepa_fails'])
const Pay = z.strictObject({ card: card.optional(), quantity: quantity.optional(), email: z.string().optional() })
const Buy = Pay.extend({
  price: z.string().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
  trialDays: z.int().min(1).optional(),
  daysUntilDue: z.int().min(0).optional(),
})
const Refund = z.strictObject({
  amount: z.int().min(1).optional(),
  status: z.enum(['succeeded', 'pending', 'failed']).optional(),
})
const Emitted = z.looseObject({ type: z.string(), data: z.looseObject({ object: z.looseObject({}) }) })

/** Every act that can be asked for over HTTP, with what it takes. */
const acts = {
  pay: z.tuple([id('cs_test'), Pay.optional()]),
  buy: z.tuple([Buy.optional()]),
  priceOf: z.tuple([z.string()]),
  setCard: z.tuple([id('cus'), card]),
  payOpen: z.tuple([subscription]),
  refund: z.tuple([id('in'), Refund.optional()]),
  refundPeriod: z.tuple([subscription]),
  dispute: z.tuple([id('in')]),
  decide: z.tuple([id('du'), z.enum(['won', 'lost'])]),
  fraudWarning: z.tuple([id('in')]),
  setQuantity: z.tuple([subscription, quantity]),
  addItem: z.tuple([subscription, id('price'), quantity]),
  change: z.tuple([subscription, z.record(z.string(), z.unknown())]),
  cancelNow: z.tuple([subscription]),
  pause: z.tuple([subscription]),
  resume: z.tuple([subscription]),
  deleteCustomer: z.tuple([id('cus')]),
  close: z.tuple([id('in'), z.enum(['void', 'uncollectible'])]),
  resend: z.tuple([id('evt')]),
  emit: z.tuple([Emitted]),
} satisfies Partial<Record<keyof Acts, z.ZodType>>

const Act = z.strictObject({
  do: z.enum(Object.keys(acts) as (keyof typeof acts)[]),
  with: z.array(z.unknown()).default([]),
})
const Deliver = z.strictObject({
  double: z.boolean().optional(),
  delayMs: z
    .int()
    .min(0)
    .max(72 * 3_600_000)
    .optional(),
  hold: z.boolean().optional(),
  withheld: z.array(z.string()).optional(),
})
const when = z.enum(['before', 'after'])
const FaultRequest = z.strictObject({
  method: z.string().optional(),
  path: z.string().optional(),
  times: z.int().min(-1).default(1),
  do: z.union([
    z.strictObject({ status: z.int().min(400).max(599) }),
    z.strictObject({ delayMs: z.int().min(0) }),
    z.strictObject({ drop: when }),
    z.strictObject({ hold: when }),
  ]),
})

type Route = (shown: Shown, body: unknown) => unknown
const routes: Record<string, Route> = {
  'GET state': ({ store }) => ({
    subscriptions: store.all('subscription'),
    invoices: store.all('invoice'),
    customers: store.all('customer'),
    sessions: store.all('checkout.session'),
    refunds: store.all('refund'),
    disputes: store.all('dispute'),
  }),
  'GET events': ({ store, events }) => {
    const answers = Map.groupBy(events.posted, ({ event }) => event)
    const described = store.all('event').map((event) => ({
      event,
      answers: (answers.get(event.id) ?? []).map(({ status }) => status),
    }))
    return { pending: events.pending, delivery: events.delivery, events: described.reverse() }
  },
  'GET calls': ({ calls }) => ({ calls: Object.fromEntries(calls) }),
  'POST act': (shown, body) => ({ done: act(shown, Act.parse(body)) ?? null }),
  'POST deliver': ({ act: { deliver }, act, events }, body) => {
    deliver.call(act, Deliver.parse(body) as Parameters<Acts['deliver']>[0])
    return { delivery: events.delivery }
  },
  ...keyRoutes,
  'GET faults': faultsOf,
  'POST faults': (shown, body) => {
    shown.faults.add(FaultRequest.parse(body) as Fault)
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

/** `/_local/…`: what the seller's service does not have, as JSON. It asks for no key; only this machine may use it. */
export async function control(shown: Shown, request: IncomingMessage, url: URL): Promise<Answer> {
  const { origin, 'content-type': type } = request.headers
  const name = `${request.method} ${url.pathname.slice('/_local/'.length)}`
  try {
    if (origin !== undefined && !isLocal(origin)) throw new Refused(403, 'Only pages of this machine may use /_local/.')
    const route = Object.hasOwn(routes, name) ? routes[name] : undefined
    if (!route) throw new Refused(404, `The local Stripe has no ${request.method} ${url.pathname}.`)
    const body = request.method === 'POST' ? await bodyOf(request, type) : undefined
    shown.tick()
    const said = route(shown, body)
    // Events are made at once, so that who asks next finds them.
    shown.tick()
    return answer(200, said)
  } catch (error) {
    if (error instanceof Refused || error instanceof StripeError) return answer(error.status, { error: error.message })
    if (error instanceof z.ZodError) return answer(400, { error: z.prettifyError(error) })
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

const answer = (status: number, body: unknown): Answer => ({
  status,
  headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' },
  body: JSON.stringify(body),
})

// A page of another origin needs a permission for this content type, and it is never given.
async function bodyOf(request: IncomingMessage, type: string | undefined): Promise<unknown> {
  if (type?.split(';', 1)[0]?.trim() !== 'application/json') throw new Refused(400, 'The content type must be JSON.')
  return json(request).catch(() => {
    throw new Refused(400, 'The body is not JSON.')
  })
}

function faultsOf({ faults }: Shown) {
  return { faults: faults.rules(), held: faults.held }
}

function act({ act: seller, store }: Shown, { do: name, with: given }: z.infer<typeof Act>): unknown {
  const args = acts[name].parse(given)
  const [first] = args
  if (typeof first === 'string' && name !== 'priceOf' && !store.get(first))
    throw new Refused(404, `There is no ${first}.`)
  try {
    return (seller[name] as (...all: unknown[]) => unknown).apply(seller, args)
  } catch (error) {
    // What is not possible now is said with a plain Error; anything else is a fault of ours.
    if (error instanceof Error && error.constructor === Error) throw new Refused(409, error.message)
    throw error
  }
}
