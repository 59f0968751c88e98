import { type Html, html } from '../html.ts'
import { form } from './forms.ts'
import type { Shown } from './page.ts'
import type { Item, Message } from './snapshot.ts'

const shownItems = 30

/** The processes with their ports, and buttons to kill or restart each. */
export function processes(shown: Shown): Html {
  const { say, system } = shown
  const rows = Object.values(system.processes).map(({ name, pid, state, ready }) => {
    const ports = [ready?.port, ready?.controlPort].filter(Boolean).join(', ')
    const kill = html`<button id="kill-${name}" name="deed" value="kill">${say.kill}<span class="hidden"> ${name}</span></button>`
    const restart = html`<button id="restart-${name}" name="deed" value="restart">${say.restart}<span class="hidden"> ${name}</span></button>`
    return html`<tr><th scope="row">${name}</th><td class="${state}">${say.states[state]}</td><td>${pid}</td><td>${ports}</td>
<td>${form(shown, 'process', html`<input type="hidden" name="name" value="${name}">${kill} ${restart}`, 'row')}</td></tr>`
  })
  return table([say.process, say.state, 'PID', say.port, ''], rows)
}

/** The queues: how many messages are where, the messages, and a button to send the set-aside ones again. */
export function queues(shown: Shown): Html {
  const { say, snapshot } = shown
  if (!snapshot.queues) return html`<p>${say.down}</p>`
  const rows = snapshot.queues.map(({ name, active, scheduled, locked, deadLetter, messages }) => {
    const again = html`<input type="hidden" name="queue" value="${name}"><button id="resend-${name}">${say.resend}</button>`
    return html`<tr><th scope="row">${name}</th><td>${active}</td><td>${scheduled}</td><td>${locked}</td><td>${deadLetter}</td>
<td>${messages.length > 0 && messageList(name, messages, say.messages)}</td>
<td>${deadLetter > 0 && form(shown, 'resend', again)}</td></tr>`
  })
  return table([say.queue, say.active, say.scheduled, say.locked, say.deadLetter, '', ''], rows)
}

const messageList = (queue: string, messages: Message[], title: string) =>
  html`<details id="messages-${queue}"><summary>${title}</summary><pre>${pretty(messages)}</pre></details>`

/** The newest items of each container. */
export function items({ snapshot, say }: Shown): Html {
  const containers = snapshot.containers.map(({ name, items: stored }) => {
    const body = stored ? stored.slice(0, shownItems).map((one) => item(name, one)) : html`<p>${say.down}</p>`
    return html`<details id="container-${name}" class="container">
<summary><strong>${name}</strong> ${stored ? `(${stored.length})` : ''}</summary>${body}</details>`
  })
  return html`${containers}`
}

function item(container: string, stored: Item): Html {
  const { id, kind, name, address, did, _ts } = stored
  const own = Object.fromEntries(Object.entries(stored).filter(([field]) => !/^_(rid|self|attachments)$/.test(field)))
  const what = [kind, name ?? address ?? did].filter(Boolean).join(' · ')
  return html`<details id="item-${container}-${stored._rid ?? id}"><summary>${what || id}
<small>${new Date(_ts * 1000).toISOString().slice(0, 19)}</small></summary><pre>${pretty(own)}</pre></details>`
}

const pretty = (value: unknown) => JSON.stringify(value, null, 2)

const table = (heads: string[], rows: Html[]) =>
  html`<div class="wide"><table><thead><tr>${heads.map((head) => (head ? html`<th scope="col">${head}</th>` : html`<td></td>`))}</tr></thead>
<tbody>${rows}</tbody></table></div>`
