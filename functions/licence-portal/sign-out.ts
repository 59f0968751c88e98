import { licencePortal } from '@securemailmerge/shared/http/contracts/licence-portal'
import { noCookie, SESSION_COOKIE, sessionSecret } from '@securemailmerge/shared/http/cookies'
import { pageEndpoint } from '@securemailmerge/shared/http/page-endpoint'
import { log } from '@securemailmerge/shared/log'
import type { Services } from './wiring.ts'

/** POST /api/session/sign-out: the session ends in the store; what the cookie held opens nothing any more (F16). */
export const signOut = ({ frame, sessions, entra }: Services) =>
  pageEndpoint(frame, 'sign_out', licencePortal.sign_out, async ({ request, context, body, now }) => {
    const secret = sessionSecret(request)
    const session = secret === undefined ? undefined : await sessions.read(secret, now)
    let ended = session ? 1 : 0
    if (session && body.everywhere) ended = await sessions.endAll(session.account)
    else if (secret !== undefined) await sessions.end(secret)
    if (session) log(context, 'info', 'signed_out', { service: frame.service, account: session.accountHash, ended })
    const answer = { signedIn: false as const, ended, microsoftUrl: entra.signOutUrl() }
    return { answer, cookies: [noCookie(SESSION_COOKIE)] }
  })
