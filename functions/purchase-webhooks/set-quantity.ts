import { purchaseWebhooks } from '@securemailmerge/shared/http/contracts/purchase-webhooks'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { allowed, only } from '@securemailmerge/shared/licensing/rights'
import { CEILING_MS } from '@securemailmerge/shared/purchasing/apply'
import { aboutOf, ownEvent } from '@securemailmerge/shared/purchasing/event'
import {
  askQuantity,
  boughtAt,
  isToBeTold,
  type QuantityAsking,
  refuseQuantity,
} from '@securemailmerge/shared/purchasing/managing'
import { refresh } from '@securemailmerge/shared/purchasing/refresh'
import { CLOCKS_APART_MS } from '@securemailmerge/shared/purchasing/settle'
import { Refusal } from '@securemailmerge/shared/refusal'
import { purchasesAllowed } from './purchases-allowed.ts'
import { seenNow } from './seen-now.ts'
import type { Services } from './wiring.ts'

/**
 * POST /api/purchases/subscriptions/{subscriptionId}/quantity: a look at the seller, by which it is more or fewer and may
 * be asked for; then a ceiling, then the seller, then another look (A10).
 */
export const setQuantity = (services: Services) =>
  endpoint(
    services.frame,
    'set_quantity',
    purchaseWebhooks.set_quantity,
    async ({ params: { subscriptionId }, body: { quantity }, caller, change, now }) => {
      const { subscriptions } = services
      await purchasesAllowed(services)
      const known = async () => allowed(await subscriptions.read(subscriptionId), caller.account, 'quantity')
      const { subscription: sellersId } = boughtAt(await known())
      await refresh(services, sellersId)
      const seen = await known()
      // Repeated, it was allowed the first time.
      if (seen.asked?.changeId !== change.id) refuseQuantity(seen, quantity, now)
      await remindOfCeiling(services, sellersId, change.id, now)
      const asking = await subscriptions.change(subscriptionId, {
        change,
        allow: only(caller.account, 'quantity'),
        seats: [],
        decide: askQuantity(quantity),
      })
      if (isToBeTold(await known(), asking, change.id, services.now())) await tell(services, asking, change.id)
      return seenNow(services, sellersId, caller.account, change.id)
    },
  )

/** @throws Refusal what the seller says; `unavailable`: then it may have heard, and a repeat tells it the same again */
async function tell(services: Services, asking: QuantityAsking, changeId: string): Promise<void> {
  const { sellersId, item, from, to } = asking
  try {
    await services.seller.setQuantity(sellersId, item, to, to < from ? 'down' : 'up', changeId)
  } catch (error) {
    // A "no" is an answer too: nothing is under way any more.
    if (error instanceof Refusal && error.code !== 'unavailable') await refresh(services, sellersId, changeId)
    throw error
  }
}

/** Whatever dies from here on, somebody looks when the ceiling has become old. */
async function remindOfCeiling(
  { purchases, mode }: Services,
  sellersId: string,
  changeId: string,
  now: Date,
): Promise<void> {
  // Counted as old when it is looked at, also by one that looks as early as it may: a reminder is settled only once.
  const later = new Date(now.getTime() + CEILING_MS + CLOCKS_APART_MS)
  await purchases.store({
    ...ownEvent(aboutOf(mode, sellersId), 'quantity_asked', changeId, later),
    due: later.toISOString(),
  })
}
