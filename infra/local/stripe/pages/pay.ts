import { MOST_SEATS_AT_CHECKOUT as most } from '@securemailmerge/shared/purchasing/prices'
import { type Html, html } from '../../html.ts'
import type { Language } from '../../identity/words.ts'
import type { Shown } from '../pages.ts'
import type { Store, Thing } from '../store.ts'
import type { Card } from '../till.ts'
import { type Answer, type Asked, goTo, otherThan, sheet, webAddress } from './frame.ts'
import { goods, type Line } from './goods.ts'
import { type Words, words } from './words.ts'

/** What was asked for when the page was opened. */
interface Order {
  items: Line[]
  trialDays?: number
  note?: string
}

/** The page as it is shown once. */
interface Showing {
  store: Store
  page: Thing
  order: Order
  language: Language
  /** What the buyer has entered so far. */
  form: Record<string, string>
  /** What is to be said first. */
  note?: string
  status?: number
}

const countries = ['AT', 'BE', 'CA', 'CH', 'DE', 'ES', 'FR', 'GB', 'IT', 'LU', 'NL', 'US']
const cards = Object.keys(words.en.cards) as Card[]

/** `/pay/<session>`: the page on which somebody buys. A refused card leaves it open, as the seller's own does. */
export function pay(shown: Shown, { id, url, language: liked, form }: Asked): Answer {
  const page = shown.store.get(id)
  if (page?.object !== 'checkout.session') return closed(liked, words[liked].pay.missing, 404)
  // The one who opened the page knows the buyer's language better than the browser does.
  const language: Language = !url.searchParams.has('lang') && Object.hasOwn(words, page.locale) ? page.locale : liked
  const say = words[language].pay
  if (page.status === 'complete') return closed(language, say.done, 200, link(successOf(page), say.onward))
  if (page.status !== 'open') return closed(language, say.expired, 200, link(webAddress(page.cancel_url), say.back))
  const order = shown.store.hiddenOf(id) as unknown as Order
  const begun = { quantity: String(order.items[0]?.quantity), email: page.customer_email ?? 'buyer@contoso.example' }
  const showing = {
    store: shown.store,
    page,
    order,
    language,
    form: { ...begun, country: 'FR', card: 'good', ...form },
  }
  // Whoever wants to read it in another language has not finished yet: nothing is lost, and nothing checked.
  if (form === undefined || form.do === 'language') return checkout(showing)
  const wrong = faultIn(showing.form, say)
  if (wrong) return checkout({ ...showing, note: wrong, status: 400 })
  if (form.do === 'update') return checkout(showing)
  if (form.seen !== showing.form.quantity) return checkout({ ...showing, note: say.changed })
  const { email, country, card, quantity } = showing.form as Record<string, string>
  shown.act.pay(id, { card: card as Card, quantity: Number(quantity), email: String(email) })
  if ((page.status as string) === 'open') return checkout({ ...showing, note: say.refused })
  page.customer_details = { ...page.customer_details, address: { country } }
  shown.store.must(page.customer).address = { country }
  shown.store.touched()
  const onward = successOf(page)
  return onward ? goTo(onward) : closed(language, say.done, 200)
}

const successOf = ({ id, success_url }: Thing) =>
  webAddress(String(success_url).replaceAll('{CHECKOUT_SESSION_ID}', id))

function faultIn(form: Record<string, string>, { wrong }: Words['pay']): string | undefined {
  const quantity = Number(form.quantity)
  if (!Number.isInteger(quantity) || quantity < 1 || quantity > most) return wrong.quantity(most)
  if (!/^[^\s@]+@[^\s@]+$/.test(form.email ?? '')) return wrong.email
  if (!countries.includes(form.country ?? '')) return wrong.country
  if (!cards.includes(form.card as Card)) return wrong.card
  return undefined
}

const link = (to: string | undefined, text: string): Html | undefined =>
  to === undefined ? undefined : html`<p><a class="button" href="${to}">${text}</a></p>`

const closed = (language: Language, sentence: string, status: number, onward?: Html): Answer =>
  sheet({
    status,
    language,
    title: words[language].pay.title,
    notice: words[language].notice,
    body: html`<section><p role="status">${sentence}</p>${onward}</section>`,
  })

function checkout(showing: Showing): Answer {
  const { store, page, order, language, form, note, status = 200 } = showing
  const { notice, pay: say } = words[language]
  const back = webAddress(page.cancel_url)
  return sheet({
    status,
    language,
    title: say.title,
    notice,
    nav: languageButton(page.id, language),
    submit: successOf(page),
    body: html`${note && html`<p class="notice" id="note" role="alert">${note}</p>`}
<form id="order" method="post" action="/pay/${page.id}?lang=${language}">
${goods(store, order.items, form.quantity ?? '', language)}
${order.trialDays && html`<p>${say.trial(order.trialDays)}</p>`}
<section aria-labelledby="who"><h2 id="who">${say.who}</h2><div class="fields">
<label for="email">${say.email}</label>
<input id="email" name="email" type="email" required autocomplete="email" value="${form.email}">
<label for="country">${say.country}</label>
<select id="country" name="country">${countries.map((code) => country(code, showing))}</select>
</div></section>
<fieldset><legend>${say.how}</legend>${cards.map((card) => choice(card, showing))}</fieldset>
${order.note && html`<p id="ours">${order.note}</p>`}
<p class="buttons"><button class="main" name="do" value="pay">${say.pay}</button>
${back && html`<a class="button" href="${back}">${say.back}</a>`}</p>
</form>`,
  })
}

/** Posts what was entered so far. The key Enter presses the first button of a form, which must not be this one. */
function languageButton(id: string, language: Language): Html {
  const { other, name } = otherThan(language)
  return html`<nav><button class="hidden" form="order" name="do" value="update" tabindex="-1" aria-hidden="true"></button>
<button form="order" formaction="/pay/${id}?lang=${other}" formnovalidate name="do" value="language" lang="${other}">${name}</button></nav>`
}

const country = (code: string, { language, form }: Showing): Html => {
  const name = new Intl.DisplayNames(language, { type: 'region' }).of(code)
  return html`<option value="${code}"${form.country === code ? html` selected` : ''}>${name}</option>`
}

const choice = (card: Card, { language, form }: Showing): Html => {
  const chosen = form.card === card ? html` checked` : ''
  return html`<div class="choice"><input type="radio" id="${card}" name="card" value="${card}"${chosen}>
<label for="${card}">${words[language].cards[card]}</label></div>`
}
