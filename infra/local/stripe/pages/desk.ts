import { ZodError, z } from 'zod'
import { type Html, html } from '../../html.ts'
import type { Shown } from '../pages.ts'
import type { Thing } from '../store.ts'
import { deeds } from './deeds.ts'
import { deliveryPart, eventsPart } from './desk-events.ts'
import { subscriptionPart } from './desk-subscription.ts'
import { type Answer, type Asked, goTo, plain, sheet } from './frame.ts'

/** What was done last at the desk, and to which subscription. */
export interface Note {
  text: string
  about: string | undefined
}

const shownAtOnce = 20

/** `/desk`: what happens at the seller, for whoever plays with this machine. Everybody who looks sees the same. */
export function openDesk(shown: Shown): (asked: Asked) => Answer {
  let note: Note | undefined
  return ({ id, url, form }) => {
    if (id !== '') return plain(404, 'There is only /desk here.')
    const find = url.searchParams.get('find') ?? ''
    if (form) {
      note = done(shown, form)
      return goTo(`/desk?${new URLSearchParams({ find })}#${note.about ?? 'note'}`)
    }
    return desk(shown, find, note)
  }
}

/** Does what a button says; what does not work is said, too. */
function done(shown: Shown, form: Record<string, string>): Note {
  const about = /^sub_\w+$/.test(form.id ?? '') ? form.id : undefined
  const deed = Object.hasOwn(deeds, form.do ?? '') ? deeds[form.do as string] : undefined
  if (!deed) return { text: 'There is no such button.', about }
  try {
    return { text: deed(shown, form), about }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const reason = error instanceof ZodError ? z.prettifyError(error) : error.message
    return { text: `That did not work: ${reason}`, about }
  }
}

function desk(shown: Shown, find: string, note: Note | undefined): Answer {
  const { store } = shown
  const found = store
    .all('subscription')
    .filter((one) => fits(one, store.must(one.customer), find))
    .reverse()
  const few = found.slice(0, shownAtOnce)
  const isBelow = few.some(({ id }) => id === note?.about)
  const count = `${few.length} of ${found.length}${find && ' that fit'}, newest first.`
  const where = `/desk?${new URLSearchParams({ find })}`
  return sheet({
    language: 'en',
    title: 'The seller’s desk',
    notice: 'Local stand-in for Stripe. Nobody is real, and no money moves. Everything here happens at the seller.',
    nav: html`<nav aria-label="Sections"><a href="#subscriptions">Subscriptions</a> <a href="#buy">Buy</a>
<a href="#delivery">Delivery</a> <a href="#events">Events</a> <a href="${where}">Look again</a></nav>`,
    body: html`${note && !isBelow && html`<p class="notice" id="note" role="status">${note.text}</p>`}
<h2 id="subscriptions">Subscriptions</h2>
<form class="row" action="/desk"><label for="find">Find</label>
<input id="find" name="find" type="search" value="${find}" aria-describedby="find-hint"><button>Find</button>
<span id="find-hint" class="small">by id, customer, e-mail or state. ${count}</span></form>
${few.map((one) => subscriptionPart(shown, one, where, one.id === note?.about ? note.text : undefined))}
${buyPart(where)}
${deliveryPart(shown, where)}
${eventsPart(shown, where)}`,
  })
}

const fits = ({ id, status, metadata }: Thing, customer: Thing, find: string): boolean =>
  [id, status, customer.id, customer.email, ...Object.values(metadata)].some((text) =>
    String(text).toLowerCase().includes(find.toLowerCase()),
  )

const buyPart = (
  where: string,
): Html => html`<section aria-labelledby="buy"><h2 id="buy">Buy without a page of ours</h2>
<p class="small">As by a payment link of the seller: nothing says whose purchase it is.</p>
<form method="post" action="${where}" class="fields">
<label for="buy-email">E-mail</label>
<input id="buy-email" name="email" type="email" required value="buyer@contoso.example">
<label for="buy-quantity">Quantity</label>
<input id="buy-quantity" name="quantity" type="number" min="1" max="100000" required value="5">
<label for="buy-price">Price</label><select id="buy-price" name="price">
<option value="seat_monthly">Licence, monthly</option><option value="seat_yearly">Licence, yearly</option>
<option value="training">Training, monthly</option></select>
<label for="buy-card">Paid by</label><select id="buy-card" name="card">
<option value="good">Card that works</option><option value="declines">Card that is refused</option>
<option value="sepa">Direct debit</option><option value="sepa_fails">Direct debit that fails</option></select>
<p class="buttons"><button class="main" name="do" value="buy">Buy</button></p></form></section>`
