import { hash } from '../hash.ts'
import type { Address } from '../licensing/address.ts'
import { type Account, accountHash } from './account.ts'
import type { Caller } from './tokens.ts'

const SESSION_SECONDS = 8 * 3600
const FRESH_MS = 10 * 60_000

/** Who has just signed in on the page, as a checked ID token says. */
export interface SignedIn {
  account: Account
  /** Addresses that the sign-in is evidence for, as a token of that moment would be. */
  evidence: Address[]
  homed: boolean
  /** What the account is called, as its directory has it: for the person alone, never for anybody else. */
  name: string | null
  /** Where the account gets mail, as far as Microsoft says so. It proves nothing. */
  address: string | null
  /** When the person last showed who they are; null where Microsoft does not say. */
  signedInAt: Date | null
}

/** Item of container `sessions`: somebody is signed in on one browser. Its id is the hash of what the cookie holds. */
export interface Session {
  id: string
  kind: 'session'
  account: Account
  /** By which all sessions of an account are found. */
  accountHash: string
  evidence: Address[]
  homed: boolean
  name: string | null
  address: string | null
  signedInAt: string | null
  at: string
  endsAt: string
  ttl: number
}

/** Under which a session is kept: who reads the container cannot be anybody by it. */
export const sessionId = (secret: string): string => hash('session', secret)

/** A session that begins now. It is never made longer: after 8 h the person signs in again (F16). */
export const newSession = (who: SignedIn, secret: string, now: Date): Session => ({
  id: sessionId(secret),
  kind: 'session',
  account: who.account,
  accountHash: accountHash(who.account),
  evidence: who.evidence,
  homed: who.homed,
  name: who.name,
  address: who.address,
  signedInAt: who.signedInAt?.toISOString() ?? null,
  at: now.toISOString(),
  endsAt: new Date(now.getTime() + SESSION_SECONDS * 1000).toISOString(),
  ttl: SESSION_SECONDS,
})

/** Whether a session has not ended by itself; the store forgets it later than that. */
export const isLiving = ({ endsAt }: Session, now: Date): boolean => now.getTime() < Date.parse(endsAt)

/**
 * Who calls by a session: the same as a token of that sign-in would say.
 * @param clientId the registration of the page
 */
export const callerBy = ({ account, evidence, homed, signedInAt }: Session, clientId: string): Caller => ({
  account,
  evidence,
  homed,
  clientId,
  signedInAt: signedInAt === null ? null : new Date(signedInAt),
})

/** Until when a sign-in is fresh enough for money, ownership and mass changes (F18); null when it is not known. */
export const freshUntil = (signedInAt: Date | null): Date | null =>
  signedInAt === null ? null : new Date(signedInAt.getTime() + FRESH_MS)

/** Whether somebody has shown who they are in the last ten minutes (F18). */
export const isFresh = (signedInAt: Date | null, now: Date): boolean => {
  const until = freshUntil(signedInAt)
  return until !== null && now.getTime() <= until.getTime()
}
