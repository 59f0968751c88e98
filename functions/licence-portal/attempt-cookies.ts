import type { Cookie, HttpRequest } from '@azure/functions'
import { cookiesOf, hostCookie, noCookie } from '@securemailmerge/shared/http/cookies'
import {
  ATTEMPT_SECONDS,
  attemptText,
  readAttempt,
  type SignInAttempt,
} from '@securemailmerge/shared/identity/sign-in-attempt'

const PREFIX = '__Host-sign-in-'
/** Sign-ins that one browser may have begun at a time: more would make its requests too long to be taken. */
const MOST_OPEN = 5

// One each, so that two tabs do not overwrite each other's.
const nameOf = (state: string) => PREFIX + state.slice(0, 12)

/** The cookie of a new attempt; the oldest of too many go. */
export function attemptCookies(request: HttpRequest, attempt: SignInAttempt): Cookie[] {
  // Browsers send the oldest first.
  const open = [...cookiesOf(request).keys()].filter((name) => name.startsWith(PREFIX))
  const old = open.slice(0, Math.max(0, open.length - MOST_OPEN + 1))
  return [hostCookie(nameOf(attempt.state), attemptText(attempt), ATTEMPT_SECONDS), ...old.map(noCookie)]
}

/** The attempt that a browser brings back with a state. */
export const attemptOf = (request: HttpRequest, state: string): SignInAttempt | undefined =>
  readAttempt(cookiesOf(request).get(nameOf(state)) ?? '')

/** An attempt is good for one return. */
export const attemptDone = (state: string): Cookie => noCookie(nameOf(state))
