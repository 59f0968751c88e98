import { purchaseWebhooks } from '@securemailmerge/shared/http/contracts/purchase-webhooks'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { allowed, only } from '@securemailmerge/shared/licensing/rights'
import { CEILING_MS } from '@securemailmerge/shared/purchasing/apply'
import { aboutOf, ownEvent } from '@securemailmerge/shared/purchasing/event'
import { askQuantity, boughtAt, isFresh, refuseQuantity } from '@securemailmerge/shared/purchasing/managing'
import { CLOCKS_APART_MS } from '@securemailmerge/shared/purchasing/settle'
import { purchasesAllowed } from './purchases-allowed.ts'
import { seenNow } from './seen-now.ts'
import type { Services } from './wiring.ts'

/** POST /api/purchases/subscriptions/{subscriptionId}/quantity: ceiling first, then the seller, then a look at it (A10). */
export const setQuantity = (services: Services) =>
  endpoint(
    services.frame,
    'set_quantity',
    purchaseWebhooks.set_quantity,
    async ({ params, body: { quantity }, caller, change, now }) => {
      const { subscriptions, seller } = services
      await purchasesAllowed(services)
      const known = allowed(await subscriptions.read(params.subscriptionId), caller.account, 'quantity')
      const bought = boughtAt(known)
      refuseQuantity(known, quantity)
      await remindOfCeiling(services, bought.subscription, change.id, now)
      const asking = await subscriptions.change(params.subscriptionId, {
        change,
        allow: only(caller.account, 'quantity'),
        seats: [],
        decide: askQuantity(quantity),
      })
      const { sellersId, item, from, to } = asking
      if (from !== to && isFresh(asking, services.now()))
        await seller.setQuantity(sellersId, item, to, to < from ? 'down' : 'up', change.id)
      return seenNow(services, sellersId, caller.account)
    },
  )

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
