import { subscriptionView } from '@securemailmerge/shared/http/views'
import type { Account } from '@securemailmerge/shared/identity/account'
import { purchasedId } from '@securemailmerge/shared/purchasing/event'
import { refresh } from '@securemailmerge/shared/purchasing/refresh'
import type { Services } from './wiring.ts'

/**
 * A subscription as one of its managers sees it after a look at the seller.
 * @param heard the change whose wish the seller has answered by now
 */
export async function seenNow(services: Services, sellersId: string, account: Account, heard?: string) {
  await refresh(services, sellersId, heard)
  const subscription = await services.subscriptions.read(purchasedId(services.mode, sellersId))
  if (!subscription) throw new Error('a subscription is gone that was just looked at')
  return subscriptionView(subscription, account, services.now())
}
