import { GraphError } from './graph-error.ts'

/** Before a request is executed, or after. */
export type Moment = 'before' | 'after'

/** A `Retry-After`: a text as it is, seconds, an HTTP-date so many seconds ahead, or none. */
export type Wait = string | number | { dateInSeconds: number } | null

/** What a fault does to a request. */
export type Deed =
  /** Answers an error. With `when: 'after'` what was asked has been done all the same. */
  | {
      status: number
      code?: string | undefined
      retryAfter?: Wait | undefined
      claims?: object | undefined
      when?: Moment | undefined
    }
  /** Does what was asked, answers as usual, and asks to wait. */
  | { retryAfter: Wait }
  /** Cuts the connection without an answer. */
  | { drop: Moment }
  /** Answers, with a body that does not end; `before` answers 500 and does nothing. */
  | { endless: Moment }
  /** Does it later, whoever still waits for the answer. */
  | { delayMs: number }
  /** Keeps it until `release`; when the client leaves meanwhile, what was not done is not done any more. */
  | { hold: Moment }

/** The kinds of faults that come by chance. */
export const mix: Record<string, Deed> = {
  throttled: { status: 429, retryAfter: 2 },
  throttled_by_date: { status: 429, retryAfter: { dateInSeconds: 3 } },
  throttled_negative: { status: 429, retryAfter: '-5' },
  throttled_silent: { status: 429 },
  throttled_an_hour: { status: 429, retryAfter: 3600 },
  accepted_wait: { retryAfter: 10 },
  busy: { status: 503, retryAfter: 1 },
  unavailable: { status: 503 },
  fault_500: { status: 500 },
  fault_502: { status: 502 },
  refused_504: { status: 504 },
  accepted_500: { status: 500, when: 'after' },
  accepted_504: { status: 504, when: 'after' },
  reset: { drop: 'before' },
  accepted_reset: { drop: 'after' },
  endless: { endless: 'before' },
  accepted_endless: { endless: 'after' },
  signed_out: { status: 401 },
  slow: { delayMs: 1_500 },
}

/** When a deed is done. */
export function momentOf(deed: Deed): Moment {
  if ('status' in deed) return deed.when ?? 'before'
  if ('drop' in deed) return deed.drop
  if ('endless' in deed) return deed.endless
  if ('hold' in deed) return deed.hold
  return 'delayMs' in deed ? 'before' : 'after'
}

const codes: Record<number, string> = {
  401: 'InvalidAuthenticationToken',
  403: 'ErrorAccessDenied',
  429: 'ApplicationThrottled',
  500: 'ErrorInternalServerError',
  503: 'ErrorServerBusy',
}

/** The error that a deed answers. What a gateway says has no code, unless one is asked for. */
export function errorOf(
  { status, code, retryAfter, claims }: Extract<Deed, { status: number }>,
  now: Date,
): GraphError {
  const encoded = claims === undefined ? '' : Buffer.from(JSON.stringify(claims)).toString('base64')
  const challenge = encoded && `Bearer realm="", error="insufficient_claims", claims="${encoded}"`
  return new GraphError(status, code ?? codes[status] ?? '', 'A fault that was asked for.', {
    ...waitHeader(retryAfter ?? null, now),
    ...(challenge && { 'WWW-Authenticate': challenge }),
  })
}

/** The header of a wait. */
export function waitHeader(wait: Wait, now: Date): Record<string, string> {
  if (wait === null) return {}
  if (typeof wait !== 'object') return { 'Retry-After': String(wait) }
  return { 'Retry-After': new Date(now.getTime() + wait.dateInSeconds * 1000).toUTCString() }
}
