import type { GrantClient } from '@securemailmerge/shared/entra/grant-client'
import type { Frame } from '@securemailmerge/shared/http/endpoint'
import type { Account } from '@securemailmerge/shared/identity/account'
import type { Grants } from '@securemailmerge/shared/merging/grants'
import type { SignInLoss } from '@securemailmerge/shared/merging/mailbox'
import type { Notice } from '@securemailmerge/shared/merging/notice'

/** What the triggers about mailboxes stand on. */
export interface MailboxServices {
  frame: Frame
  grants: Grants
  entra: GrantClient
  /** A mailbox can be sent from, perhaps again: its owner is told, and what waited for the sign-in goes on. */
  goOn(mailboxId: string, granted: { account: Account; notice: Notice }): Promise<void>
  /** Why its campaigns wait for somebody, as sending has found; null when they do not. */
  lostOf(mailboxId: string): Promise<SignInLoss | null>
}
