import type { HttpRequest } from '@azure/functions'
import { callerBy } from '../identity/session.ts'
import type { SessionReader } from '../identity/sessions.ts'
import type { Caller, Tokens } from '../identity/tokens.ts'
import { Refusal } from '../refusal.ts'
import type { Client } from './contract.ts'
import { sessionSecret } from './cookies.ts'
import { onlyOwnPage } from './own-page.ts'
import { bearer } from './read-request.ts'

/** What it takes to tell who is asking. */
export interface Asked {
  tokens: Tokens
  sessions: SessionReader
  /** Client id of each registration. */
  clients: Record<Client, string>
  /** The one public address: what a browser calls our own page's. */
  origin: string
  now: () => Date
}

/**
 * Who asks: by a bearer token, or by the session of the page. A request with an Authorization header is judged by that
 * alone, whatever cookie a browser added (G3, F19).
 * @throws Refusal `token_invalid` | `scope_missing` | `client_not_allowed` | `unavailable`
 */
export async function whoAsks(asked: Asked, request: HttpRequest): Promise<Caller> {
  const secret = request.headers.has('authorization') ? undefined : sessionSecret(request)
  if (secret === undefined) return asked.tokens.check(bearer(request))
  onlyOwnPage(request, asked.origin)
  const session = await asked.sessions.read(secret, asked.now())
  if (!session) throw new Refusal('token_invalid', 'Sign in again.')
  return callerBy(session, asked.clients.portal)
}
