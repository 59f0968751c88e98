import { type MailboxView, mailboxes } from '@securemailmerge/shared/http/contracts/mailboxes'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { type Grant, isEnded, lossOf } from '@securemailmerge/shared/merging/grant'
import type * as z from 'zod'
import type { MailboxServices } from './mailbox-services.ts'

/** GET /api/mailboxes: the grant of the account that asks, and its last attempt. */
export const listMailboxes = ({ frame, grants }: MailboxServices) =>
  endpoint(frame, 'list_mailboxes', mailboxes.list_mailboxes, async ({ caller, now }) => {
    const { grant, attempt } = await grants.list(caller.account, now)
    const lastAttempt = attempt && {
      ...{ grant: attempt.grantId, outcome: attempt.outcome, at: attempt.at, expiresAt: attempt.expiresAt },
    }
    return { mailboxes: grant ? [viewOf(grant, now)] : [], lastAttempt: lastAttempt ?? null }
  })

const viewOf = (grant: Grant, now: Date): z.input<typeof MailboxView> => ({
  mailbox: grant.mailboxId,
  grant: grant.grantId,
  state: isEnded(grant, now) ? 'ended' : (lossOf(grant, now) ?? 'ready'),
  drafts: grant.permissions.includes('Mail.ReadWrite'),
  shared: grant.permissions.includes('Mail.Send.Shared'),
  since: grant.at,
  until: grant.endsAt,
  usedAt: grant.usedAt,
})
