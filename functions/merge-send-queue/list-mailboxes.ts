import { type MailboxView, mailboxes } from '@securemailmerge/shared/http/contracts/mailboxes'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { type Grant, isEnded, lossOf } from '@securemailmerge/shared/merging/grant'
import type { SignInLoss } from '@securemailmerge/shared/merging/mailbox'
import type * as z from 'zod'
import type { MailboxServices } from './mailbox-services.ts'

/** GET /api/mailboxes: the grant of the account that asks, and its last attempt. */
export const listMailboxes = ({ frame, grants, lostOf }: MailboxServices) =>
  endpoint(frame, 'list_mailboxes', mailboxes.list_mailboxes, async ({ caller, now }) => {
    const { grant, attempt } = await grants.list(caller.account, now)
    const lastAttempt = attempt && {
      ...{ grant: attempt.grantId, outcome: attempt.outcome, at: attempt.at, expiresAt: attempt.expiresAt },
      ...wishOf(attempt.permissions),
    }
    const shown = grant ? [viewOf(grant, await lostOf(grant.mailboxId), now)] : []
    return { mailboxes: shown, lastAttempt: lastAttempt ?? null }
  })

const wishOf = (permissions: string[]) => ({
  drafts: permissions.includes('Mail.ReadWrite'),
  shared: permissions.includes('Mail.Send.Shared'),
})

/** The worse of what the grant and what sending says: a grant that Microsoft renews may be refused all the same. */
const viewOf = (grant: Grant, lost: SignInLoss | null, now: Date): z.input<typeof MailboxView> => ({
  mailbox: grant.mailboxId,
  grant: grant.grantId,
  state: isEnded(grant, now) ? 'ended' : (lossOf(grant, now) ?? lost ?? 'ready'),
  ...wishOf(grant.permissions),
  since: grant.at,
  until: grant.endsAt,
  usedAt: grant.usedAt,
})
