import { purchaseWebhooks } from '@securemailmerge/shared/http/contracts/purchase-webhooks'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { only } from '@securemailmerge/shared/licensing/rights'
import { askEnd, isFresh } from '@securemailmerge/shared/purchasing/managing'
import { purchasesAllowed } from './purchases-allowed.ts'
import { seenNow } from './seen-now.ts'
import type { Services } from './wiring.ts'

const names = { cancel_subscription: 'cancel_asked', undo_cancel: 'undo_asked' } as const

/** POST …/cancel and …/undo-cancel: the wish into the history, then to the seller, then a look at it. */
const ending = (name: keyof typeof names) => (services: Services) =>
  endpoint(services.frame, name, purchaseWebhooks[name], async ({ params, caller, change }) => {
    await purchasesAllowed(services)
    const asking = await services.subscriptions.change(params.subscriptionId, {
      change,
      allow: only(caller.account, 'billing'),
      seats: [],
      decide: askEnd(names[name]),
    })
    const ends = name === 'cancel_subscription'
    if (isFresh(asking, services.now())) await services.seller.cancelAtPeriodEnd(asking.sellersId, ends, change.id)
    return seenNow(services, asking.sellersId, caller.account)
  })

/** POST /api/purchases/subscriptions/{subscriptionId}/cancel */
export const cancelSubscription = ending('cancel_subscription')

/** POST /api/purchases/subscriptions/{subscriptionId}/undo-cancel */
export const undoCancel = ending('undo_cancel')
