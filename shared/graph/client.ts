import * as z from 'zod'
import { dateMs, retryAfterMs } from './retry-after.ts'

/** How a call ended, before anybody has judged it. */
export type Reply =
  | Answer
  /** The request never left: nobody was reached. */
  | { kind: 'unsent'; reason: string }
  /** The request may have arrived, and no answer came. */
  | { kind: 'broken'; reason: string }

/** What was answered. */
export interface Answer {
  kind: 'answer'
  status: number
  /** Microsoft's code of what is wrong; null when none was to be read. */
  code: string | null
  /** Null when no time was named that could be waited for. */
  retryAfterMs: number | null
  /** Whether there was a `Retry-After` at all. */
  askedToWait: boolean
  /** What the next sign-in has to be asked with: JSON. */
  claims: string | null
  /** Parsed JSON of an answer that was wanted; undefined when it was none. */
  body: unknown
}

/** One call. */
export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Behind the base address, with its query, both encoded; or a whole address that `isOurs` has allowed. */
  path: string | URL
  /** JSON, written by the caller, or bytes. */
  body?: string | Uint8Array<ArrayBuffer> | undefined
  headers?: Record<string, string>
  /** Statuses whose body is wanted. */
  wants?: number[]
  timeoutMs?: number
}

const GRAPH = 'https://graph.microsoft.com/v1.0'
const TIMEOUT_MS = 20_000
/** An answer repeats the mail, and a mail has at most 4 MB in one call. */
const LONGEST_ANSWER = 8 * 1024 * 1024
const LONGEST_ERROR = 64 * 1024

/** A connection that was never made: nothing was written to anybody. */
const neverMade = new Set([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'],
])
// What a stranger calls its error goes into logs and reports: only what looks like a code.
const ErrorBody = z.object({ error: z.object({ code: z.string().regex(/^[\w.-]{1,64}$/) }) })

/**
 * Asks Microsoft Graph by plain `fetch`. Nothing is repeated here and no redirect is followed: what may have sent a mail
 * is for the caller to judge.
 */
export class Client {
  readonly #base: string
  readonly #now: () => Date

  /** @param api where a stand-in answers, version included; null is Microsoft */
  constructor(api: URL | null, now: () => Date) {
    this.#base = (api?.href ?? GRAPH).replace(/\/$/, '')
    this.#now = now
  }

  /** Whether an address that an answer named leads back to where answers come from: no other ever gets a token. */
  isOurs(address: URL): boolean {
    const plain = address.username === '' && address.password === ''
    return plain && address.origin === new URL(this.#base).origin && address.href.startsWith(`${this.#base}/`)
  }

  /** The origin that is asked. */
  get origin(): string {
    return new URL(this.#base).origin
  }

  /** Never throws for what Microsoft or the network does. @param token an access token; null sends none */
  async call(token: string | null, { path, method, body, headers, wants = [], timeoutMs }: Call): Promise<Reply> {
    const request = new Request(typeof path === 'string' ? `${this.#base}/${path}` : path, {
      method,
      headers: {
        Accept: 'application/json',
        ...(typeof body === 'string' ? { 'Content-Type': 'application/json' } : {}),
        ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs ?? TIMEOUT_MS),
    })
    try {
      const response = await fetch(request)
      return await this.#answer(response, wants.includes(response.status))
    } catch (error) {
      const reason = reasonOf(error)
      return { kind: neverMade.has(reason) ? 'unsent' : 'broken', reason }
    }
  }

  async #answer(response: Response, isWanted: boolean): Promise<Answer> {
    const { status, headers } = response
    const isError = status >= 400
    const body = isWanted || isError ? await jsonOf(response, isError ? LONGEST_ERROR : LONGEST_ANSWER) : undefined
    // What was not read would keep the connection busy, or never end.
    if (!response.bodyUsed) await response.body?.cancel().catch(() => undefined)
    const error = isError ? ErrorBody.safeParse(body) : undefined
    const answeredAt = dateMs(headers.get('date') ?? '')
    return {
      kind: 'answer',
      status,
      code: error?.data?.error.code ?? null,
      retryAfterMs: retryAfterMs(
        headers.get('retry-after'),
        Number.isNaN(answeredAt) ? this.#now() : new Date(answeredAt),
      ),
      askedToWait: headers.has('retry-after'),
      claims: claimsOf(headers.get('www-authenticate') ?? ''),
      body: isWanted ? body : undefined,
    }
  }
}

/** The JSON of a body; undefined when it is none, too long, or breaks off: the status has been said by then. */
async function jsonOf(response: Response, longest: number): Promise<unknown> {
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of response.body ?? []) {
      length += chunk.byteLength
      // Leaving the loop cancels the rest.
      if (length > longest) return undefined
      chunks.push(chunk)
    }
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    return undefined
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'timeout'
  const { code } = (error instanceof Error && (error.cause as { code?: unknown } | undefined)) || {}
  return typeof code === 'string' ? code : 'connection_lost'
}

/** The claims that a refused token lacked, as JSON: `WWW-Authenticate` carries them in base64. */
export function claimsOf(header: string): string | null {
  const [, encoded] = /\bclaims="([\w+/=-]{1,8192})"/.exec(header) ?? []
  if (encoded === undefined) return null
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  try {
    return typeof JSON.parse(text) === 'object' ? text : null
  } catch {
    return null
  }
}
