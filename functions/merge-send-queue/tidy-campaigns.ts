import type { TimerHandler } from '@azure/functions'
import { log } from '@securemailmerge/shared/log'
import { mailboxOf } from '@securemailmerge/shared/merging/campaign'
import { tidy } from '@securemailmerge/shared/merging/tidy'
import { accessTo, allowedSince } from './turn-parts.ts'
import type { Services } from './wiring.ts'

const service = 'merge-send-queue'

/** Each hour: ends what stands still, deletes what has been kept long enough, and says what should move and does not. */
export const tidyCampaigns =
  (services: Services): TimerHandler =>
  async (_timer, context) => {
    const { stalled, ...done } = await tidy({
      ...services,
      token: (mailboxId) => accessTo(services, mailboxId, context),
      allowedSince: () => allowedSince(services),
    })
    if (Object.values(done).some((count) => count > 0))
      log(context, 'info', 'campaigns_tidied', { service, result: done })
    for (const campaign of stalled)
      log(context, 'warn', 'campaign_stalled', { service, campaign, mailbox: mailboxOf(campaign) })
  }
