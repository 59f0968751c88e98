import { priceAmount } from './catalogue.ts'
import type { Store, Thing } from './store.ts'

/** A draft for the running period of every line, or for the given amount. `at` in seconds. */
export function newInvoice(store: Store, subscription: Thing, reason: string, at: number, amount?: number): Thing {
  const lines = subscription.items.data.map((item: Thing) => lineOf(item))
  const total = amount ?? lines.reduce((sum: number, line: Thing) => sum + line.amount, 0)
  const number = `SMM-${String(store.all('invoice').length + 1).padStart(6, '0')}`
  const id = store.newId('in')
  return store.put({
    id,
    object: 'invoice',
    livemode: false,
    customer: subscription.customer,
    status: 'draft',
    billing_reason: reason,
    collection_method: subscription.collection_method,
    created: at,
    currency: subscription.currency,
    number,
    due_date: null,
    total,
    amount_due: total,
    amount_paid: 0,
    amount_remaining: total,
    attempt_count: 0,
    next_payment_attempt: null,
    status_transitions: { finalized_at: null, paid_at: null, voided_at: null, marked_uncollectible_at: null },
    hosted_invoice_url: `https://invoice.example/${id}`,
    invoice_pdf: `https://invoice.example/${id}.pdf`,
    parent: {
      type: 'subscription_details',
      subscription_details: { subscription: subscription.id, metadata: subscription.metadata },
    },
    period_start: at,
    period_end: at,
    lines: { object: 'list', data: lines, has_more: false },
  })
}

function lineOf(item: Thing): Thing {
  return {
    id: `il_${item.id.slice(3)}${item.current_period_start}`,
    object: 'line_item',
    amount: priceAmount(item.price, item.quantity ?? 0),
    currency: item.price.currency,
    quantity: item.quantity,
    period: { start: item.current_period_start, end: item.current_period_end },
    parent: {
      type: 'subscription_item_details',
      subscription_item_details: { subscription_item: item.id, proration: false },
    },
    pricing: { type: 'price_details', price_details: { price: item.price.id, product: item.price.product } },
  }
}
