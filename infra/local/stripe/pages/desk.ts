import { ZodError } from 'zod'
import { type Html, html } from '../../html.ts'
import type { Language } from '../../identity/words.ts'
import type { Shown } from '../pages.ts'
import type { Thing } from '../store.ts'
import { deeds, type Pressed } from './deeds.ts'
import { deliveryPart, eventsPart } from './desk-events.ts'
import { subscriptionPart } from './desk-subscription.ts'
import { type DeskWords, deskWords } from './desk-words.ts'
import { type Answer, type Asked, goTo, otherLanguage, plain, sheet } from './frame.ts'
import { words } from './words.ts'

/** What was done last at the desk, and to which subscription. */
export interface Note {
  text: string
  about: string | undefined
}

/** One showing of the desk. */
export interface Desk {
  shown: Shown
  language: Language
  say: DeskWords
  /** Where its forms are posted to: the same search, the same language. */
  where: string
  find: string
  note: Note | undefined
}

const shownAtOnce = 20

/** `/desk`: what happens at the seller, for whoever plays with this machine. What was done is told once. */
export function openDesk(shown: Shown): (asked: Asked) => Answer {
  let note: Note | undefined
  return ({ id, url, language, form }) => {
    if (id !== '') return plain(404, 'There is only /desk here.')
    const find = url.searchParams.get('find') ?? ''
    const lang = url.searchParams.has('lang') ? { lang: language } : {}
    const where = `/desk?${new URLSearchParams({ find, ...lang })}`
    const say = deskWords[language]
    if (form) {
      note = done({ shown, form, say, language })
      return goTo(`${where}#${note.about ?? 'note'}`)
    }
    const told = note
    note = undefined
    return desk({ shown, language, say, where, find, note: told })
  }
}

/** Does what a button says; what does not work is said, too. */
function done(pressed: Pressed): Note {
  const { form, say } = pressed
  const about = /^sub_\w+$/.test(form.id ?? '') ? form.id : undefined
  const deed = Object.hasOwn(deeds, form.do ?? '') ? deeds[form.do as string] : undefined
  if (!deed) return { text: say.noButton, about }
  try {
    return { text: deed(pressed), about }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return { text: say.failed(error instanceof ZodError ? fieldsOf(error, say) : error.message), about }
  }
}

/** The fields that do not fit, each in a few words. */
function fieldsOf({ issues }: ZodError, { wrong }: DeskWords): string {
  const names = [...new Set(issues.map(({ path }) => String(path[0])))]
  const told = { amount: wrong.amount, quantity: wrong.quantity, email: wrong.email } as Record<string, string>
  return names.map((name) => told[name] ?? wrong.field(name)).join('; ')
}

function desk(given: Desk): Answer {
  const { shown, language, say, where, find, note } = given
  const { store } = shown
  const found = store
    .all('subscription')
    .filter((one) => fits(one, store.must(one.customer), find))
    .reverse()
  const few = found.slice(0, shownAtOnce)
  const isBelow = few.some(({ id }) => id === note?.about)
  return sheet({
    language,
    title: say.title,
    notice: say.notice,
    nav: html`<nav aria-label="${say.sections}"><a href="#subscriptions">${say.subscriptions}</a> <a href="#buy">${say.act.buy}</a>
<a href="#delivery">${say.delivery}</a> <a href="#events">${say.events}</a> <a href="${where}">${say.again}</a>
${otherLanguage('/desk', language, { find })}</nav>`,
    body: html`${note && !isBelow && html`<p class="notice" id="note" role="status">${note.text}</p>`}
<h2 id="subscriptions">${say.subscriptions}</h2>
<form class="row" action="/desk"><label for="find">${say.find}</label>
<input type="hidden" name="lang" value="${language}">
<input id="find" name="find" type="search" value="${find}" aria-describedby="find-hint"><button>${say.find}</button>
<span id="find-hint" class="small">${say.findHint} ${say.count(few.length, found.length, find !== '')}</span></form>
${few.map((one) => subscriptionPart(given, one))}
${buyPart(given)}
${deliveryPart(given)}
${eventsPart(given)}`,
  })
}

const fits = ({ id, status, metadata }: Thing, customer: Thing, find: string): boolean =>
  [id, status, customer.id, customer.email, ...Object.values(metadata)].some((text) =>
    String(text).toLowerCase().includes(find.toLowerCase()),
  )

const options = (choices: Record<string, string>): Html[] =>
  Object.entries(choices).map(([value, text]) => html`<option value="${value}">${text}</option>`)

const buyPart = ({ say, language, where }: Desk): Html => html`<section aria-labelledby="buy">
<h2 id="buy">${say.buy.title}</h2>
<p class="small">${say.buy.hint}</p>
<form method="post" action="${where}" class="fields">
<label for="buy-email">${say.buy.email}</label>
<input id="buy-email" name="email" type="email" required value="buyer@contoso.example">
<label for="buy-quantity">${say.facts.quantity}</label>
<input id="buy-quantity" name="quantity" type="number" min="1" max="100000" required value="5">
<label for="buy-price">${say.buy.price}</label><select id="buy-price" name="price">${options(say.buy.prices)}</select>
<label for="buy-card">${say.buy.card}</label><select id="buy-card" name="card">${options(words[language].cards)}</select>
<p class="buttons"><button class="main" name="do" value="buy">${say.act.buy}</button></p></form></section>`
