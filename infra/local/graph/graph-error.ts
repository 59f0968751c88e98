/** An answer that is no answer, in the shape of Microsoft Graph's errors. */
export class GraphError extends Error {
  readonly status: number
  readonly code: string
  readonly headers: Record<string, string>

  constructor(status: number, code: string, message: string, headers: Record<string, string> = {}) {
    super(message)
    this.status = status
    this.code = code
    this.headers = headers
  }
}

/** @throws GraphError that names what the stand-in does not take: a route, an option, a property, a value */
export function unknown(what: string): never {
  throw new GraphError(400, 'RequestBodyRead', `The local Graph does not know ${what}.`)
}

/** @throws GraphError as Microsoft says that it has no such item */
export function itemNotFound(): never {
  throw new GraphError(404, 'ErrorItemNotFound', 'The specified object was not found in the store.')
}

/** @throws GraphError as Microsoft says that a right is missing */
export function accessDenied(): never {
  throw new GraphError(403, 'ErrorAccessDenied', 'Access is denied. Check credentials and try again.')
}
