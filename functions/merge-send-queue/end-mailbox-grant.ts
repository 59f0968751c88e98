import { mailboxes } from '@securemailmerge/shared/http/contracts/mailboxes'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { log } from '@securemailmerge/shared/log'
import { mailboxIdOf } from '@securemailmerge/shared/merging/mailbox-id'
import { Refusal } from '@securemailmerge/shared/refusal'
import type { MailboxServices } from './mailbox-services.ts'

/** DELETE /api/mailboxes/grants/{grantId}: for its owner; to everybody else there is none. */
export const endMailboxGrant = ({ frame, grants }: MailboxServices) =>
  endpoint(frame, 'end_mailbox_grant', mailboxes.end_mailbox_grant, async ({ params, caller, context, now }) => {
    const isEnded = await grants.end(caller.account, params.grantId, now)
    if (!isEnded) throw new Refusal('not_found', 'There is no such grant.')
    log(context, 'info', 'grant_ended', { service: frame.service, mailbox: mailboxIdOf(caller.account) })
    return { grant: params.grantId, state: 'ended' as const }
  })
