import { type Html, html } from '../../html.ts'
import type { Shown } from '../pages.ts'
import type { Thing } from '../store.ts'
import type { Card } from '../till.ts'
import { chargeOf, returnable } from './deeds.ts'
import { day, money } from './frame.ts'
import { ended, owed, paidUntil, underWay } from './standing.ts'
import { words } from './words.ts'

/** One subscription with its invoices, and what can be done to it. Forms are posted to `where`. */
export function subscriptionPart(shown: Shown, subscription: Thing, where: string, note: string | undefined): Html {
  const { store } = shown
  const { id, status } = subscription
  const customer = store.must(subscription.customer)
  const title = `title-${id}`
  const over = ended(subscription)
  return html`<section id="${id}" aria-labelledby="${title}">
<h3 id="${title}">${customer.email ?? customer.id} <span class="state ${status}">${status}</span></h3>
${note && html`<p class="notice" id="note" role="status">${note}</p>`}
${facts(shown, subscription)}
${!over && forms(shown, subscription, where, title)}
${over && !store.hiddenOf(customer.id).deleted && posting(where, id, button('forget', 'Delete the customer', title))}
${invoices(shown, subscription, where)}</section>`
}

const posting = (where: string, id: string, body: Html) =>
  html`<form method="post" action="${where}" class="row"><input type="hidden" name="id" value="${id}">${body}</form>`

const button = (name: string, text: string, described: string) =>
  html`<button name="do" value="${name}" aria-describedby="${described}">${text}</button> `

function facts({ store }: Shown, subscription: Thing): Html {
  const { id, customer, items, cancel_at, metadata } = subscription
  const until = paidUntil(store, subscription)
  const hidden = store.hiddenOf(customer) as { card?: Card; deleted?: boolean }
  const rows: [string, unknown][] = [
    ['Subscription', id],
    ['Customer', hidden.deleted ? `${customer} (deleted)` : customer],
    ...items.data.map(({ quantity, price }: Thing) => ['Quantity', `${quantity ?? 'none'} × ${price.lookup_key}`]),
    ['Paid until', until === undefined ? 'never paid' : day(until, 'en')],
    ['Pays by', words.en.cards[hidden.card ?? 'good']],
    ...(cancel_at ? [['Ends', day(cancel_at, 'en')] as [string, string]] : []),
    ...Object.entries(metadata as Record<string, string>),
  ]
  return html`<dl class="facts small">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
}

function forms({ store }: Shown, subscription: Thing, where: string, title: string): Html {
  const { id, status, items, cancel_at, customer } = subscription
  const fails = store.hiddenOf(customer).card === 'declines'
  const due = owed(store, subscription) > 0 && !underWay(store, subscription)
  const field = `quantity-${id}`
  return html`${posting(
    where,
    id,
    html`${fails ? button('mend', 'Mend the card', title) : button('fail', 'Fail the next payment', title)}
${due && button('pay', 'Pay what is open', title)}
${status === 'paused' ? button('resume', 'Resume', title) : button('pause', 'Pause', title)}
${cancel_at ? button('undo', 'Do not cancel', title) : button('end', 'Cancel at the end', title)}
${button('cancel', 'Cancel now', title)}${button('forget', 'Delete the customer', title)}`,
  )}
${posting(
  where,
  id,
  html`<label for="${field}">Quantity</label>
<input id="${field}" name="quantity" type="number" min="0" max="100000" required value="${items.data[0].quantity}">
${button('quantity', 'Set', title)}`,
)}`
}

function invoices(shown: Shown, subscription: Thing, where: string): Html {
  const rows = shown.store
    .invoicesOf(subscription.id)
    .reverse()
    .map((one) => invoiceRow(shown, one, where, subscription.id))
  const heads = ['Invoice', 'Made', 'Amount', 'State', 'Money back']
  return html`<div class="wide"><table><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows}</tbody></table></div>`
}

function invoiceRow(shown: Shown, invoice: Thing, where: string, subscription: string): Html {
  const { id, number, created, total, currency, status, billing_reason } = invoice
  return html`<tr><th scope="row" id="${id}">${number}</th><td>${day(created, 'en')}<br><small>${billing_reason}</small></td>
<td>${money(total, currency, 'en')}</td><td><span class="state ${status}">${status}</span></td><td>${backForms(shown, invoice, where, subscription)}</td></tr>`
}

/** What has gone back of the money of an invoice, and what can. */
function backForms(shown: Shown, invoice: Thing, where: string, subscription: string): Html[] {
  const charge = chargeOf(shown, invoice)
  if (!charge?.paid) return []
  const { id, currency } = invoice
  const hidden = html`<input type="hidden" name="invoice" value="${id}">`
  const rest = returnable(shown, invoice)
  const half = (Math.ceil(rest / 2) / 100).toFixed(2)
  const dispute = shown.store.all('dispute').find((one) => one.charge === charge.id)
  const parts: Html[] = []
  if (charge.amount_refunded > 0)
    parts.push(html`<p class="small">${money(charge.amount_refunded, currency, 'en')} given back</p>`)
  if (rest > 0) {
    const part = html`${hidden}${button('refund', 'All', id)}
<input name="amount" aria-label="Amount of ${invoice.number}" inputmode="decimal" size="7" value="${half}">
${button('part', 'A part', id)}`
    parts.push(posting(where, subscription, part))
  }
  if (!dispute) parts.push(posting(where, subscription, html`${hidden}${button('dispute', 'Dispute', id)}`))
  else parts.push(disputeForm(dispute, where, subscription, id))
  return parts
}

function disputeForm({ id, status }: Thing, where: string, subscription: string, invoice: string): Html {
  if (status === 'won' || status === 'lost') return html`<p class="small">dispute ${status}</p>`
  const body = html`<span class="small">disputed:</span> <input type="hidden" name="dispute" value="${id}">
${button('won', 'Won', invoice)}${button('lost', 'Lost', invoice)}`
  return posting(where, subscription, body)
}
