import { purchaseWebhooks } from '@securemailmerge/shared/http/contracts/purchase-webhooks'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { CURRENCY, costOf } from '@securemailmerge/shared/purchasing/prices'
import type { Services } from './wiring.ts'

/** GET /api/purchases/prices */
export const showPrices = ({ frame }: Services) =>
  endpoint(frame, 'show_prices', purchaseWebhooks.show_prices, async ({ query: { quantity } }) => ({
    currency: CURRENCY,
    quantity,
    monthly: costOf('monthly', quantity),
    yearly: costOf('yearly', quantity),
  }))
