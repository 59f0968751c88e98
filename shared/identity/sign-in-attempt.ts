import * as z from 'zod'
import { accountHash, CONSUMER_TENANT } from './account.ts'
import { isFresh, type SignedIn } from './session.ts'

const ATTEMPT_MS = 10 * 60_000
/** So far may the clocks of two instances be apart. */
const SKEW_MS = 60_000
const Random = z.string().regex(/^[\w-]{43}$/)

const Attempt = z.object({
  state: Random,
  nonce: Random,
  verifier: Random,
  returnTo: z.string().max(500),
  fresh: z.boolean(),
  accountHash: Random.nullable(),
  at: z.int(),
})

/**
 * A browser has been sent to Microsoft to sign in. The cookie of that browser holds it, and nobody else may write that
 * cookie (`__Host-`): what comes back without it was begun elsewhere. It is the browser's own, so nothing that a person
 * must not choose stands in it.
 */
export interface SignInAttempt {
  state: string
  nonce: string
  /** The PKCE verifier. */
  verifier: string
  /** The path of the page to come back to. */
  returnTo: string
  /** Whether the person has to show who they are. */
  fresh: boolean
  /** Of somebody who is signed in and has to do so once more: whose it has to be. */
  accountHash: string | null
  /** When it was begun, in ms. */
  at: number
}

/** Seconds in which a sign-in has to be finished. */
export const ATTEMPT_SECONDS = ATTEMPT_MS / 1000

/** The attempt as a cookie holds it. */
export const attemptText = (attempt: SignInAttempt): string =>
  Buffer.from(JSON.stringify(attempt)).toString('base64url')

/** What a cookie holds; undefined for everything that is no attempt. */
export function readAttempt(text: string): SignInAttempt | undefined {
  try {
    return Attempt.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')))
  } catch {
    return undefined
  }
}

/** Why a return cannot be accepted; null when it can. */
export function faultOf(attempt: SignInAttempt | undefined, state: string, now: Date): 'unknown' | 'expired' | null {
  if (attempt?.state !== state) return 'unknown'
  const age = now.getTime() - attempt.at
  // Its cookie is not sealed: one that says it begins later was made up, to be fresh for longer.
  return age > ATTEMPT_MS || age < -SKEW_MS ? 'expired' : null
}

/**
 * When somebody signed in, as far as it can be known. Of personal accounts Microsoft does not say it: then what was asked
 * for has to do, so that they are not kept from cancelling what they have bought.
 */
export const signedInAtOf = ({ fresh, at }: SignInAttempt, { account, signedInAt }: SignedIn): Date | null =>
  signedInAt === null && fresh && account.tenantId === CONSUMER_TENANT ? new Date(at) : signedInAt

/** Why a sign-in is not what the attempt was for; null when it is. */
export function mismatchOf(attempt: SignInAttempt, who: SignedIn, now: Date): 'another_account' | 'not_fresh' | null {
  if (attempt.accountHash !== null && attempt.accountHash !== accountHash(who.account)) return 'another_account'
  return attempt.fresh && !isFresh(signedInAtOf(attempt, who), now) ? 'not_fresh' : null
}

/** Why nobody was signed in, for the page to explain. They are only ever added. */
export const signInRefusals = [
  'declined',
  'admin_consent_needed',
  'blocked_by_policy',
  'not_accepted',
  'another_account',
  'not_fresh',
  'expired',
  'unknown',
  'unavailable',
] as const
export type SignInRefusal = (typeof signInRefusals)[number]
