import { type Html, html } from '../html.ts'
import { type CastMember, everybody } from '../identity/cast.ts'
import { type FaultName, faultNames } from './faults.ts'
import type { Shown } from './page.ts'

/** A form that posts to one of the actions and comes back in the same language. */
export const form = ({ language }: Shown, action: string, body: Html, name = ''): Html =>
  html`<form method="post" action="/local/do/${action}?lang=${language}" class="${name}">${body}</form>`

/** Buttons of one form, by name; each posts `field=name`. */
const buttons = (field: string, names: Record<string, string>) =>
  Object.entries(names).map(([name, text]) => html`<button name="${field}" value="${name}">${text}</button> `)

const person = ({ key, name, mail }: CastMember) => html`<option value="${key}">${name} (${mail})</option>`

/** Grants a subscription to somebody. */
export function grantForm(shown: Shown): Html {
  const { say } = shown
  const fields = html`<label for="grant-person">${say.owner}</label>
<select id="grant-person" name="person">${everybody.map(person)}</select>
<label for="grant-name">${say.name}</label><input id="grant-name" name="name" value="Contoso" required maxlength="100">
<label for="grant-quantity">${say.quantity}</label>
<input id="grant-quantity" name="quantity" type="number" min="1" max="100000" value="3" required>
<label for="grant-days">${say.days}</label>
<input id="grant-days" name="days" type="number" min="1" max="3650" value="30" required>
<p class="buttons"><button class="main">${say.doGrant}</button></p>`
  return html`<p class="small">${say.grantHint}</p>${form(shown, 'grant', fields, 'fields')}`
}

/** Buys a subscription on the seller's page, as somebody. */
export function buyForm(shown: Shown): Html {
  const { say } = shown
  const fields = html`<label for="buy-person">${say.as}</label>
<select id="buy-person" name="person">${everybody.map(person)}</select>
<label for="buy-name">${say.name}</label><input id="buy-name" name="name" value="Contoso" required maxlength="100">
<label for="buy-quantity">${say.quantity}</label>
<input id="buy-quantity" name="quantity" type="number" min="1" max="5000" value="12" required>
<label for="buy-interval">${say.paid}</label>
<select id="buy-interval" name="interval"><option value="yearly">${say.yearly}</option><option value="monthly">${say.monthly}</option></select>
<p class="buttons"><button class="main">${say.doBuy}</button></p>`
  return html`<p class="small">${say.buyHint}</p>${form(shown, 'buy', fields, 'fields')}`
}

/** Assigns, withdraws and hands on licences through the public API. */
export function manageForm(shown: Shown): Html {
  const { say } = shown
  const { assign, withdraw, handOn } = say
  const fields = html`<label for="manage-person">${say.as}</label>
<select id="manage-person" name="person">${everybody.map(person)}</select>
<label for="manage-subscription">${say.subscription}</label>
<select id="manage-subscription" name="subscription" data-live>${subscriptions(shown)}</select>
<label for="manage-addresses">${say.addresses}</label>
<textarea id="manage-addresses" name="addresses" rows="2" required>amir@contoso.example</textarea>
<label for="manage-to">${say.to}</label>
<input id="manage-to" name="to" placeholder="bea@contoso.example">
<p class="buttons">${buttons('deed', { assign, withdraw, handOn })}</p>`
  return html`<p class="small">${say.manageHint}</p>${form(shown, 'manage', fields, 'fields')}`
}

function subscriptions({ snapshot, say }: Shown): Html {
  const stored = snapshot.containers.find(({ name }) => name === 'subscriptions')?.items ?? []
  const found = stored.filter(({ kind }) => kind === 'subscription')
  if (found.length === 0) return html`<option value="">${say.noSubscription}</option>`
  const options = found.map(({ subscriptionId, name, assigned, quantity }) => {
    return html`<option value="${subscriptionId}">${name}: ${assigned} / ${quantity}</option>`
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
