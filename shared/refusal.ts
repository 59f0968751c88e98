/** Every code a refusal can have. A code never changes its meaning; codes are only ever added. */
export type RefusalCode =
  | 'input_invalid'
  | 'token_invalid'
  | 'scope_missing'
  | 'client_not_allowed'
  | 'fresh_sign_in_required'
  | 'not_allowed'
  | 'not_found'
  | 'no_free_seat'
  | 'not_licensing'
  | 'seat_released'
  | 'below_assigned'
  | 'not_purchased'
  | 'payment_failed'
  | 'changed_meanwhile'
  | 'campaign_state'
  | 'too_many_campaigns'
  | 'template_invalid'
  | 'body_too_large'
  | 'unsupported_media_type'
  | 'idempotency_mismatch'
  | 'too_many_requests'
  | 'read_only'
  | 'unavailable'

/** Further members of a problem: counts, names of fields, seconds to wait. Never a secret or another person's data. */
export type RefusalDetails = Record<string, unknown>

/**
 * The rules, or the frame, say no. The message is written for the caller; `details` become members of the problem.
 * Everything that is thrown and is not a Refusal is a fault: the caller learns nothing of it.
 */
export class Refusal extends Error {
  readonly code: RefusalCode
  readonly details: RefusalDetails

  constructor(code: RefusalCode, message: string, details: RefusalDetails = {}, options?: ErrorOptions) {
    super(message, options)
    this.name = 'Refusal'
    this.code = code
    this.details = details
  }
}

/** Why, for the log: `locked` when our own key was refused, which no waiting mends; else the code. */
export const reasonOf = ({ code, cause }: Refusal): string =>
  cause instanceof Error && cause.message === 'locked' ? 'locked' : code
