import { hash } from '../hash.ts'
import type { Account } from '../identity/account.ts'

/** The id of the mailbox of an account: partition key of its grant, its campaigns and its ledger. 43 characters. */
export const mailboxIdOf = ({ tenantId, objectId }: Account): string => hash('mailbox', tenantId, objectId)
