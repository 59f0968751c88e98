import type { HttpHandler, HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions'
import { faultReason, log } from '../log.ts'
import { Refusal, reasonOf } from '../refusal.ts'
import { problem, problemOf } from './problems.ts'
import { apiHeaders } from './security-headers.ts'

/** Work behind a route: it returns an answer, or throws a Refusal. */
export type Work = (request: HttpRequest, context: InvocationContext) => Promise<HttpResponseInit>

/**
 * The outer frame of a route: what is thrown becomes a problem and a line of the log, and every answer has the headers of
 * all of them.
 * @param headers for this route beside those
 */
export const answered =
  (service: string, route: string, work: Work, headers: Record<string, string> = {}): HttpHandler =>
  async (request, context) => {
    const ended = (answer: HttpResponseInit): HttpResponseInit => ({
      ...answer,
      headers: { ...apiHeaders, ...headers, 'X-Request-Id': context.invocationId, ...answer.headers },
    })
    try {
      return ended(await work(request, context))
    } catch (error) {
      report(service, route, context, error)
      return ended(problem(context.invocationId, problemOf(error)))
    }
  }

/** An answer of JSON. */
export const jsonAnswer = (answer: unknown): HttpResponseInit => ({
  status: 200,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(answer),
})

function report(service: string, route: string, context: InvocationContext, error: unknown): void {
  const fields = { service, route, requestId: context.invocationId }
  if (!(error instanceof Refusal)) {
    log(context, 'error', 'request_failed', { ...fields, code: 'internal', reason: faultReason(error) })
    return
  }
  log(context, levelOf(error), 'request_refused', { ...fields, code: error.code, ...reasonFor(error) })
}

/** Something of ours is away only where something has failed: who is told to wait is not an error. */
const levelOf = ({ code, cause }: Refusal): 'info' | 'warn' | 'error' =>
  code !== 'unavailable' ? 'info' : cause === undefined ? 'warn' : 'error'

function reasonFor(refusal: Refusal): { reason?: string } {
  if (refusal.code === 'token_invalid' && refusal.cause instanceof Error) return { reason: refusal.cause.message }
  const reason = reasonOf(refusal)
  return reason === refusal.code ? {} : { reason }
}
