import type { Cookie, HttpHandler, HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions'
import { notSignedIn } from '@securemailmerge/shared/entra/sign-in-client'
import { answered } from '@securemailmerge/shared/http/answered'
import { hostCookie, SESSION_COOKIE, sessionSecret } from '@securemailmerge/shared/http/cookies'
import { cameThroughFrontDoor } from '@securemailmerge/shared/http/front-door'
import { isReturnPath } from '@securemailmerge/shared/http/page-paths'
import { accountHash } from '@securemailmerge/shared/identity/account'
import {
  faultOf,
  mismatchOf,
  type SignInAttempt,
  type SignInRefusal,
  signedInAtOf,
} from '@securemailmerge/shared/identity/sign-in-attempt'
import { faultReason, log } from '@securemailmerge/shared/log'
import { Refusal } from '@securemailmerge/shared/refusal'
import { attemptDone, attemptOf } from './attempt-cookies.ts'
import type { Services } from './wiring.ts'

const ROUTE = 'finish_sign_in'
const MOST_CHARACTERS = 8 * 1024

/** How a return ended: with what the new session's cookie holds, or why nobody is signed in. */
type End = { secret: string } | { refused: SignInRefusal; code?: string }

/**
 * GET /api/session/callback: where Microsoft sends a browser back. Only the browser that began is let in (F17), always
 * with a new session, and a session of before ends (F16). Every other end leads back to the page, which says why.
 */
export const finishSignIn = (services: Services): HttpHandler =>
  answered(services.frame.service, ROUTE, async (request, context) => {
    const { frame } = services
    if (!cameThroughFrontDoor(request, frame.frontDoorId)) {
      throw new Refusal('client_not_allowed', 'Ask through the public address.')
    }
    const state = request.url.length > MOST_CHARACTERS ? '' : (request.query.get('state') ?? '')
    const attempt = attemptOf(request, state)
    const end = await ended(services, request, context, attempt).catch((error: unknown): End => {
      failed(services, context, error)
      return { refused: 'unavailable' }
    })
    const returnTo = attempt && isReturnPath(attempt.returnTo) ? attempt.returnTo : '/'
    const done = attempt ? [attemptDone(attempt.state)] : []
    if ('secret' in end) return to(frame.origin + returnTo, [hostCookie(SESSION_COOKIE, end.secret), ...done])
    log(context, 'info', 'sign_in_refused', {
      ...{ service: frame.service, route: ROUTE, requestId: context.invocationId, code: end.refused },
      ...(end.code === undefined ? {} : { reason: end.code }),
    })
    return to(`${frame.origin}/sign-in?${new URLSearchParams({ refused: end.refused, returnTo })}`, done)
  })

async function ended(
  { frame, sessions, entra }: Services,
  request: HttpRequest,
  context: InvocationContext,
  attempt: SignInAttempt | undefined,
): Promise<End> {
  const said = (name: string) => request.query.get(name)
  const now = frame.now()
  const fault = faultOf(attempt, said('state') ?? '', now)
  if (!attempt || fault) return { refused: fault ?? 'unknown' }
  const code = said('code')
  if (code === null) return notSignedIn({ error: said('error'), error_description: said('error_description') })
  const who = await entra.redeem(code, attempt, said('iss'))
  if ('refused' in who) return who
  const mismatch = mismatchOf(attempt, who, now)
  if (mismatch) return { refused: mismatch }
  const before = sessionSecret(request)
  const secret = await sessions.begin({ ...who, signedInAt: signedInAtOf(attempt, who) }, now)
  if (before !== undefined) await sessions.end(before)
  log(context, 'info', 'signed_in', { service: frame.service, account: accountHash(who.account) })
  return { secret }
}

const to = (address: string, cookies: Cookie[]): HttpResponseInit => ({
  status: 303,
  headers: { Location: address },
  cookies,
})

function failed({ frame }: Services, context: InvocationContext, error: unknown): void {
  log(context, 'error', 'request_failed', {
    ...{ service: frame.service, route: ROUTE, requestId: context.invocationId },
    ...{ code: error instanceof Refusal ? error.code : 'internal', reason: faultReason(error) },
  })
}
