import { licencePortal } from '@securemailmerge/shared/http/contracts/licence-portal'
import { sessionSecret } from '@securemailmerge/shared/http/cookies'
import { pageEndpoint } from '@securemailmerge/shared/http/page-endpoint'
import { attemptCookies } from './attempt-cookies.ts'
import type { Services } from './wiring.ts'

const random = () => Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url')

/** POST /api/session/sign-in: the page of Microsoft to go to, and a cookie that admits this browser alone back (F17). */
export const beginSignIn = ({ frame, sessions, entra }: Services) =>
  pageEndpoint(frame, 'begin_sign_in', licencePortal.begin_sign_in, async ({ request, body, now }) => {
    const { returnTo, fresh } = body
    const secret = fresh ? sessionSecret(request) : undefined
    const session = secret === undefined ? undefined : await sessions.read(secret, now)
    const [state, nonce, verifier] = [random(), random(), random()]
    const attempt = {
      ...{ state, nonce, verifier, returnTo, fresh, at: now.getTime() },
      accountHash: session?.accountHash ?? null,
    }
    const url = await entra.signInUrl({ state, nonce, verifier, fresh, loginHint: session?.address ?? null })
    return { answer: { url }, cookies: attemptCookies(request, attempt) }
  })
