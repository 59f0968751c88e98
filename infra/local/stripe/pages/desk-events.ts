import { type Html, html } from '../../html.ts'
import type { Shown } from '../pages.ts'
import type { Thing } from '../store.ts'

const shownAtOnce = 50
const second = 1000
const delays = { 0: 'none', 10000: '10 seconds', 60000: '1 minute', 3600000: '1 hour', 259200000: '72 hours' }

/** How events go out, and a form to change it. */
export function deliveryPart({ events }: Shown, where: string): Html {
  const { double, hold, delayMs, withheld } = events.delivery
  const delay = Object.entries({ [delayMs]: `${delayMs / second} seconds`, ...delays }).map(
    ([ms, text]) => html`<option value="${ms}"${Number(ms) === delayMs && html` selected`}>${text}</option>`,
  )
  return html`<section aria-labelledby="delivery"><h2 id="delivery">Delivery</h2>
<p>${events.url ? html`Events go to <code>${events.url}</code>.` : 'Events go nowhere yet.'} ${events.pending} on their way.
${withheld.length > 0 && `These never go out: ${withheld.join(', ')}.`}</p>
<form method="post" action="${where}">
<p class="choice"><input type="checkbox" id="double" name="double" value="yes"${double && html` checked`}>
<label for="double">Each is sent twice</label></p>
<p class="choice"><input type="checkbox" id="hold" name="hold" value="yes"${hold && html` checked`}>
<label for="hold">Held: nothing goes out until this is switched off</label></p>
<p class="row"><label for="delayMs">Late at random, up to (by the clock)</label><select id="delayMs" name="delayMs">${delay}</select></p>
<p class="buttons"><button class="main" name="do" value="deliver">Deliver so</button></p></form></section>`
}

/** The newest events, with how each was answered. */
export function eventsPart({ store, events }: Shown, where: string): Html {
  const all = store.all('event')
  const answers = Map.groupBy(events.posted, ({ event }) => event)
  const rows = all
    .slice(-shownAtOnce)
    .reverse()
    .map((event) => row(event, answers.get(event.id)?.map(({ status }) => status) ?? [], where))
  const heads = ['Made', 'Event', 'Answers', '']
  return html`<section aria-labelledby="events"><h2 id="events">Events</h2>
<p class="small">${rows.length} of ${all.length}, newest first. 0 means that nobody answered.</p>
<div class="wide"><table><thead><tr>${heads.map((head) => (head ? html`<th scope="col">${head}</th>` : html`<td></td>`))}</tr></thead>
<tbody>${rows}</tbody></table></div></section>`
}

function row(event: Thing, answers: number[], where: string): Html {
  const { id, type, created, data } = event
  const made = new Date(created * second).toISOString()
  return html`<tr><td><time datetime="${made}">${made.slice(0, 19).replace('T', ' ')}</time></td>
<td><details><summary id="${id}">${type}</summary><pre>${JSON.stringify(event, null, 2)}</pre></details>
<small>${data.object.id}</small></td><td>${answers.join(', ') || '–'}</td>
<td><form method="post" action="${where}" class="row"><input type="hidden" name="event" value="${id}">
<button name="do" value="resend" aria-describedby="${id}">Resend</button></form></td></tr>`
}
