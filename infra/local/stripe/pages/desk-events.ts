import { type Html, html } from '../../html.ts'
import type { Thing } from '../store.ts'
import type { Desk } from './desk.ts'

const shownAtOnce = 50
const second = 1000

/** How events go out, and a form to change it. */
export function deliveryPart({ shown: { events }, say, where }: Desk): Html {
  const { double, hold, delayMs, withheld } = events.delivery
  const delays = Object.entries({ [delayMs]: say.seconds(delayMs / second), ...say.delays })
  const choices = delays.map(
    ([ms, text]) => html`<option value="${ms}"${Number(ms) === delayMs && html` selected`}>${text}</option>`,
  )
  return html`<section aria-labelledby="delivery"><h2 id="delivery">${say.delivery}</h2>
<p>${events.url ? html`${say.goTo} <code>${events.url}</code>.` : say.goNowhere} ${say.pending(events.pending)}
${withheld.length > 0 && say.withheld(withheld.join(', '))}</p>
<form method="post" action="${where}">
<p class="choice"><input type="checkbox" id="double" name="double" value="yes"${double && html` checked`}>
<label for="double">${say.twice}</label></p>
<p class="choice"><input type="checkbox" id="hold" name="hold" value="yes"${hold && html` checked`}>
<label for="hold">${say.held}</label></p>
<p class="row"><label for="delayMs">${say.late}</label><select id="delayMs" name="delayMs">${choices}</select></p>
<p class="buttons"><button class="main" name="do" value="deliver">${say.act.deliver}</button></p></form></section>`
}

/** The newest events, with how each was answered. */
export function eventsPart(desk: Desk): Html {
  const { shown, say } = desk
  const all = shown.store.all('event')
  const answers = Map.groupBy(shown.events.posted, ({ event }) => event)
  const rows = all
    .slice(-shownAtOnce)
    .reverse()
    .map((event) => row(event, answers.get(event.id)?.map(({ status }) => status) ?? [], desk))
  const heads = [say.eventMade, say.event, say.answers, '']
  return html`<section aria-labelledby="events"><h2 id="events">${say.events}</h2>
<p class="small">${say.eventsHint(rows.length, all.length)}</p>
<div class="wide"><table><thead><tr>${heads.map((head) => (head ? html`<th scope="col">${head}</th>` : html`<td></td>`))}</tr></thead>
<tbody>${rows}</tbody></table></div></section>`
}

function row(event: Thing, answers: number[], { say, where }: Desk): Html {
  const { id, type, created, data } = event
  const made = new Date(created * second).toISOString()
  return html`<tr><td><time datetime="${made}">${made.slice(0, 19).replace('T', ' ')}</time></td>
<td><details><summary id="${id}">${type}</summary><pre>${JSON.stringify(event, null, 2)}</pre></details>
<small>${data.object.id}</small></td><td>${answers.join(', ') || '–'}</td>
<td><form method="post" action="${where}" class="row"><input type="hidden" name="event" value="${id}">
<button name="do" value="resend" aria-describedby="${id}">${say.act.resend}</button></form></td></tr>`
}
