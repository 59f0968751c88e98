/** An answer of the service that is not a success; `substatus` is what it sends as x-ms-substatus. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  readonly substatus: number

  constructor(status: number, message: string, substatus = 0) {
    super(message)
    this.status = status
    this.substatus = substatus
  }
}

/** Something that the service knows and this stand-in does not: 501, a status the service never sends, and what it is. */
export const unsupported = (what: string) => new Refusal(501, `The local Cosmos DB does not support ${what}.`)

const codes: Record<number, string> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  408: 'RequestTimeout',
  409: 'Conflict',
  412: 'PreconditionFailed',
  413: 'RequestEntityTooLarge',
  429: 'TooManyRequests',
  449: 'RetryWith',
  500: 'InternalServerError',
  501: 'NotSupportedLocally',
  503: 'ServiceUnavailable',
}

/** The JSON body of a refusal, in the shape that SDKs read. */
export const refusalBody = (status: number, message: string) =>
  JSON.stringify({ code: codes[status] ?? `Status${status}`, message })
