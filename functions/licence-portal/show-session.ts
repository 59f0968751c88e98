import { licencePortal } from '@securemailmerge/shared/http/contracts/licence-portal'
import { sessionSecret } from '@securemailmerge/shared/http/cookies'
import { pageEndpoint } from '@securemailmerge/shared/http/page-endpoint'
import { freshUntil, type Session } from '@securemailmerge/shared/identity/session'
import type { Services } from './wiring.ts'

/** GET /api/session: who is signed in on this browser. */
export const showSession = ({ frame, sessions }: Services) =>
  pageEndpoint(frame, 'show_session', licencePortal.show_session, async ({ request, language, now }) => {
    const secret = sessionSecret(request)
    const session = secret === undefined ? undefined : await sessions.read(secret, now)
    return { answer: { ...(session ? shown(session) : { signedIn: false as const }), language } }
  })

const shown = ({ account, name, address, evidence, signedInAt, endsAt }: Session) => ({
  signedIn: true as const,
  account,
  name: name ?? address ?? '',
  address,
  confirmed: evidence.map((one) => `${one}`),
  freshUntil: freshUntil(signedInAt === null ? null : new Date(signedInAt))?.toISOString() ?? null,
  endsAt,
})
