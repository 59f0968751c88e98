/** What an error says beside its status and message; `type` is `invalid_request_error` unless said otherwise. */
export interface ErrorDetails {
  code?: string
  param?: string
  type?: string
}

/** An answer that is no answer, in the shape of Stripe's errors. */
export class StripeError extends Error {
  readonly status: number
  readonly details: ErrorDetails

  constructor(status: number, message: string, details: ErrorDetails = {}) {
    super(message)
    this.status = status
    this.details = details
  }

  get body() {
    return { error: { type: 'invalid_request_error', ...this.details, message: this.message } }
  }
}

/** @throws StripeError as Stripe says that it has no such object */
export function missing(what: string, id: string, param = 'id', status = 404): never {
  throw new StripeError(status, `No such ${what}: '${id}'`, { code: 'resource_missing', param })
}

/** @throws StripeError that names a parameter, or a part of one, that the stand-in does not take */
export function unknown(param: string): never {
  throw new StripeError(400, `Received unknown parameter: ${param}`, { code: 'parameter_unknown', param })
}

/** @throws StripeError that names a parameter whose value is none that the stand-in takes */
export function invalid(param: string, message: string): never {
  throw new StripeError(400, message, { code: 'parameter_invalid', param })
}
