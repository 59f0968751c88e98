import Stripe from 'stripe'
import { Refusal } from '../refusal.ts'

/** The version of the API that this package speaks; the webhook endpoint at the seller must have the same. */
export const API_VERSION: string = Stripe.API_VERSION

/** How to reach the seller. */
export interface StripeAccess {
  /** A restricted key. */
  key: string
  /** Where the API is; null is Stripe's own address. */
  api: URL | null
}

const TIMEOUT_MS = 10_000

/** One client for a process. It repeats an unclear call once by itself, under the same idempotency key. */
export function stripeClient({ key, api }: StripeAccess): Stripe {
  const place = api && {
    host: api.hostname,
    port: Number(api.port),
    protocol: api.protocol === 'http:' ? ('http' as const) : ('https' as const),
  }
  return new Stripe(key, { ...place, maxNetworkRetries: 1, timeout: TIMEOUT_MS, telemetry: false })
}

/**
 * Asks the seller. When its calls of this second are used up, asks again a little later: people wait for some of these.
 * @returns undefined when the seller has no such object
 * @throws Refusal `unavailable` when it does not answer or is busy; `payment_failed` when a card was refused; `changed_meanwhile` when it has ended there; `idempotency_mismatch` when the key was used for something else; anything else is a fault
 */
export async function asked<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await patiently(call)
  } catch (error) {
    if (error instanceof Stripe.errors.StripeInvalidRequestError && error.code === 'resource_missing') return undefined
    throw translated(error)
  }
}

/** Pauses in ms after which a call is made again that came in a full second. */
const PAUSES_MS = [300, 700, 1500]

async function patiently<T>(call: () => Promise<T>): Promise<T> {
  for (const pause of PAUSES_MS) {
    try {
      return await call()
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeRateLimitError)) throw error
      await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random())))
    }
  }
  return call()
}

/** The seller has ended a subscription, and we have not heard of it yet. Its words: there is no code for the first. */
const isOverThere = ({ code, message }: Stripe.errors.StripeInvalidRequestError): boolean =>
  code === 'invoice_upcoming_none' || message.startsWith('A canceled subscription can only')

/** More seats that would count before they are paid are not sold. */
export const notPayableAtOnce = (cause?: unknown): Refusal =>
  new Refusal(
    'payment_failed',
    'More licences have to be paid at once, which a bank debit or a sent invoice cannot do. Pay by card, or buy the others as a new subscription.',
    {},
    { cause },
  )

/** The seller keeps no change waiting for its money that is paid by bank debit or by a sent invoice; it has no code for that. */
export const cannotWait = (error: unknown): boolean =>
  error instanceof Stripe.errors.StripeInvalidRequestError &&
  (error.param === 'payment_behavior' || /pending[ _](update|if_incomplete)/i.test(error.message))

function translated(error: unknown): unknown {
  if (!(error instanceof Stripe.errors.StripeError)) return error
  if (error instanceof Stripe.errors.StripeCardError) {
    // Stripe's sentence is for the developer and may name the card; ours is for the buyer.
    return new Refusal(
      'payment_failed',
      'The payment did not go through. Check the payment method.',
      {},
      { cause: error },
    )
  }
  if (error instanceof Stripe.errors.StripeInvalidRequestError && isOverThere(error)) {
    const words = 'This subscription has ended at the payment provider meanwhile. Look again in a moment.'
    return new Refusal('changed_meanwhile', words, {}, { cause: error })
  }
  const status = error.statusCode ?? 0
  // 409 is the same call, still running.
  if (error instanceof Stripe.errors.StripeIdempotencyError && status !== 409) {
    const words = 'This Idempotency-Key was used for another request.'
    return new Refusal('idempotency_mismatch', words, {}, { cause: error })
  }
  const noAnswer = error instanceof Stripe.errors.StripeConnectionError || status === 0
  // A key that was revoked or lacks a right is the operator's to mend; until then everything waits.
  const locked = status === 401 || status === 403
  if (noAnswer || locked || status === 409 || status === 429 || status >= 500) {
    return new Refusal(
      'unavailable',
      'The payment provider does not answer. Try again.',
      { retryAfterSeconds: 10 },
      { cause: locked ? new Error('locked', { cause: error }) : error },
    )
  }
  return error
}
