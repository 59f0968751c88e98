import { type Account, CONSUMER_TENANT } from '../identity/account.ts'
import type { Permission } from './grant.ts'

const MINUTE_MS = 60_000
/** A sign-in has to be finished within this time. */
const ATTEMPT_MS = 10 * MINUTE_MS
/** A sign-in before the attempt counts when it was no longer ago; the clocks may differ by a minute. */
const FRESH_MS = 11 * MINUTE_MS
const KEPT_SECONDS = 24 * 3600

/** What became of an attempt to get a grant. */
export type AttemptOutcome =
  | 'open'
  | 'redeeming'
  | 'done'
  | 'expired'
  | 'another_account'
  | 'not_fresh'
  | 'declined'
  | 'admin_consent_needed'
  | 'blocked_by_policy'
  | 'not_accepted'
  | 'unavailable'
  | 'ended'

/** How an attempt ended. */
export type AttemptEnd = Exclude<AttemptOutcome, 'open' | 'redeeming'>

/** Item `attempt:<grantId>`: one account has been sent to Microsoft to sign in; good for one return (F22). */
export interface Attempt {
  id: string
  kind: 'attempt'
  mailboxId: string
  grantId: string
  account: Account
  /** Hash of the secret part of the state. */
  secret: string
  /** The PKCE verifier, sealed. */
  verifier: string
  outcome: AttemptOutcome
  /** What it asked for: an administrator may have to agree to the very same. */
  permissions: Permission[]
  /** A challenge that came with a refusal: the next attempt has to bring it along (F25). */
  claims: string | null
  at: string
  expiresAt: string
  ttl: number
}

/** Id of the item of an attempt. */
export const attemptItem = (grantId: string): string => `attempt:${grantId}`

/** The permissions that are asked for: sending alone, or drafts as well where an administrator has agreed (F23). */
export const wanted = (drafts: boolean, shared: boolean): Permission[] => [
  'Mail.Send',
  ...(shared ? (['Mail.Send.Shared'] as const) : []),
  ...(drafts ? (['Mail.ReadWrite'] as const) : []),
]

/** A new attempt. */
export function newAttempt(
  {
    mailboxId,
    grantId,
    account,
    secret,
    verifier,
    permissions,
  }: Pick<Attempt, 'mailboxId' | 'grantId' | 'account' | 'secret' | 'verifier' | 'permissions'>,
  now: Date,
): Attempt {
  return {
    ...{ id: attemptItem(grantId), kind: 'attempt', mailboxId, grantId, account, secret, verifier, permissions },
    ...{ outcome: 'open', claims: null },
    at: now.toISOString(),
    expiresAt: new Date(now.getTime() + ATTEMPT_MS).toISOString(),
    ttl: KEPT_SECONDS,
  }
}

/** The parts of the state that comes back; the id of a grant begins with its mailbox, so the partition is known. */
export interface State {
  mailboxId: string
  grantId: string
  secret: string
}

export const stateText = ({ grantId, secret }: State): string => `${grantId}.${secret}`

/** What a returning browser brings; undefined for everything that we have not written. */
export function readState(text: string): State | undefined {
  const [, grantId, mailboxId, secret] = /^(([\w-]{43})\.[\w-]{22})\.([\w-]{43})$/.exec(text) ?? []
  return grantId && mailboxId && secret ? { grantId, mailboxId, secret } : undefined
}

/** Why a return cannot be accepted; null when it can. Whoever does not know the secret learns nothing of an attempt. */
export function faultOf(
  attempt: Attempt | undefined,
  secret: string,
  now: Date,
): 'unknown' | 'used' | 'expired' | null {
  if (!attempt || attempt.secret !== secret) return 'unknown'
  if (attempt.outcome !== 'open') return 'used'
  return now >= new Date(attempt.expiresAt) ? 'expired' : null
}

/** What its owner is told of an attempt. */
export const outcomeOf = ({ outcome, expiresAt }: Attempt, now: Date): AttemptOutcome =>
  (outcome === 'open' || outcome === 'redeeming') && now >= new Date(expiresAt) ? 'expired' : outcome

/**
 * Whether somebody signed in for this attempt, or shortly before it. Of personal accounts Microsoft does not say when: then
 * what was asked for has to do. Nobody else's sign-in is fresh that nobody says anything of.
 */
export const isFresh = ({ at, account }: Attempt, signedInAt: Date | null): boolean =>
  signedInAt === null ? account.tenantId === CONSUMER_TENANT : signedInAt.getTime() >= Date.parse(at) - FRESH_MS
