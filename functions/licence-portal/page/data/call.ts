import { Problem } from './problem.ts'
import { signInGate } from './sign-in-gate.ts'

export { Problem }

interface Asked {
  method?: 'GET' | 'POST' | 'DELETE'
  body?: unknown
  /** Makes a repeat safe: the same key is answered as it was the first time. */
  key?: string
  signal?: AbortSignal
}

/**
 * Asks a service of ours; the session goes along by itself. `path` begins with `/`. Where the answer wants a new sign-in,
 * the person is asked for it, and it is asked once more then.
 * @throws Problem
 */
export const call = <Answer>(path: string, asked: Asked = {}): Promise<Answer> =>
  signInGate.through((asked.method ?? 'GET') === 'GET', () => askOnce<Answer>(path, asked))

async function askOnce<Answer>(path: string, { method = 'GET', body, key, signal }: Asked): Promise<Answer> {
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
