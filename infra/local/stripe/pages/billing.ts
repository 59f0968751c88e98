import { type Html, html } from '../../html.ts'
import type { Language } from '../../identity/words.ts'
import type { Shown } from '../pages.ts'
import type { Store, Thing } from '../store.ts'
import type { Card } from '../till.ts'
import { type Answer, type Asked, day, goTo, money, otherLanguage, sheet, webAddress } from './frame.ts'
import { ended, ending, owed, underWay } from './standing.ts'
import { words } from './words.ts'

/** What was asked for when the page was opened. */
interface Session {
  customer?: string
  back?: string
  locale?: string
}

/** One showing of one customer's page. */
interface Showing {
  store: Store
  id: string
  customer: Thing
  language: Language
  subscriptions: Thing[]
}

/** `/billing/<bps>`: payment method, invoices, and the end of the subscription of one customer and no other. */
export function billing(shown: Shown, { id, url, language: liked, form }: Asked): Answer {
  const { store } = shown
  const session = /^bps_\w+$/.test(id) ? (store.hiddenOf(id) as Session) : {}
  const { locale = '' } = session
  // The one who opened the page knows the customer's language better than the browser does.
  const language = !url.searchParams.has('lang') && Object.hasOwn(words, locale) ? (locale as Language) : liked
  const { notice, billing: say } = words[language]
  const back = webAddress(session.back)
  const leave = back && html`<p><a class="button" href="${back}">${say.back}</a></p>`
  const customer = session.customer === undefined ? undefined : store.get(session.customer)
  const gone = customer && store.hiddenOf(customer.id).deleted
  if (!customer || gone) {
    const body = html`<section><p role="status">${gone ? say.deleted : say.missing}</p>${leave}</section>`
    return sheet({ status: gone ? 410 : 404, language, title: say.title, notice, body })
  }
  const subscriptions = store.all('subscription').filter((one) => one.customer === customer.id)
  const showing = { store, id, customer, language, subscriptions }
  if (form) return goTo(`/billing/${id}?lang=${language}&note=${done(shown, showing, form)}`)
  const note = url.searchParams.get('note') ?? ''
  return sheet({
    language,
    title: say.title,
    notice,
    nav: html`<nav>${otherLanguage(`/billing/${id}`, language)}</nav>`,
    body: html`${Object.hasOwn(say.notes, note) && html`<p class="notice" id="note" role="status">${say.notes[note]}</p>`}
${methodPart(showing)}
${subscriptions.toReversed().map((one) => subscriptionPart(one, showing))}
${leave}`,
  })
}

/** Does what a button says; answers the code of the note. Of a subscription of another customer it does nothing. */
function done({ act, store, time }: Shown, { customer, subscriptions }: Showing, form: Record<string, string>): string {
  if (form.do === 'good' || form.do === 'declines') {
    act.setCard(customer.id, form.do)
    return form.do
  }
  const subscription = subscriptions.find((one) => one.id === form.subscription)
  if (!subscription || ended(subscription)) return 'nothing'
  if (form.do === 'cancel' || form.do === 'undo') {
    act.change(subscription.id, ending(subscription, form.do === 'cancel', Math.floor(time().getTime() / 1000)))
    return form.do === 'cancel' ? 'cancelled' : 'undone'
  }
  if (form.do !== 'pay' || owed(store, subscription) === 0 || underWay(store, subscription)) return 'nothing'
  act.payOpen(subscription.id)
  if (owed(store, subscription) === 0) return 'paid'
  return underWay(store, subscription) ? 'arriving' : 'unpaid'
}

const posting = ({ id, language }: Showing, body: Html) =>
  html`<form method="post" action="/billing/${id}?lang=${language}" class="row">${body}</form>`

function methodPart(showing: Showing): Html {
  const { cards, billing: say } = words[showing.language]
  const card = (showing.store.hiddenOf(showing.customer.id).card as Card) ?? 'good'
  const button = (name: 'good' | 'declines') => html`<button name="do" value="${name}">${say.use[name]}</button> `
  return html`<section aria-labelledby="method"><h2 id="method">${say.method}</h2>
<p>${say.now} <span id="card">${cards[card]}</span></p>
${posting(showing, html`${button('good')}${button('declines')}`)}</section>`
}

function subscriptionPart(subscription: Thing, showing: Showing): Html {
  const { store, language } = showing
  const { products, billing: say } = words[language]
  const [first] = subscription.items.data as Thing[]
  const title = `title-${subscription.id}`
  const hidden = html`<input type="hidden" name="subscription" value="${subscription.id}">`
  const button = (name: string, text: string) =>
    posting(showing, html`${hidden}<button name="do" value="${name}" aria-describedby="${title}">${text}</button>`)
  const rest = owed(store, subscription)
  const arriving = underWay(store, subscription)
  const over = ended(subscription)
  const stops = subscription.cancel_at
  return html`<section id="${subscription.id}" aria-labelledby="${title}">
<h2 id="${title}">${first?.quantity} × ${products[first?.price.product] ?? first?.price.product}</h2>
<p>${over ? say.over : stops ? say.ends(day(stops, language)) : say.until(day(first?.current_period_end, language))}</p>
${!over && (stops ? button('undo', say.undo) : button('cancel', say.cancel))}
${rest > 0 && html`<p>${arriving ? say.arriving : say.open(money(rest, subscription.currency, language))}</p>`}
${rest > 0 && !arriving && !over && button('pay', say.payOpen)}
<h3>${say.invoices}</h3>${invoices(store.invoicesOf(subscription.id), language)}</section>`
}

function invoices(all: Thing[], language: Language): Html {
  const { billing: say } = words[language]
  if (all.length === 0) return html`<p>${say.none}</p>`
  const rows = all.toReversed().map(
    ({ number, created, total, currency, status }) => html`<tr><th scope="row">${number}</th>
<td>${day(created, language)}</td><td>${money(total, currency, language)}</td>
<td><span class="state ${status}">${say.states[status]}</span></td></tr>`,
  )
  const heads = [say.number, say.date, say.amount, say.state].map((head) => html`<th scope="col">${head}</th>`)
  return html`<div class="wide"><table><thead><tr>${heads}</tr></thead><tbody>${rows}</tbody></table></div>`
}
