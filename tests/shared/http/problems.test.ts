import { problem, problemOf, statusOf } from '@securemailmerge/shared/http/problems'
import { Refusal, type RefusalCode } from '@securemailmerge/shared/refusal'
import { describe, expect, it } from 'vitest'

const statuses: Record<RefusalCode, number> = {
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
const codes = Object.keys(statuses) as RefusalCode[]
const bodyOf = (answer: { body?: unknown }) => JSON.parse(String(answer.body)) as Record<string, unknown>

it('has the status of each refusal', () => {
  expect(statusOf).toEqual(statuses)
})

describe.each(codes)('%s', (code) => {
  const answer = problem('request-1', problemOf(new Refusal(code, 'Not now.', { free: 0 })))

  it('is a problem whose title is the code', () => {
    expect(answer.status).toBe(statuses[code])
    expect(answer.headers).toMatchObject({ 'Content-Type': 'application/problem+json' })
    expect(bodyOf(answer)).toEqual({
      type: `urn:securemailmerge:problem:${code}`,
      title: code,
      status: statuses[code],
      detail: 'Not now.',
      requestId: 'request-1',
      free: 0,
    })
  })

  it('challenges exactly when the token is wrong', () => {
    const challenge = code === 'token_invalid' ? 'Bearer error="invalid_token"' : undefined
    expect((answer.headers as Record<string, string>)['WWW-Authenticate']).toBe(challenge)
  })
})

it('says when to come again, in whole seconds', () => {
  const answer = problem('r', problemOf(new Refusal('read_only', 'Stopped.', { retryAfterSeconds: 29.2 })))
  expect(answer.headers).toMatchObject({ 'Retry-After': '30' })
  expect(problem('r', problemOf(new Refusal('read_only', 'Stopped.'))).headers).not.toHaveProperty('Retry-After')
})

it('cannot be given another code or status by its details', () => {
  const forged = { title: 'licensed', status: 200, type: 'x', detail: 'x', requestId: 'x' }
  const answer = problem('r', problemOf(new Refusal('not_found', 'Nothing.', forged)))
  expect(bodyOf(answer)).toMatchObject({ title: 'not_found', status: 404, detail: 'Nothing.', requestId: 'r' })
})

it.each([
  ['a fault', new Error('Kaboom! secret')],
  ['a text', 'secret'],
  ['nothing', undefined],
  ['what only looks like a refusal', { code: 'not_found', message: 'secret', details: {} }],
])('500: %s says nothing', (_, thrown) => {
  const answer = problem('request-1', problemOf(thrown))
  expect(answer.status).toBe(500)
  expect(bodyOf(answer)).toEqual({
    type: 'urn:securemailmerge:problem:internal',
    title: 'internal',
    status: 500,
    detail: 'Something went wrong on our side.',
    requestId: 'request-1',
  })
})
