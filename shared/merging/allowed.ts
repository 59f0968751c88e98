import { Refusal } from '../refusal.ts'
import type { Campaign } from './campaign.ts'
import { type Grant, isEnded, type Permission } from './grant.ts'

/** Whether a grant that is not over holds a permission, whatever Microsoft says of it today. */
export const holds = (grant: Grant | undefined, permission: Permission, now: Date): boolean =>
  grant !== undefined && !isEnded(grant, now) && grant.permissions.includes(permission)

const sentences = {
  no_grant: 'Allow sending from your mailbox first.',
  drafts: 'Sending by drafts needs a grant with drafts.',
  shared: 'Sending as a shared mailbox needs a grant with shared.',
}

/**
 * What a campaign needs is looked at before its first mail: at eight in the morning nobody would be there to mend it.
 * @throws Refusal `not_allowed`
 */
export function refuseUnlessAllowed(
  grant: Grant | undefined,
  { mode, from }: Pick<Campaign, 'mode' | 'from'>,
  now: Date,
): void {
  const why = missingOf(grant, { mode, from }, now)
  if (why) throw new Refusal('not_allowed', sentences[why], { why })
}

function missingOf(
  grant: Grant | undefined,
  { mode, from }: Pick<Campaign, 'mode' | 'from'>,
  now: Date,
): keyof typeof sentences | null {
  if (grant === undefined || isEnded(grant, now)) return 'no_grant'
  if (mode === 'draft' && !holds(grant, 'Mail.ReadWrite', now)) return 'drafts'
  if (from !== null && !holds(grant, 'Mail.Send.Shared', now)) return 'shared'
  return null
}
