import { purchaseWebhooks } from '@securemailmerge/shared/http/contracts/purchase-webhooks'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { allowed, only } from '@securemailmerge/shared/licensing/rights'
import { askEnd, isEndToBeTold } from '@securemailmerge/shared/purchasing/managing'
import { Refusal } from '@securemailmerge/shared/refusal'
import { purchasesAllowed } from './purchases-allowed.ts'
import { seenNow } from './seen-now.ts'
import type { Services } from './wiring.ts'

const wishes = {
  cancel_subscription: { did: 'cancel_asked', ends: true, term: 'cancelled' },
  undo_cancel: { did: 'undo_asked', ends: false, term: 'renewing' },
} as const

/** POST …/cancel and …/undo-cancel: the wish into the history, then to the seller, then a look at it, which decides. */
const ending = (name: keyof typeof wishes) => (services: Services) =>
  endpoint(
    services.frame,
    name,
    purchaseWebhooks[name],
    async ({ params: { subscriptionId }, caller: { account }, change }) => {
      const { subscriptions, seller, now } = services
      await purchasesAllowed(services)
      const { did, ends, term } = wishes[name]
      const allow = only(account, 'billing')
      const asking = await subscriptions.change(subscriptionId, { change, allow, seats: [], decide: askEnd(did) })
      const known = allowed(await subscriptions.read(subscriptionId), account, 'billing')
      if (isEndToBeTold(known, asking, change.id, now()))
        await seller.cancelAtPeriodEnd(asking.sellersId, ends, change.id)
      const view = await seenNow(services, asking.sellersId, account)
      if (view.term === term) return view
      throw new Refusal('changed_meanwhile', 'It was changed again since. Look what there is now.')
    },
  )

/** POST /api/purchases/subscriptions/{subscriptionId}/cancel */
export const cancelSubscription = ending('cancel_subscription')

/** POST /api/purchases/subscriptions/{subscriptionId}/undo-cancel */
export const undoCancel = ending('undo_cancel')
