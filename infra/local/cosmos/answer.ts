import type { IncomingHttpHeaders } from 'node:http'
import type { Address } from './address.ts'
import { MAX_BYTES } from './item.ts'
import { Refusal, refusalBody } from './refusal.ts'

/** A request of a client that has shown the account key. */
export interface Incoming {
  method: string
  address: Address
  headers: IncomingHttpHeaders
  body: Buffer
}

/** What a client is told; `body` is JSON. */
export interface Answer {
  status: number
  body?: string
  headers?: Record<string, string>
}

/** A header, undefined when it is absent. */
export const header = ({ headers }: Pick<Incoming, 'headers'>, name: string): string | undefined => {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}

/** Whether a header says true, in any case. */
export const says = (incoming: Incoming, name: string) => header(incoming, name)?.toLowerCase() === 'true'

/**
 * The JSON of a request.
 *
 * @throws Refusal 400 when it is none, 413 when it has more than 2 MB
 */
export function jsonOf({ body }: Pick<Incoming, 'body'>): unknown {
  if (body.length > MAX_BYTES) throw new Refusal(413, 'The request is larger than 2 MB.')
  try {
    return JSON.parse(body.toString())
  } catch {
    throw new Refusal(400, 'The body is not JSON.')
  }
}

/** The answer that a refusal is. Anything else is a fault of this stand-in, and is thrown on. */
export function refused(error: unknown): Answer {
  if (!(error instanceof Refusal)) throw error
  const { status, message, substatus } = error
  return { status, body: refusalBody(status, message), headers: { 'x-ms-substatus': String(substatus) } }
}
