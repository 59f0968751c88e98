import type { Access, TurnParts } from '@securemailmerge/shared/merging/turn'
import type { Services } from './wiring.ts'

/** What turns stand on. */
export const partsOf = (services: Services): TurnParts => ({
  ...services,
  ready: (campaign, position) => services.rendering.ready(campaign, position),
  // A proof was valid when it was shown: its sender was licensed when the campaign was accepted (H4).
  footerDue: ({ licensedUntil }) => licensedUntil === null,
  maySend: async () => !services.draining.isOn && !(await isStopped(services)),
  token: (mailboxId) => accessTo(services, mailboxId),
  tokenRefused: (mailboxId, token) => services.grants.tokenRefused(mailboxId, token),
})

/** An access token for a mailbox, or why there is none. */
export async function accessTo({ grants, now }: Services, mailboxId: string): Promise<Access> {
  const token = await grants.token(mailboxId, now())
  if (token.kind === 'token') return { token: token.accessToken }
  return { lost: token.kind === 'lost' ? token.why : null }
}

/** An operator has stopped sending, or a restore has. */
const isStopped = async ({ operations }: Services): Promise<boolean> =>
  (await operations.isOn('sending')) || (await operations.isOn('restored'))
