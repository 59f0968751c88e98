import type { TimerHandler } from '@azure/functions'
import { log } from '@securemailmerge/shared/log'
import { putOff } from '@securemailmerge/shared/purchasing/event'
import type { Services } from './wiring.ts'

/** Events that one sweep revives; the next one is a minute away. */
const MOST = 500

/** Every minute: wakes again what has waited past its due time, whoever lost the wake (X1). */
export const sweepPurchases =
  ({ purchases, now }: Services): TimerHandler =>
  async (_timer, context) => {
    const overdue = await purchases.overdue(now(), MOST)
    const whom = new Set(overdue.map(({ about }) => about))
    // Moved on first: a queue that is away is tried again later, not every minute.
    for (const event of overdue) await purchases.update(event, (one) => putOff(one, now()))
    for (const about of whom)
      await purchases
        .wake(about)
        .catch(() => log(context, 'warn', 'wake_not_sent', { service: 'purchase-webhooks', about }))
    if (overdue.length > 0)
      log(context, 'warn', 'purchases_swept', { service: 'purchase-webhooks', events: overdue.length })
  }
