import type { GrantClient } from '@securemailmerge/shared/entra/grant-client'
import type { Frame } from '@securemailmerge/shared/http/endpoint'
import type { Grants } from '@securemailmerge/shared/merging/grants'

/** What the triggers about mailboxes stand on. */
export interface MailboxServices {
  frame: Frame
  grants: Grants
  entra: GrantClient
  /** A mailbox can be sent from again: what waited for the sign-in goes on. */
  goOn(mailboxId: string): Promise<void>
}
