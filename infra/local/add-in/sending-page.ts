import { type Html, html } from '../html.ts'
import type { Language } from '../identity/words.ts'
import { english, type SendingWords } from './sending-words.en.ts'
import { french } from './sending-words.fr.ts'

/** Texts about sending, by language. */
export const sendingWords = { en: english, fr: french }

/** The parts of the add-in page about sending. Their scripts show them, and fill them. */
export function sendingParts(language: Language): Html {
  const say = sendingWords[language]
  const parts: [string, string, Html][] = [
    ['sending', say.mailbox, mailbox(say)],
    ['campaign', say.campaign, campaign(say)],
    ['checked', say.checked, checked(say)],
    ['progress', say.progress, progress(say)],
  ]
  return html`${parts.map(
    ([id, title, body]) => html`<section id="${id}" aria-labelledby="${id}-title" hidden>
<h2 id="${id}-title" tabindex="-1">${title}</h2>${body}<p id="${id}-trouble" class="trouble" role="alert"></p></section>
`,
  )}`
}

function mailbox(say: SendingWords): Html {
  return html`<div role="status"><p id="sending-state" class="verdict"></p><p id="sending-text"></p>
<p id="outcome" class="trouble"></p><p id="sending-away" class="trouble"></p></div>
<p class="buttons"><button id="switch-on" type="button">${say.switchOn}</button>
<button id="sign-in-again" type="button" class="main" hidden>${say.signInAgain}</button>
<button id="switch-off" type="button" class="quiet" hidden>${say.switchOff}</button></p>
<form id="consent" class="inset" aria-labelledby="consent-title" hidden>
<h3 id="consent-title" tabindex="-1">${say.before}</h3><p>${say.leaves}</p>
<fieldset><legend>${say.how}</legend>
<label class="choice"><input type="radio" name="how" value="send" checked> <span>${say.howSend}</span></label>
<label class="choice"><input id="how-draft" type="radio" name="how" value="draft"> <span>${say.howDraft}</span></label>
<label class="choice"><input id="how-shared" type="checkbox" name="shared"> <span>${say.shared}</span></label></fieldset>
<p class="buttons"><button class="main">${say.toMicrosoft}</button>
<button id="not-now" type="button" class="quiet">${say.notNow}</button></p></form>
<div id="waits" class="inset" hidden><p id="waits-text" role="status"></p>
<p class="buttons"><a id="sign-in-page" class="button" target="_blank" rel="noopener noreferrer" href="#sending">${say.openOnceMore}</a>
<button id="stop-waiting" type="button" class="quiet">${say.stopWaiting}</button></p></div>
<div id="admin" class="inset" hidden><h3>${say.admin}</h3><p>${say.adminHint}</p>
<label for="admin-text">${say.adminText}</label><textarea id="admin-text" rows="8" readonly></textarea>
<p class="buttons"><a id="admin-mail" class="button" href="#sending">${say.adminMail}</a></p></div>`
}

function campaign(say: SendingWords): Html {
  return html`<form class="fields">
<label for="campaign-name">${say.name}</label><input id="campaign-name" required maxlength="200" value="${say.campaign}">
<label for="list">${say.list}</label>
<div><textarea id="list" rows="6" spellcheck="false" aria-describedby="list-says"></textarea>
<p class="row"><span id="list-says" class="small" role="status"></span>
<span id="address-row"><label for="address-column">${say.addresses}</label> <select id="address-column"></select></span>
<button id="example" type="button" class="quiet">${say.example}</button></p></div>
<label for="subject">${say.subject}</label><input id="subject" maxlength="998">
<label for="text">${say.text}</label>
<div><textarea id="text" rows="8" aria-describedby="text-hint"></textarea>
<p id="text-hint" class="small">${say.textHint}</p>
<p id="insert-row" class="row" hidden><span class="small">${say.insert}</span> <span id="fields" class="row"></span></p>
<label class="choice"><input id="is-html" type="checkbox"> <span>${say.isHtml}</span></label></div>
<div id="from-row" hidden><label for="from">${say.from}</label> <input id="from" type="email"></div>
<p class="buttons whole"><button id="check" class="main" aria-describedby="off-hint" disabled>${say.check}</button>
<span id="off-hint" class="small">${say.offHint}</span></p></form>`
}

function checked(say: SendingWords): Html {
  return html`<ul id="findings"></ul>
<div id="preview" class="inset"><h3>${say.preview}</h3>
<p class="row"><button id="previous" type="button" class="quiet">${say.previous}</button>
<label for="row">${say.row}</label> <input id="row" type="number" min="1" value="1">
<button id="next" type="button" class="quiet">${say.next}</button></p>
<p id="preview-subject" class="subject"></p>
<iframe id="mail-frame" src="/mail-frame" sandbox="allow-same-origin" title="${say.preview}"></iframe>
<p class="row"><label for="test-to">${say.test}</label> <input id="test-to" type="email">
<button id="do-test" type="button">${say.doTest}</button></p><p id="tested" role="status"></p></div>
<p id="leave-out-row"><label class="choice"><input id="leave-out" type="checkbox"> <span id="leave-out-says"></span></label>
<button id="which-left-out" type="button" class="quiet">${say.whichLeftOut}</button></p>
<form id="when" class="buttons"><button id="start" type="button" class="main">${say.start}</button>
<label for="start-at">${say.at}</label> <input id="start-at" type="datetime-local" required>
<button id="start-then">${say.startThen}</button></form>`
}

function progress(say: SendingWords): Html {
  const { deeds } = say
  return html`<p class="row"><label for="which">${say.which}</label> <select id="which"></select></p>
<p id="progress-state" class="verdict" role="status"></p>
<p class="row bar"><progress id="bar" value="0" max="1" aria-labelledby="bar-says"></progress> <span id="bar-says"></span></p>
<p id="bar-said" class="hidden" role="status"></p><p id="progress-away" class="trouble" role="status"></p>
<dl id="counts"></dl>
<p id="deeds" class="buttons">${Object.entries(deeds).map(
    ([name, text]) => html`<button id="do-${name}" type="button" hidden>${text}</button> `,
  )}</p>
<div id="failed" class="inset" hidden><p>${say.failedHint}</p><ul id="failed-list"></ul></div>
<div id="unknown" class="inset" hidden><p>${say.unknownHint}</p><ul id="unknown-list" class="plain"></ul>
<p id="unknown-all" class="buttons" hidden></p></div>
${sure('cancel', say.cancelSure, deeds.cancel, say.keepIt)}${sure('delete', say.deleteSure, deeds.delete, say.keepIt)}`
}

const sure = (deed: string, question: string, yes: string, no: string): Html =>
  html`<dialog id="${deed}-dialog" aria-labelledby="${deed}-sure"><form method="dialog"><p id="${deed}-sure">${question}</p>
<p class="buttons"><button value="yes" class="main">${yes}</button> <button value="no" autofocus>${no}</button></p></form></dialog>`
