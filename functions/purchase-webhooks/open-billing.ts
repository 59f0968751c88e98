import { purchaseWebhooks } from '@securemailmerge/shared/http/contracts/purchase-webhooks'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { allowed } from '@securemailmerge/shared/licensing/rights'
import { boughtAt } from '@securemailmerge/shared/purchasing/managing'
import type { Services } from './wiring.ts'

/** POST /api/purchases/subscriptions/{subscriptionId}/billing: a link that reaches this one customer and no other (F14). */
export const openBilling = ({ frame, subscriptions, billing, origin }: Services) =>
  endpoint(frame, 'open_billing', purchaseWebhooks.open_billing, async ({ params, body, caller, language }) => {
    const subscription = allowed(await subscriptions.read(params.subscriptionId), caller.account, 'billing')
    const { customer } = boughtAt(subscription)
    const back = `${origin}/subscriptions/${params.subscriptionId}`
    return { url: await billing.portal(customer, back, body.what, language) }
  })
