import { purchaseWebhooks } from '@securemailmerge/shared/http/contracts/purchase-webhooks'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { allowed } from '@securemailmerge/shared/licensing/rights'
import { purchasedId } from '@securemailmerge/shared/purchasing/event'
import { boughtAt } from '@securemailmerge/shared/purchasing/managing'
import type { SellerIds } from '@securemailmerge/shared/purchasing/purchase'
import { Refusal } from '@securemailmerge/shared/refusal'
import type { Services } from './wiring.ts'

/** POST /api/purchases/subscriptions/{subscriptionId}/billing: a link that reaches this one customer and no other (F14). */
export const openBilling = (services: Services) =>
  endpoint(
    services.frame,
    'open_billing',
    purchaseWebhooks.open_billing,
    async ({ params: { subscriptionId }, body, caller, language, note }) => {
      const { subscriptions, billing, origin } = services
      const seller = boughtAt(allowed(await subscriptions.read(subscriptionId), caller.account, 'billing'))
      if (await isShared(services, seller)) {
        note('customer_shared', { subscriptionId })
        const words = 'This subscription shares its customer at the payment provider with another one. Write to us.'
        throw new Refusal('not_purchased', words)
      }
      const back = `${origin}/subscriptions/${subscriptionId}`
      return { url: await billing.portal(seller.customer, back, body.what, language) }
    },
  )

/** Whether the seller's page would show another subscription of ours, whoever owns that: somebody has joined them there. */
async function isShared({ seller, subscriptions, mode }: Services, { customer, subscription }: SellerIds) {
  const all = await seller.subscriptionsOf({ customer, paymentIntent: null, charge: null })
  for (const id of all) {
    if (id === subscription) continue
    if ((await subscriptions.read(purchasedId(mode, id))) || (await seller.purchase(id))) return true
  }
  return false
}
