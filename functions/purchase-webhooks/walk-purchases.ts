import type { TimerHandler } from '@azure/functions'
import { log } from '@securemailmerge/shared/log'
import { walk } from '@securemailmerge/shared/purchasing/walk'
import type { Services } from './wiring.ts'

/** Every night: compares everything at the seller with ours and wakes for what differs. */
export const walkPurchases =
  (services: Services): TimerHandler =>
  async (_timer, context) => {
    const { compared, mended, looked } = await walk(services)
    log(context, mended > 0 ? 'warn' : 'info', 'purchases_walked', {
      service: 'purchase-webhooks',
      compared,
      mended,
      looked,
    })
  }
