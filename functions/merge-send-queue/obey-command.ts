import { type Own, obeying } from '@securemailmerge/shared/commands'
import { cancelFor } from '@securemailmerge/shared/merging/acts'
import { mailboxOf } from '@securemailmerge/shared/merging/campaign'
import { mailboxIdOf } from '@securemailmerge/shared/merging/mailbox-id'
import { acceptRestore } from '@securemailmerge/shared/merging/restore'
import { shownCampaign } from '@securemailmerge/shared/merging/shown'
import { Refusal } from '@securemailmerge/shared/refusal'
import { Command, help } from './command.ts'
import { isStopped } from './turn-parts.ts'
import type { Services } from './wiring.ts'

type Result = Record<string, unknown>

/** Queue merge-send-queue-commands: an operator's command, answered by one log line that the message id finds. */
export const obeyCommand = (services: Services) =>
  obeying(
    { ...services, queue: services.queues.commands },
    { schema: Command, help, obey: (command, messageId) => obey(services, command, messageId) },
  )

async function obey(services: Services, command: Own<Command>, messageId: string): Promise<Result> {
  switch (command.command) {
    case 'look_up':
      return lookUp(services, command)
    case 'cancel':
      return cancelled(services, command.campaignId)
    case 'accept_restore':
      return acceptedRestore(services, command.why, messageId)
  }
}

/** Goes on after a restore. Where there was none, or it is accepted already, no row is put in doubt. */
async function acceptedRestore(services: Services, why: string, messageId: string): Promise<Result> {
  const { sending, tick, epoch, operations } = services
  const isOpen = async () =>
    (await operations.onSince('restored')) !== null || !(await epoch.isCurrent({ readNow: true }))
  if (!(await isOpen())) return { outcome: 'nothing_restored' }
  // A message accepts one restore: should it come again later, it does not accept the next.
  const earlier = await operations.earlier({ name: 'restored', on: false, why }, messageId)
  if (earlier) return { ...earlier }
  const restore = { id: await epoch.restoreId(), copiedAt: await epoch.markedAt(), isOpen }
  const result = await acceptRestore(sending, tick, restore)
  await epoch.accept()
  await operations.set('restored', false, why, messageId)
  return { ...result }
}

/** States and counts of a mailbox, or of one campaign; nothing of what is sent. */
async function lookUp(
  services: Services,
  { account, campaignId }: Extract<Command, { command: 'look_up' }>,
): Promise<Result> {
  const { sending } = services
  const mailboxId = account ? mailboxIdOf(account) : mailboxOf(campaignId ?? '')
  const [mailbox, stopped] = await Promise.all([sending.mailbox(mailboxId), isStopped(services)])
  if (!mailbox) throw new Refusal('not_found', 'There is no such mailbox.')
  const { wake, rest, lost, claims, open } = mailbox
  const all = await sending.campaigns(mailboxId)
  const shown = all
    .filter((one) => campaignId === undefined || one.campaignId === campaignId)
    .slice(0, 20)
    .map((one) => shownCampaign(mailbox, one, sending.now(), stopped))
    .map(({ name: _ours, from: _theirs, ...rest }) => rest)
  return { mailbox: mailboxId, wake, rest, lost, inFlight: claims.length, open: open.length, campaigns: shown }
}

async function cancelled({ sending, campaigns }: Services, campaignId: string): Promise<Result> {
  const mailbox = await sending.mailbox(mailboxOf(campaignId))
  if (!mailbox) throw new Refusal('not_found', 'There is no such campaign.')
  const { campaign } = await campaigns.act(mailbox.account, campaignId, cancelFor('by_operator'))
  return { campaign: campaignId, state: campaign.state, counts: campaign.counts }
}
