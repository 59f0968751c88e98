import { TimeoutError } from '@azure/cosmos'
import { Refusal } from '../refusal.ts'

// Codes of an outage: request time-out, throttling, retry-with, gone or moved partitions, and no answer at all.
const outage = new Set([408, 410, 429, 449, 500, 503])

/** The answer of the store; an outage is the refusal `unavailable`. */
export async function orUnavailable<T>(call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (error) {
    throw translated(error)
  }
}

/** The status that an error of the SDK is about, or 0. */
export const codeOf = (error: unknown): number => Number((error as { code?: unknown }).code) || 0

/** An error of the store as we tell it: the refusal `unavailable` where it is away, else itself. */
export function translated(error: unknown, code = codeOf(error)): unknown {
  const systemCode = String((error as { code?: unknown }).code ?? '')
  const noAnswer = error instanceof TimeoutError || /^(E[A-Z]+|UND_ERR_\w+|REQUEST_SEND_ERROR)$/.test(systemCode)
  return noAnswer || outage.has(code) || isBeyondItem(error) ? busy(error) : error
}

/** The store cannot say it now. */
export const busy = (cause: unknown): Refusal =>
  new Refusal('unavailable', 'The store is busy. Try again.', { retryAfterSeconds: 5 }, { cause })

/** A 404 that is not about an item: its container was deleted (1003), or a replica is behind (1002). */
export const isBeyondItem = (error: unknown): boolean =>
  codeOf(error) === 404 && Boolean((error as { substatus?: number }).substatus)
