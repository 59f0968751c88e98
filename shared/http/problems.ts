import type { HttpResponseInit } from '@azure/functions'
import { Refusal, type RefusalCode } from '../refusal.ts'

/** The status of each refusal. A code without a status does not compile. */
export const statusOf: Record<RefusalCode, number> = {
  input_invalid: 400,
  payment_failed: 402,
  token_invalid: 401,
  scope_missing: 403,
  client_not_allowed: 403,
  fresh_sign_in_required: 403,
  not_allowed: 403,
  not_found: 404,
  no_free_seat: 409,
  not_licensing: 409,
  seat_released: 409,
  below_assigned: 409,
  not_purchased: 409,
  changed_meanwhile: 409,
  campaign_state: 409,
  too_many_campaigns: 409,
  template_invalid: 422,
  body_too_large: 413,
  unsupported_media_type: 415,
  idempotency_mismatch: 422,
  too_many_requests: 429,
  read_only: 503,
  unavailable: 503,
}

/** Codes of a problem body: the refusals, and `internal` for every fault. */
export type ProblemCode = RefusalCode | 'internal'

interface Problem {
  code: ProblemCode
  status: number
  detail: string
  details: Record<string, unknown>
}

/** RFC 9457 body. `title` is the code: clients switch on it; `docs/api.md` explains each. */
export function problem(requestId: string, found: Problem): HttpResponseInit {
  const { code, status, detail, details } = found
  const type = `urn:securemailmerge:problem:${code}`
  const retryAfter = typeof details.retryAfterSeconds === 'number' ? details.retryAfterSeconds : undefined
  return {
    status,
    headers: {
      'Content-Type': 'application/problem+json',
      ...(code === 'token_invalid' ? { 'WWW-Authenticate': 'Bearer error="invalid_token"' } : {}),
      ...(retryAfter ? { 'Retry-After': String(Math.ceil(retryAfter)) } : {}),
    },
    body: JSON.stringify({
      ...details,
      type,
      title: code,
      status,
      detail,
      requestId,
    }),
  }
}

/** What a thrown value looks like to the caller: a refusal says why, a fault says nothing. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Refusal) {
    return {
      code: error.code,
      status: statusOf[error.code],
      detail: error.message,
      details: error.details,
    }
  }
  return {
    code: 'internal',
    status: 500,
    detail: 'Something went wrong on our side.',
    details: {},
  }
}
