import { sameAccount } from '@securemailmerge/shared/identity/account'
import { type Html, html } from '../html.ts'
import { type CastMember, castMember, everybody } from '../identity/cast.ts'
import { commandQueues } from './commands.ts'
import { type FaultName, faultNames } from './faults.ts'
import type { Shown } from './page.ts'
import { storedSubscriptions } from './snapshot.ts'

/** A form that posts to one of the actions and comes back in the same language. */
export const form = ({ language, person }: Shown, action: string, body: Html, name = ''): Html =>
  html`<form method="post" action="/local/do/${action}?lang=${language}&amp;person=${person}" class="${name}">${body}</form>`

/** Buttons of one form, by name; each posts `field=name`. */
const buttons = (field: string, names: Record<string, string>) =>
  Object.entries(names).map(([name, text]) => html`<button name="${field}" value="${name}">${text}</button> `)

const member = ({ key, name, mail }: CastMember, chosen?: string) =>
  html`<option value="${key}"${key === chosen && html` selected`}>${name} (${mail})</option>`
const people = (chosen?: string) => everybody.map((one) => member(one, chosen))

/** Grants a subscription to somebody. */
export function grantForm(shown: Shown): Html {
  const { say } = shown
  const fields = html`<label for="grant-person">${say.owner}</label>
<select id="grant-person" name="person">${people()}</select>
<label for="grant-name">${say.name}</label><input id="grant-name" name="name" value="Contoso" required maxlength="100">
<label for="grant-quantity">${say.quantity}</label>
<input id="grant-quantity" name="quantity" type="number" min="1" max="100000" value="3" required>
<label for="grant-days">${say.days}</label>
<input id="grant-days" name="days" type="number" min="1" max="3650" value="30" required>
<p class="buttons"><button class="main">${say.doGrant}</button></p>`
  return html`<p class="small">${say.grantHint}</p>${form(shown, 'grant', fields, 'fields')}`
}

/** Sends any command of an operator. */
export function commandForm(shown: Shown): Html {
  const { say } = shown
  const fields = html`<label for="command-queue">${say.queue}</label>
<select id="command-queue" name="queue">${commandQueues.map((name) => html`<option>${name}</option>`)}</select>
<label for="command-text">JSON</label>
<textarea id="command-text" name="command" rows="3" required spellcheck="false">{"command":"help"}</textarea>
<p class="buttons"><button class="main">${say.doCommand}</button></p>`
  return html`<p class="small">${say.commandHint}</p>${form(shown, 'command', fields, 'fields')}`
}

/** Buys a subscription on the seller's page, as somebody. */
export function buyForm(shown: Shown): Html {
  const { say, person } = shown
  const fields = html`<label for="buy-person">${say.as}</label>
<select id="buy-person" name="person">${people(person)}</select>
<label for="buy-name">${say.name}</label><input id="buy-name" name="name" value="Contoso" required maxlength="100">
<label for="buy-quantity">${say.quantity}</label>
<input id="buy-quantity" name="quantity" type="number" min="1" max="5000" value="12" required>
<label for="buy-interval">${say.paid}</label>
<select id="buy-interval" name="interval"><option value="yearly">${say.yearly}</option><option value="monthly">${say.monthly}</option></select>
<p class="buttons"><button class="main">${say.doBuy}</button></p>`
  return html`<p class="small">${say.buyHint}</p>${form(shown, 'buy', fields, 'fields leaves')}`
}

/** Assigns, withdraws and hands on licences through the public API. */
export function manageForm(shown: Shown): Html {
  const { say, person, language } = shown
  const { assign, withdraw, handOn } = say
  const fields = html`<label for="manage-person">${say.as}</label>
<span class="row"><select id="manage-person" name="person" data-chosen="${person}">${people(person)}</select>
<noscript><button formmethod="get" formaction="/local#manage" formnovalidate name="lang" value="${language}">${say.theirs}</button></noscript></span>
<label for="manage-subscription">${say.subscription}</label>
<select id="manage-subscription" name="subscription" data-live>${subscriptions(shown)}</select>
<label for="manage-addresses">${say.addresses}</label>
<textarea id="manage-addresses" name="addresses" rows="2" required>amir@contoso.example</textarea>
<label for="manage-to">${say.to}</label>
<input id="manage-to" name="to" placeholder="bea@contoso.example">
<p class="buttons">${buttons('deed', { assign, withdraw, handOn })}</p>`
  return html`<p class="small">${say.manageHint}</p>${form(shown, 'manage', fields, 'fields')}`
}

function subscriptions({ snapshot, say, person, subscription }: Shown): Html {
  const found = storedSubscriptions(snapshot).filter(({ owner }) => sameAccount(owner, castMember(person)))
  if (found.length === 0) return html`<option value="">${say.noSubscription}</option>`
  const options = found.map(({ subscriptionId, name, assigned, quantity }) => {
    const selected = subscriptionId === subscription && html` selected`
    return html`<option value="${subscriptionId}"${selected}>${name}: ${assigned} / ${quantity}</option>`
  })
  return html`${options}`
}

/** Shows and moves the time of the whole system. */
export function clockForm(shown: Shown): Html {
  const { say, language } = shown
  const { clock } = shown.system
  const time = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : 'fr-FR', {
    dateStyle: 'full',
    timeStyle: 'medium',
    timeZone: 'UTC',
  })
  const days = clock.offset / 86_400_000
  const ahead = new Intl.NumberFormat(language, { style: 'unit', unit: 'day', unitDisplay: 'long' })
  const { now, hour, day, month } = say
  return html`<p id="time" data-live><time datetime="${clock.now().toISOString()}">${time.format(clock.now())} UTC</time>
${days !== 0 && html`<br><span class="small">${ahead.format(days)} ${say.ahead}</span>`}</p>
${form(shown, 'clock', html`<p class="buttons">${buttons('step', { hour, day, month, now })}</p>`)}
<p class="small">${say.nowHint}</p>`
}

/** Ready-made faults; those that are on now are marked. */
export function faultForm(shown: Shown): Html {
  const { say } = shown
  const on = faultsOn(shown)
  const fault = (name: FaultName) =>
    html`<button id="fault-${name}" name="name" value="${name}" aria-pressed="${on.has(name)}">${say.fault[name]}</button> `
  return html`<p class="small">${say.faultHint}</p>
<div id="fault-list" data-live>${form(shown, 'fault', html`<p class="buttons">${faultNames.map(fault)}</p>`)}</div>
${form(shown, 'clear', html`<p class="buttons"><button class="main">${say.clear}</button></p>`)}`
}

function faultsOn({ snapshot, system, keysHidden }: Shown): Set<FaultName> {
  const { 'service-bus': bus, 'functions-host': host } = system.processes
  const statuses = snapshot.storeFaults.map(({ do: { status } }) => status)
  const on: Record<FaultName, boolean> = {
    store_throttled: statuses.includes(429),
    store_down: statuses.includes(503),
    queue_refuses: snapshot.queueFaults.length > 0,
    queue_down: bus.state === 'stopped',
    keys_unreachable: keysHidden,
    host_killed: host.state === 'stopped',
  }
  return new Set(faultNames.filter((name) => on[name]))
}
