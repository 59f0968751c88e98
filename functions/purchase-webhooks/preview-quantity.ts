import { purchaseWebhooks } from '@securemailmerge/shared/http/contracts/purchase-webhooks'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { allowed } from '@securemailmerge/shared/licensing/rights'
import { boughtAt, mustWithdraw, seatLine } from '@securemailmerge/shared/purchasing/managing'
import type { Services } from './wiring.ts'

/** GET /api/purchases/subscriptions/{subscriptionId}/quantity: what another quantity would cost. Changes nothing. */
export const previewQuantity = ({ frame, subscriptions, billing }: Services) =>
  endpoint(
    frame,
    'preview_quantity',
    purchaseWebhooks.preview_quantity,
    async ({ params, query: { quantity }, caller }) => {
      const subscription = allowed(await subscriptions.read(params.subscriptionId), caller.account, 'quantity')
      const { subscription: sellersId } = boughtAt(subscription)
      const way = quantity < subscription.quantity ? 'down' : 'up'
      const preview = await billing.preview(sellersId, seatLine(subscription), quantity, way)
      return { quantity, ...preview, mustWithdraw: mustWithdraw(subscription, quantity) }
    },
  )
