/** A refusal of a service (RFC 9457), or `unreachable` when no answer came. */
export class Problem extends Error {
  readonly code: string
  readonly status: number
  /** What the refusal says beside its code, such as the fields that are wrong. */
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: string, status: number, details: Record<string, unknown> = {}) {
    super(code)
    this.code = code
    this.status = status
    this.details = details
  }
}

interface Asked {
  method?: 'GET' | 'POST' | 'DELETE'
  body?: unknown
  /** Makes a repeat safe: the same key is answered as it was the first time. */
  key?: string
  signal?: AbortSignal
}

/**
 * Asks a service of ours; the session goes along by itself. `path` begins with `/`.
 * @throws Problem
 */
export async function call<Answer>(path: string, { method = 'GET', body, key, signal }: Asked = {}): Promise<Answer> {
  const headers = new Headers({ Accept: 'application/json', 'Accept-Language': document.documentElement.lang })
  if (body !== undefined) headers.set('Content-Type', 'application/json')
  if (key) headers.set('Idempotency-Key', key)
  const sent: RequestInit = { method, headers, credentials: 'same-origin', cache: 'no-store', redirect: 'error' }
  if (body !== undefined) sent.body = JSON.stringify(body)
  if (signal) sent.signal = signal
  const response = await fetch(path, sent).catch((error: unknown) => {
    if (signal?.aborted) throw error
    throw new Problem('unreachable', 0)
  })
  if (response.status === 204) return undefined as Answer
  const answer: unknown = await response.json().catch(() => undefined)
  if (response.ok && answer !== undefined) return answer as Answer
  throw problemOf(response.status, answer)
}

function problemOf(status: number, answer: unknown): Problem {
  const details = typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : {}
  return new Problem(typeof details.title === 'string' ? details.title : 'internal', status, details)
}

/** Whether asking again by itself may help: only where nothing answered, or not in order; three times at most. */
export const mayTryAgain = (failures: number, error: Error): boolean =>
  failures < 3 && error instanceof Problem && (error.status === 0 || error.status >= 500)
