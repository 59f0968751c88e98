import type { InvocationContext } from '@azure/functions'
import { log } from '@securemailmerge/shared/log'
import type { Claim } from '@securemailmerge/shared/merging/mailbox'
import type { Access, TurnParts } from '@securemailmerge/shared/merging/turn'
import type { Services } from './wiring.ts'

const service = 'merge-send-queue'

/** What turns stand on. */
export const partsOf = (services: Services, context: InvocationContext): TurnParts => ({
  ...services,
  ready: (campaign, position) => services.rendering.ready(campaign, position),
  // A proof was valid when it was shown: its sender was licensed when the campaign was accepted (H4).
  footerDue: ({ licensedUntil }) => licensedUntil === null,
  sent: (claim) => noteIfStopped(services, context, claim),
  maySend: async () => !services.draining.isOn && !(await isStopped(services)),
  token: (mailboxId) => accessTo(services, mailboxId, context),
  tokenRefused: (mailboxId, token) => services.grants.tokenRefused(mailboxId, token),
  ownerAddress: (mailboxId) => services.grants.ownerAddress(mailboxId),
  notTold: (mailbox, code) => log(context, 'warn', 'notice_not_sent', { service, mailbox, code }),
})

/** An access token for a mailbox, or why there is none. */
export async function accessTo(
  { grants, now }: Services,
  mailboxId: string,
  context: InvocationContext,
): Promise<Access> {
  const token = await grants.token(mailboxId, now())
  if (token.kind === 'token') return { token: token.accessToken }
  if (token.kind === 'lost' && token.isNew)
    log(context, 'info', 'grant_lost', { service, mailbox: mailboxId, code: token.why })
  if (token.kind === 'lost' && token.alarm)
    log(context, 'error', 'grant_foreign', { service, mailbox: mailboxId, reason: token.alarm })
  return { lost: token.kind === 'lost' ? token.why : null }
}

/** An operator has stopped sending, or a restore has. */
export const isStopped = async ({ operations, epoch }: Pick<Services, 'operations' | 'epoch'>): Promise<boolean> =>
  (await operations.isOn('sending')) || (await operations.isOn('restored')) || !(await epoch.isCurrent())

/** Since when mails may be sent, as it is now; null while they may not. */
export async function allowedSince(services: Pick<Services, 'operations' | 'epoch'>): Promise<Date | null> {
  const set = await Promise.all(['sending', 'restored'].map((name) => services.operations.standing(name)))
  if (set.some(({ on }) => on) || !(await services.epoch.isCurrent())) return null
  return new Date(Math.max(0, ...set.map(({ since }) => Date.parse(since ?? '') || 0)))
}

/** A switch is read at most 15 s old; what was claimed later than that must not have gone out. */
const STOPPED_MS = 20_000

/** Says so when a mail went out that was claimed after an operator had stopped sending. */
async function noteIfStopped(
  { operations }: Services,
  context: InvocationContext,
  { at, campaignId }: Claim,
): Promise<void> {
  if (!(await operations.isOn('sending'))) return
  const since = await operations.onSince('sending')
  if (since && Date.parse(at) > since.getTime() + STOPPED_MS)
    log(context, 'error', 'sent_while_stopped', { service, campaign: campaignId })
}
