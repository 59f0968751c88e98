import type { Why } from './sign-in-gate.ts'

/** Somebody who is signed in, as far as it tells one sign-in from another. */
export interface SignIn {
  account: { tenantId: string; objectId: string }
  endsAt: string
  freshUntil: string | null
}

/** Whether two sign-ins are of one account. Two accounts can have the same name and the same address. */
export const sameAccount = ({ account: one }: SignIn, { account: other }: SignIn): boolean =>
  one.tenantId === other.tenantId && one.objectId === other.objectId

/**
 * Whether the person has done what was wanted. A new sign-in is known by its times: the clock of this computer may be
 * wrong, so it is not asked.
 */
export function isDone(why: Why, before: SignIn, now: SignIn): boolean {
  if (!sameAccount(before, now)) return false
  return why === 'ended'
    ? now.endsAt !== before.endsAt
    : now.freshUntil !== null && now.freshUntil !== before.freshUntil
}

/** A session as the page keeps it: `isOver` when it has ended, and what stands on the page is still of it. */
export type Kept<Session> = Session & { isOver?: true }

/**
 * What the page knows after asking who is signed in. Nobody, where somebody was: their page stays as it is, so that what
 * they have typed is not lost before they have signed in again.
 */
export const keptSession = <Session extends { signedIn: boolean }>(
  before: Kept<Session> | undefined,
  now: Session,
): Kept<Session> => (before?.signedIn && !now.signedIn ? { ...before, isOver: true } : now)
