import type { Account } from '../identity/account.ts'
import type { SignInLoss } from './mailbox.ts'

/** Delegated permissions of Microsoft Graph that a grant can hold. */
export type Permission = 'Mail.Send' | 'Mail.ReadWrite' | 'Mail.Send.Shared' | 'Mail.Read'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
/** A grant lasts at most so long, whatever its tokens would allow, and not longer unused (F24). */
const GRANT_MS = 90 * DAY_MS
const UNUSED_MS = 30 * DAY_MS
/** After a loss one try in this time, and after the second in vain one a day (F25). */
const PAUSE_MS = 10 * MINUTE_MS
/** A second loss so soon after a good sign-in is a policy that signing in again does not satisfy. */
const QUICK_MS = 60 * MINUTE_MS
const ENDED_SECONDS = 24 * 3600

/** That Microsoft does not renew a grant, and how often it was asked since. */
export interface Lost {
  why: SignInLoss
  /** A challenge that the next sign-in has to bring along. */
  claims: string | null
  /** What Microsoft said: codes only. */
  code: string
  at: string
  triedAt: string
  tries: number
}

/** Item `grant`: the right to send from one mailbox. There is one a mailbox; a new one takes its place. */
export interface Grant {
  id: 'grant'
  kind: 'grant'
  mailboxId: string
  grantId: string
  account: Account
  permissions: string[]
  /** Where its owner gets mail, as Microsoft has said; for notices to them and nothing else (F24). */
  address: string | null
  /** The refresh token, sealed; null when none is kept any more. */
  sealed: string | null
  at: string
  endsAt: string
  usedAt: string
  lost: Lost | null
  /** Whether it, or the one before it, has been lost before. */
  lostBefore: boolean
  endedAt: string | null
  ttl: number
}

/** A good sign-in becomes a grant. `earlier` is the one whose place it takes. */
export function newGrant(
  made: Pick<Grant, 'mailboxId' | 'grantId' | 'account' | 'permissions' | 'address'> & { sealed: string },
  earlier: Grant | undefined,
  now: Date,
): Grant {
  const at = now.toISOString()
  return living(
    {
      ...{ id: 'grant', kind: 'grant', ...made, at, usedAt: at, endedAt: null, ttl: 0 },
      endsAt: new Date(now.getTime() + GRANT_MS).toISOString(),
      lost: null,
      lostBefore: (earlier?.lost ?? null) !== null,
    },
    now,
  )
}

/** A refresh was good: the new token, sealed with the key of today. */
export const renewed = (grant: Grant, sealed: string, permissions: string[], now: Date): Grant =>
  living(
    {
      ...{ ...grant, sealed, permissions, usedAt: now.toISOString(), lost: null },
      lostBefore: grant.lostBefore || grant.lost !== null,
    },
    now,
  )

/** Whether it is over: ended by somebody, 90 days old or 30 days unused. */
export const isEnded = (grant: Grant, now: Date): boolean => grant.endedAt !== null || endOf(grant) <= now.getTime()

/** Why nothing can be sent by a grant now; null while it can. */
export const lossOf = (grant: Grant | undefined, now: Date): SignInLoss | null =>
  grant === undefined || isEnded(grant, now) ? 'needs_sign_in' : (grant.lost?.why ?? null)

/** Whether Microsoft may be asked once more for a grant that is lost (F25). */
export function mayTry({ sealed, lost }: Grant, now: Date): boolean {
  if (sealed === null || lost === null) return false
  return now.getTime() - Date.parse(lost.triedAt) >= (lost.tries >= 2 ? DAY_MS : PAUSE_MS)
}

/** Writes a try down before it is made, so that of all hosts one makes it. */
export const withTry = (grant: Grant, now: Date): Grant =>
  grant.lost === null
    ? grant
    : { ...grant, lost: { ...grant.lost, triedAt: now.toISOString(), tries: grant.lost.tries + 1 } }

/** Microsoft has refused to renew a grant. One that a policy blocks is not tried again, so its token goes (F25). */
export function withLoss(grant: Grant, said: Pick<Lost, 'why' | 'claims' | 'code'>, now: Date): Grant {
  const isQuick = now.getTime() - Date.parse(grant.at) <= QUICK_MS
  const isSecond = grant.lostBefore || grant.lost !== null
  const why = said.why === 'needs_sign_in' && isQuick && isSecond ? 'blocked_by_policy' : said.why
  const after = lostNow(grant, { ...said, why }, now)
  return why === 'blocked_by_policy' ? { ...after, sealed: null } : after
}

/** We cannot, or must not, use what is stored: a key that is gone, a token of another account. No policy's doing. */
export const withFault = (grant: Grant, code: string, now: Date): Grant =>
  lostNow(grant, { why: 'needs_sign_in', claims: null, code }, now)

function lostNow(grant: Grant, said: Pick<Lost, 'why' | 'claims' | 'code'>, now: Date): Grant {
  const at = now.toISOString()
  const { at: since, triedAt, tries } = grant.lost ?? { at, triedAt: at, tries: 1 }
  return living({ ...grant, lost: { ...said, at: since, triedAt, tries } }, now)
}

/** Its owner, or the end of its campaigns, ends a grant: token and address go at once. */
export const ended = (grant: Grant, now: Date): Grant => ({
  ...grant,
  ...{ sealed: null, address: null },
  endedAt: grant.endedAt ?? now.toISOString(),
  ttl: ENDED_SECONDS,
})

const endOf = ({ endsAt, usedAt }: Grant) => Math.min(Date.parse(endsAt), Date.parse(usedAt) + UNUSED_MS)

/** The store forgets a grant by itself when it is over: nobody needs to sweep. */
const living = (grant: Grant, now: Date): Grant => ({
  ...grant,
  ttl: Math.max(1, Math.ceil((endOf(grant) - now.getTime()) / 1000)),
})
