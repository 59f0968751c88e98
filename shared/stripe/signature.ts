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
  const signature = readHeader(header)
  const text = textOf(bytes)
  if (!signature || text === undefined) return false
  if (Math.abs(Math.floor(now.getTime() / 1000) - signature.seconds) > TOLERANCE_SECONDS) return false
  return secrets.some(
    ({ secret, until }) => (until === null || now < until) && verifies(text, signature.header, secret),
  )
}

/** Exactly one time, and the signatures that can be right: the package throws faults at others instead of a "no". */
function readHeader(header: string | null): { seconds: number; header: string } | undefined {
  const parts = header?.split(',') ?? []
  const [time = '', ...more] = parts.filter((part) => part.trim().startsWith('t='))
  const seconds = /^t=(\d{1,12})$/.exec(time)?.[1]
  if (seconds === undefined || more.length > 0) return undefined
  const signatures = parts.filter((part) => /^v1=[0-9a-f]{64}$/.test(part))
  return { seconds: Number(seconds), header: [time, ...signatures].join(',') }
}

/** The package would drop a byte order mark and read every broken character as the same one: other bytes, same text. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

function verifies(text: string, header: string, secret: string): boolean {
  try {
    // A tolerance of 0 switches the package's own check of the time off: ours was two-sided.
    return Stripe.webhooks.signature?.verifyHeader(text, header, secret, 0) ?? false
  } catch (error) {
    if (error instanceof Stripe.errors.StripeSignatureVerificationError) return false
    throw error
  }
}
