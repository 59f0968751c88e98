import type { Stored, Write } from '../azure/items.ts'
import { saidOf, outcomeOf as whyRefused } from '../entra/refusals.ts'
import { hash } from '../hash.ts'
import { sameAccount } from '../identity/account.ts'
import { type Attempt, type AttemptEnd, attemptItem, faultOf, isFresh, readState } from './attempt.ts'
import { type Grant, newGrant } from './grant.ts'
import type { GrantParts } from './grants.ts'

/** What a browser brings back from Microsoft: a state, and a code or the words of a refusal. Anybody can write it. */
export type Returned = Record<'state' | 'code' | 'error' | 'error_description', string | null>

/** How a return ended. `unknown` and `used` are about the address that was opened, the others about the attempt. */
export interface Finished {
  outcome: 'unknown' | 'used' | AttemptEnd
  /** Of the attempt, once the return was shown to be its own. */
  mailboxId: string | null
  /** The attempt that has become a grant. */
  granted?: Pick<Attempt, 'grantId' | 'account'>
}

const notOurs = (outcome: 'unknown' | 'used' | 'expired'): Finished => ({ outcome, mailboxId: null })

interface Ending {
  outcome: AttemptEnd
  claims?: string | null
  /** The refresh token and what it allows, when all is well. */
  kept?: { refreshToken: string; permissions: string[]; address: string | null }
}

/**
 * Finishes an attempt. It is used up before Microsoft is asked, so that of two returns at most one goes on; and tokens
 * are kept only when they are of the very account that the attempt was made for (F22).
 */
export async function finishGrant(parts: GrantParts, returned: Returned, now: Date): Promise<Finished> {
  const state = readState(returned.state ?? '')
  if (!state) return notOurs('unknown')
  const { mailboxId, grantId } = state
  const attempt = await parts.items.read<Attempt>(mailboxId, attemptItem(grantId))
  const fault = faultOf(attempt, hash(state.secret), now)
  if (fault !== null || !attempt) return notOurs(fault ?? 'unknown')
  const used: Attempt = { ...attempt, outcome: 'redeeming' }
  const [etag] = (await parts.items.write(mailboxId, [{ replace: used, etag: attempt._etag }])) ?? []
  if (!etag) return notOurs('used')
  const ending = await endingOf(parts, attempt, returned)
  const outcome = await settle(parts, { ...used, _etag: etag }, ending, now)
  return { outcome, mailboxId, ...(outcome === 'done' ? { granted: { grantId, account: attempt.account } } : {}) }
}

async function endingOf(
  { client, sealing }: GrantParts,
  attempt: Attempt,
  { code, error, error_description }: Returned,
): Promise<Ending> {
  if (!code) return { outcome: error === null ? 'not_accepted' : whyRefused(saidOf({ error, error_description })) }
  const { account, mailboxId } = attempt
  const verifier = await sealing.open(attempt.verifier, { account, mailboxId, use: 'verifier' })
  if ('fault' in verifier) return { outcome: 'not_accepted' }
  const answer = await client.redeem(attempt, code, verifier.text)
  if (answer.kind === 'unavailable') return { outcome: 'unavailable' }
  if (answer.kind === 'refused') return { outcome: answer.outcome, claims: answer.claims }
  if (!sameAccount(answer.account, account)) return { outcome: 'another_account' }
  if (!isFresh(attempt, answer.signedInAt)) return { outcome: 'not_fresh' }
  if (!answer.permissions.includes('Mail.Send')) return { outcome: 'declined' }
  return { outcome: 'done', kept: answer }
}

/** Writes down how it ended, with the grant if there is one. An attempt that was ended meanwhile gives none. */
async function settle(
  { items, sealing }: GrantParts,
  { _etag, ...attempt }: Stored<Attempt>,
  { outcome, claims = null, kept }: Ending,
  now: Date,
): Promise<AttemptEnd> {
  const { mailboxId, grantId, account } = attempt
  const after: Attempt = { ...attempt, outcome, claims }
  const done: Write = { replace: after, etag: _etag }
  if (!kept) return (await items.batch(mailboxId, [done])) ? outcome : 'ended'
  const { refreshToken, permissions, address } = kept
  const sealed = await sealing.seal(refreshToken, { account, mailboxId, use: 'refresh_token' })
  for (;;) {
    const earlier = await items.read<Grant>(mailboxId, 'grant')
    const grant = newGrant({ mailboxId, grantId, account, permissions, address, sealed }, earlier, now)
    const write: Write = earlier ? { replace: grant, etag: earlier._etag } : { create: grant }
    if (await items.batch(mailboxId, [done, write])) return 'done'
    const current = await items.read<Attempt>(mailboxId, attempt.id)
    // Of the two only the grant may have been written by another, a refresh: then once more.
    if (current?._etag !== _etag) return 'ended'
  }
}
