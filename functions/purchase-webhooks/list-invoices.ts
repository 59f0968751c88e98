import { purchaseWebhooks } from '@securemailmerge/shared/http/contracts/purchase-webhooks'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { nextPage } from '@securemailmerge/shared/http/views'
import { allowed } from '@securemailmerge/shared/licensing/rights'
import { boughtAt } from '@securemailmerge/shared/purchasing/managing'
import type { Services } from './wiring.ts'

/** GET /api/purchases/subscriptions/{subscriptionId}/invoices */
export const listInvoices = ({ frame, subscriptions, billing }: Services) =>
  endpoint(
    frame,
    'list_invoices',
    purchaseWebhooks.list_invoices,
    async ({ params, query: { limit, next }, caller }) => {
      const subscription = allowed(await subscriptions.read(params.subscriptionId), caller.account, 'invoices')
      const page = await billing.invoices(boughtAt(subscription).subscription, limit, next)
      const path = `/api/purchases/subscriptions/${params.subscriptionId}/invoices`
      const invoices = page.items.map((one) => ({
        number: one.number ?? null,
        at: new Date(one.created * 1000).toISOString(),
        state: one.status ?? 'draft',
        currency: one.currency,
        total: one.total,
        paid: one.amount_paid,
        page: one.hosted_invoice_url ?? null,
        pdf: one.invoice_pdf ?? null,
      }))
      return { invoices, next: nextPage(path, { limit }, page.next) }
    },
  )
