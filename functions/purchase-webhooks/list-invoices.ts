import { purchaseWebhooks } from '@securemailmerge/shared/http/contracts/purchase-webhooks'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { nextPage } from '@securemailmerge/shared/http/views'
import { allowed } from '@securemailmerge/shared/licensing/rights'
import { boughtAt } from '@securemailmerge/shared/purchasing/managing'
import { Refusal } from '@securemailmerge/shared/refusal'
import type { Services } from './wiring.ts'

/** GET /api/purchases/subscriptions/{subscriptionId}/invoices */
export const listInvoices = ({ frame, subscriptions, billing }: Services) =>
  endpoint(
    frame,
    'list_invoices',
    purchaseWebhooks.list_invoices,
    async ({ params, query: { limit, next }, caller }) => {
      const subscription = allowed(await subscriptions.read(params.subscriptionId), caller.account, 'invoices')
      const { subscription: sellersId } = boughtAt(subscription)
      // The seller would list from there on, whosever it is.
      if (next !== null && !(await billing.isInvoiceOf(sellersId, next)))
        throw new Refusal('not_found', 'There is no such page of invoices.')
      const page = await billing.invoices(sellersId, limit, next)
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
