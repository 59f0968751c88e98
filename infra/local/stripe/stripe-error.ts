/** An answer that is no answer, in the shape of Stripe's errors. */
export class StripeError extends Error {
  readonly status: number
  readonly code: string
  readonly param: string | undefined
  readonly type: string

  constructor(status: number, code: string, message: string, param?: string, type = 'invalid_request_error') {
    super(message)
    this.status = status
    this.code = code
    this.param = param
    this.type = type
  }

  get body() {
    const { type, code, message, param } = this
    return { error: { type, code, message, ...(param ? { param } : {}) } }
  }
}

/** @throws StripeError as Stripe says that it has no such object */
export function missing(what: string, id: string): never {
  throw new StripeError(404, 'resource_missing', `No such ${what}: '${id}'`, 'id')
}
