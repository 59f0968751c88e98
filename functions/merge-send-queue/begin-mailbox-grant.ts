import { mailboxes } from '@securemailmerge/shared/http/contracts/mailboxes'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import type { MailboxServices } from './mailbox-services.ts'

/** POST /api/mailboxes/grants: an attempt for the account that asks, and the page where it signs in (F22). */
export const beginMailboxGrant = ({ frame, grants }: MailboxServices) =>
  endpoint(frame, 'begin_mailbox_grant', mailboxes.begin_mailbox_grant, async ({ body, caller, now }) =>
    grants.begin(caller.account, body, now),
  )
