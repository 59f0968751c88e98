import * as z from 'zod'
import { castMember, everybody } from './cast.ts'
import { type Consents, PolicyChange } from './consents.ts'
import { Fault, type Faults } from './faults.ts'
import { type Answer, type Asked, json, withHeaders } from './frame.ts'
import type { Issue, TokenRequest } from './issue.ts'
import type { SigningKeys } from './keys.ts'
import { Refused } from './refused.ts'
import { TokenFault, type TokenFaults } from './token-faults.ts'

/** How often each endpoint was asked since the start. */
export type Counts = Record<'discovery' | 'keys' | 'authorize' | 'token' | 'logout', number>

const Kid = z.strictObject({ kid: z.string() })
const Rotation = z.strictObject({ use: z.enum(['organisations', 'consumers']).default('organisations') })

const Somebody = z.strictObject({ person: z.string() })

/** What the local routes work with. */
export interface LocalParts {
  issue: Issue
  keys: SigningKeys
  faults: Faults
  tokenFaults: TokenFaults
  consents: Consents
  counts: Counts
  now: () => Date
}
type Routes = Record<string, (body: unknown) => Answer | Promise<Answer>>

const done = json(200, {})

/** The routes under `/_local/` that real Entra does not have: tokens for the asking, keys, faults, counts, consents. */
export function localRoutes(parts: LocalParts) {
  const routes: Routes = { ...tokenRoutes(parts), ...consentRoutes(parts) }
  const answer = async (asked: Asked): Promise<Answer> => {
    if (asked.method === 'OPTIONS') return { status: 204 }
    const name = asked.url.pathname.slice('/_local/'.length)
    const route = routes[`${asked.method} ${name}`]
    if (!route) throw new Refused(404, 'not_found', `The identity stand-in has no ${asked.method} /_local/${name}.`)
    return route(asked.method === 'POST' ? parsed(await asked.text()) : undefined)
  }
  return (asked: Asked) => withHeaders(localOrigins(asked.header('origin')), answer)(asked)
}

const consentRoutes = ({ consents, tokenFaults, now }: LocalParts): Routes => ({
  'POST consents/policy': (body) => {
    consents.setPolicy(PolicyChange.parse(body))
    return done
  },
  'POST consents/withdraw': (body) => {
    consents.withdraw(somebody(body))
    return done
  },
  'POST sessions/revoke': (body) => {
    consents.revokeSessions(somebody(body), now())
    return done
  },
  'POST token-faults': (body) => {
    tokenFaults.add(TokenFault.parse(body))
    return done
  },
  'DELETE token-faults': () => {
    tokenFaults.clear()
    return done
  },
})

function somebody(body: unknown) {
  const { person } = Somebody.parse(body)
  const found = castMember(person)
  if (!found) throw new Refused(404, 'not_found', `Nobody of the cast is called ${person}.`)
  return found
}

function tokenRoutes({ issue, keys, faults, counts }: LocalParts): Routes {
  return {
    'GET people': () => json(200, everybody),
    'GET count': () => json(200, counts),
    'POST token': async (body) => json(200, await issue(z.looseObject({}).parse(body) as TokenRequest)),
    'POST keys/rotate': async (body) => json(200, { kid: await keys.rotate(Rotation.parse(body).use) }),
    'POST keys/withdraw': (body) => {
      keys.withdraw(Kid.parse(body).kid)
      return done
    },
    'POST keys/replace': async (body) => {
      await keys.replace(Kid.parse(body).kid)
      return done
    },
    'POST faults': (body) => {
      faults.set(Fault.parse(body))
      return done
    },
    'DELETE faults': () => {
      faults.clear()
      return done
    },
  }
}

function parsed(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text)
  } catch {
    throw new Refused(400, 'invalid_request', 'The body is not JSON.')
  }
}

/**
 * Headers that let pages of this machine, on whatever port, use `/_local/`.
 * @throws Refused 403 for a page from elsewhere: it could make itself anybody
 */
function localOrigins(origin: string): Record<string, string> {
  if (origin === '') return {}
  if (!/^http:\/\/(localhost|127\.0\.0\.1)(:\d+)?$/.test(origin)) {
    throw new Refused(403, 'wrong_origin', 'Only pages of this machine may use /_local/.')
  }
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'GET, POST, DELETE',
    'access-control-allow-headers': 'content-type',
    vary: 'origin',
  }
}
