import Stripe from 'stripe'

/** How far a signature's time may be from ours, in either direction (C02). */
export const TOLERANCE_SECONDS = 300

/** A secret that events may be signed with; the previous one until its end. */
export interface WebhookSecret {
  secret: string
  until: Date | null
}

/**
 * True when these very bytes were signed with one of the secrets within the tolerance before or after `now`.
 * The package looks back in time only, so the header's time is judged here; the HMAC is the package's.
 */
export function isSigned(bytes: Uint8Array, header: string | null, secrets: WebhookSecret[], now: Date): boolean {
  const times = (header ?? '').split(',').filter((part) => part.trim().startsWith('t='))
  const seconds = /^t=(\d{1,12})$/.exec(times[0]?.trim() ?? '')?.[1]
  if (header === null || times.length !== 1 || seconds === undefined) return false
  if (Math.abs(Math.floor(now.getTime() / 1000) - Number(seconds)) > TOLERANCE_SECONDS) return false
  return secrets.some(({ secret, until }) => (until === null || now < until) && verifies(bytes, header, secret))
}

function verifies(bytes: Uint8Array, header: string, secret: string): boolean {
  try {
    // A tolerance of 0 switches the package's own check of the time off: ours was two-sided.
    return Stripe.webhooks.signature?.verifyHeader(bytes, header, secret, 0) ?? false
  } catch (error) {
    if (error instanceof Stripe.errors.StripeSignatureVerificationError) return false
    throw error
  }
}
