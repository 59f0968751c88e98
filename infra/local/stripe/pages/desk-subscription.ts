import { type Html, html } from '../../html.ts'
import type { Thing } from '../store.ts'
import type { Card } from '../till.ts'
import { returnable } from './deeds.ts'
import type { Desk } from './desk.ts'
import { day, money } from './frame.ts'
import { chargeOf, ended, owed, paidUntil, underWay } from './standing.ts'
import { words } from './words.ts'

/** One subscription with its invoices, and what can be done to it. */
export function subscriptionPart(desk: Desk, subscription: Thing): Html {
  const { store } = desk.shown
  const { id, status } = subscription
  const customer = store.must(subscription.customer)
  const title = `title-${id}`
  const over = ended(subscription)
  const mayForget = over && !store.hiddenOf(customer.id).deleted
  return html`<section id="${id}" aria-labelledby="${title}">
<h3 id="${title}">${customer.email ?? customer.id} <span class="state ${status}">${status}</span></h3>
${desk.note?.about === id && html`<p class="notice" id="note" role="status">${desk.note.text}</p>`}
${facts(desk, subscription)}
${!over && forms(desk, subscription, title)}
${mayForget && posting(desk, id, button('forget', desk.say.act.forget, title))}
${invoices(desk, subscription)}</section>`
}

const posting = ({ where }: Desk, id: string, body: Html) =>
  html`<form method="post" action="${where}" class="row"><input type="hidden" name="id" value="${id}">${body}</form>`

const button = (name: string, text: string, described: string) =>
  html`<button name="do" value="${name}" aria-describedby="${described}">${text}</button> `

function facts({ shown: { store }, say: { facts: say }, language }: Desk, subscription: Thing): Html {
  const { id, customer, items, cancel_at, metadata } = subscription
  const until = paidUntil(store, subscription)
  const hidden = store.hiddenOf(customer) as { card?: Card; deleted?: boolean }
  const rows: [string, unknown][] = [
    [say.subscription, id],
    [say.customer, hidden.deleted ? `${customer} ${say.deleted}` : customer],
    ...items.data.map(({ quantity, price }: Thing) => [say.quantity, `${quantity ?? say.none} × ${price.lookup_key}`]),
    [say.paidUntil, until === undefined ? say.neverPaid : day(until, language)],
    [say.paysBy, words[language].cards[hidden.card ?? 'good']],
    ...(cancel_at ? [[say.ends, day(cancel_at, language)] as [string, string]] : []),
    ...Object.entries(metadata as Record<string, string>),
  ]
  return html`<dl class="facts small">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
}

function forms(desk: Desk, subscription: Thing, title: string): Html {
  const { store } = desk.shown
  const { act, facts } = desk.say
  const { id, status, items, cancel_at, customer } = subscription
  const fails = store.hiddenOf(customer).card === 'declines'
  const due = owed(store, subscription) > 0 && !underWay(store, subscription)
  const field = `quantity-${id}`
  const one = (name: keyof typeof act) => button(name, act[name], title)
  return html`${posting(
    desk,
    id,
    html`${one(fails ? 'mend' : 'fail')}
${due && one('pay')}
${one(status === 'paused' ? 'resume' : 'pause')}
${one(cancel_at ? 'undo' : 'end')}
${one('cancel')}${one('forget')}`,
  )}
${posting(
  desk,
  id,
  html`<label for="${field}">${facts.quantity}</label>
<input id="${field}" name="quantity" type="number" min="0" max="100000" required value="${items.data[0].quantity}">
${button('quantity', act.set, title)}`,
)}`
}

function invoices(desk: Desk, subscription: Thing): Html {
  const rows = desk.shown.store
    .invoicesOf(subscription.id)
    .reverse()
    .map((one) => invoiceRow(desk, one, subscription.id))
  const { invoice, made, amount, state, back } = desk.say.invoices
  const heads = [invoice, made, amount, state, back].map((head) => html`<th scope="col">${head}</th>`)
  return html`<div class="wide"><table><thead><tr>${heads}</tr></thead>
<tbody>${rows}</tbody></table></div>`
}

function invoiceRow(desk: Desk, invoice: Thing, subscription: string): Html {
  const { language } = desk
  const { id, number, created, total, currency, status, billing_reason } = invoice
  return html`<tr><th scope="row" id="${id}">${number}</th><td>${day(created, language)}<br><small>${billing_reason}</small></td>
<td>${money(total, currency, language)}</td><td><span class="state ${status}">${status}</span></td><td>${backForms(desk, invoice, subscription)}</td></tr>`
}

/** What has gone back of the money of an invoice, and what can. */
function backForms(desk: Desk, invoice: Thing, subscription: string): Html[] {
  const { shown, say, language } = desk
  const charge = chargeOf(shown.store, invoice)
  if (!charge?.paid) return []
  const { id, currency } = invoice
  const hidden = html`<input type="hidden" name="invoice" value="${id}">`
  const rest = returnable(shown, invoice)
  const half = (Math.ceil(rest / 2) / 100).toFixed(2)
  const dispute = shown.store.all('dispute').find((one) => one.charge === charge.id)
  const parts: Html[] = []
  if (charge.amount_refunded > 0)
    parts.push(html`<p class="small">${say.givenBack(money(charge.amount_refunded, currency, language))}</p>`)
  if (rest > 0) {
    const part = html`${hidden}${button('refund', say.act.all, id)}
<input name="amount" aria-label="${say.amountOf(invoice.number)}" inputmode="decimal" size="7" value="${half}">
${button('part', say.act.part, id)}`
    parts.push(posting(desk, subscription, part))
  }
  if (!dispute) parts.push(posting(desk, subscription, html`${hidden}${button('dispute', say.act.dispute, id)}`))
  else parts.push(disputeForm(desk, dispute, subscription, id))
  return parts
}

function disputeForm(desk: Desk, { id, status }: Thing, subscription: string, invoice: string): Html {
  const { act, decided, disputed } = desk.say
  if (status === 'won' || status === 'lost')
    return html`<p class="small">${decided[status as keyof typeof decided]}</p>`
  const body = html`<span class="small">${disputed}</span> <input type="hidden" name="dispute" value="${id}">
${button('won', act.won, invoice)}${button('lost', act.lost, invoice)}`
  return posting(desk, subscription, body)
}
