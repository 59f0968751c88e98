import type { HttpHandler } from '@azure/functions'
import type { ShownSwitch } from '../operations.ts'
import { version } from '../version.ts'
import { apiHeaders, preflightHeaders } from './security-headers.ts'

const json = (status: number, body: unknown) => ({
  status,
  headers: { ...apiHeaders, 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
})

/** Says that the process runs, and which version; no I/O. Nobody outside can ask: Front Door does not route it. */
export const health =
  (service: string): HttpHandler =>
  async () =>
    json(200, { service, status: 'ok', version })

const READY_MS = 5_000

/**
 * Asks the stores of a service, and says which version it is and how its switches stand; the answer is kept for 5 s, so
 * that asking often costs nothing (G6). It is `ready` when every store answers, whatever the switches are: a service whose
 * switches cannot be read still answers what it is asked, and changes nothing.
 * @param switches how they stand; it never throws
 */
export function ready(
  service: string,
  checks: Record<string, () => Promise<unknown>>,
  switches: () => Promise<ShownSwitch[]> = async () => [],
): HttpHandler {
  let answer: ReturnType<typeof ask> | undefined
  let askedAt = Number.NEGATIVE_INFINITY
  const ask = async () => {
    const asked = Object.entries(checks).map(async ([name, check]) => [name, await state(check)] as const)
    const [states, shown] = await Promise.all([Promise.all(asked), switches()])
    const stores: Record<string, string> = Object.fromEntries(states)
    const isReady = Object.values(stores).every((one) => one === 'ok')
    return json(isReady ? 200 : 503, {
      service,
      version,
      status: isReady ? 'ready' : 'not_ready',
      stores,
      switches: shown,
    })
  }
  return async () => {
    if (!answer || performance.now() - askedAt > READY_MS) {
      askedAt = performance.now()
      answer = ask()
    }
    return answer
  }
}

async function state(check: () => Promise<unknown>): Promise<'ok' | 'failing'> {
  try {
    await check()
    return 'ok'
  } catch {
    return 'failing'
  }
}

/** Answers the browser's question whether another origin may ask. */
export const preflight: HttpHandler = async () => ({
  status: 204,
  headers: preflightHeaders,
})
