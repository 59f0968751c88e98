import type { HttpHandler, HttpRequest } from '@azure/functions'
import { hash } from '@securemailmerge/shared/hash'
import { cameThroughFrontDoor } from '@securemailmerge/shared/http/front-door'
import { apiHeaders } from '@securemailmerge/shared/http/security-headers'
import { faultReason, type LogEvent, type LogFields, log } from '@securemailmerge/shared/log'
import { aboutOf, type PurchaseEvent, SWEEP_AFTER_MS, waiting } from '@securemailmerge/shared/purchasing/event'
import { Envelope, eventTypes, type Named, named } from '@securemailmerge/shared/stripe/events'
import { isSigned } from '@securemailmerge/shared/stripe/signature'
import type { Services } from './wiring.ts'

const MOST_BYTES = 1024 * 1024

/**
 * POST /api/purchases/stripe: an event of the seller. Signature on the bytes as they came, then stored, then
 * acknowledged; the wake is an attempt that the sweeper makes good (B9). It answers with a status and nothing else.
 */
export const receiveStripeEvent =
  (services: Services): HttpHandler =>
  async (request, context) => {
    const note = (event: LogEvent, fields: LogFields) =>
      log(context, event === 'event_refused' ? 'warn' : 'info', event, {
        service: 'purchase-webhooks',
        requestId: context.invocationId,
        ...fields,
      })
    try {
      return { status: await received(services, request, note), headers: apiHeaders }
    } catch (error) {
      // The seller sends it again, for three days: nothing was stored, so nothing is lost.
      log(context, 'error', 'request_failed', {
        service: 'purchase-webhooks',
        route: 'receive_stripe_event',
        requestId: context.invocationId,
        code: 'internal',
        reason: faultReason(error),
      })
      return { status: 500, headers: apiHeaders }
    }
  }

type Note = (event: LogEvent, fields: LogFields) => void

async function received(services: Services, request: HttpRequest, note: Note): Promise<number> {
  const { frame, secrets, now } = services
  const refuse = (status: number, reason: string) => {
    note('event_refused', { reason })
    return status
  }
  if (!cameThroughFrontDoor(request, frame.frontDoorId)) return refuse(403, 'not_through_front_door')
  if (request.headers.get('content-encoding')) return refuse(400, 'encoded')
  if (Number(request.headers.get('content-length') ?? 0) > MOST_BYTES) return refuse(413, 'too_large')
  const bytes = new Uint8Array(await request.arrayBuffer())
  if (bytes.byteLength > MOST_BYTES) return refuse(413, 'too_large')
  if (!isSigned(bytes, request.headers.get('stripe-signature'), secrets, now())) return refuse(400, 'not_signed')
  await take(services, bytes, note)
  return 200
}

/** A signed body. Whatever is in it, sending it again cannot help, unless a store of ours is away: then this throws. */
async function take(services: Services, bytes: Uint8Array, note: Note): Promise<void> {
  const { mode, purchases, operations } = services
  const envelope = Envelope.safeParse(json(bytes))
  if (!envelope.success) return park('envelope')
  const event = envelope.data
  const { type, livemode, account } = event
  const isUsed = Object.hasOwn(eventTypes, type)
  const ignored =
    livemode !== (mode === 'live') ? 'another mode' : account ? 'another account' : isUsed ? null : 'type not used'
  if (ignored) return note('event_ignored', { reason: ignored, ...(isUsed ? { type } : {}) })
  const whom = named(event)
  if (whom === 'nobody') return note('event_ignored', { reason: 'about no subscription', type })
  if (whom === null) return park('object', event.id)
  const stored = eventOf(event, whom, services)
  const isNew = await purchases.store(stored)
  note('event_stored', { about: stored.about, type, eventId: event.id, outcome: isNew ? 'new' : 'known' })
  if (isNew) await purchases.wake(stored.about).catch(() => note('wake_not_sent', { about: stored.about }))

  async function park(what: string, id = hash(Buffer.from(bytes).toString('latin1'))): Promise<void> {
    await operations.park('stripe', id, `${what} not understood`)
    note('parked', { reason: `${what} not understood` })
  }
}

function eventOf({ id, type, created, api_version }: Envelope, whom: Named, { mode, now }: Services): PurchaseEvent {
  const { subscription, customer, paymentIntent, charge } = whom
  const at = now()
  return {
    id: `${mode}:${id}`,
    about: aboutOf(mode, subscription ?? id),
    type,
    customer,
    paymentIntent,
    charge,
    madeAt: new Date(created * 1000).toISOString(),
    apiVersion: api_version ?? null,
    ...waiting(at, new Date(at.getTime() + SWEEP_AFTER_MS)),
  }
}

function json(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
}
