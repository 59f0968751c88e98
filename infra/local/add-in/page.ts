import { type Html, html } from '../html.ts'
import { type CastMember, cast, everybody, localClientIds, tenantOf } from '../identity/cast.ts'
import type { Language } from '../identity/words.ts'
import { sendingParts, sendingWords } from './sending-page.ts'
import { words } from './words.ts'

/** Where the page asks, and what time its device shows: ms ahead of real time. */
export interface AddInPage {
  language: Language
  origin: string
  identity: string
  /** Where the mailboxes of this machine can be read. */
  graph: string
  offset: number
}

const scopeOf = (api: 'licensingApi' | 'sendingApi') =>
  `openid profile email api://${localClientIds[api]}/access_as_user`

/** The add-in page. Its script fills it; everything it needs to know stands in attributes of the body. */
export function addInPage({ language, origin, identity, graph, offset }: AddInPage): string {
  const say = words[language]
  const other = language === 'en' ? 'fr' : 'en'
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${say.title} · SecureMailMerge</title>
<link rel="stylesheet" href="/style.css"><link rel="stylesheet" href="/add-in.css">
<link rel="stylesheet" href="/sending.css">
<script type="module" src="/add-in.js"></script>
</head>
<body data-origin="${origin}" data-authority="${identity}" data-client-id="${localClientIds.addIn}"
 data-scope="${scopeOf('licensingApi')}" data-sending-scope="${scopeOf('sendingApi')}" data-offset="${offset}"
 data-graph="${graph}" data-words="${JSON.stringify(say)}" data-sending-words="${JSON.stringify(sendingWords[language])}">
<header class="page-head">
<h1>${say.title}</h1>
<nav aria-label="${say.machine}"><a href="${origin}/local?lang=${language}">${say.machine}</a>
<a href="${graph}/mailboxes?lang=${language}">${sendingWords[language].mailboxes}</a>
<a href="/?lang=${other}" lang="${other}" hreflang="${other}">${other === 'fr' ? 'Français' : 'English'}</a></nav>
<p class="notice">${say.notice}</p>
</header>
<main>
<section aria-labelledby="who-title"><h2 id="who-title">${say.who}</h2>${who(language)}</section>
<div class="columns">
<section aria-labelledby="answer-title"><h2 id="answer-title">${say.answer}</h2>
<div id="answer" role="status"><p id="verdict" class="verdict"></p><p id="message"></p><dl id="details"></dl>
<p id="after" class="small" hidden></p></div>
</section>
<section aria-labelledby="mail-title"><h2 id="mail-title">${say.mail}</h2>${mail(language)}</section>
</div>
${sendingParts(language)}<section aria-labelledby="wire-title"><h2 id="wire-title">${say.wire}</h2>
<div id="wire"><p>${say.wireEmpty}</p></div></section>
</main>
</body>
</html>
`.text
}

function who(language: Language): Html {
  const say = words[language]
  const companies = Map.groupBy(everybody, ({ tenantId }) => tenantOf(tenantId)?.name ?? tenantId)
  return html`<p id="who">${say.nobody}</p>
<p class="buttons"><button id="ask" type="button" disabled>${say.ask}</button>
<a class="button" href="/?lang=${language}">${say.anew}</a>
<button id="forget" type="button" class="quiet">${say.forget}</button></p>
<form id="open" class="row"><label for="person">${say.openAs}</label>
<select id="person">${[...companies].map(
    ([company, members]) => html`<optgroup label="${company}">${members.map(option)}</optgroup>`,
  )}</select>
<button>${say.open}</button> <button id="choose" type="button" class="quiet">${say.choose}</button></form>`
}

const option = ({ key, name, upn, tenantId, objectId }: CastMember) =>
  html`<option value="${key}" data-tenant="${tenantId}" data-account="${tenantId}.${objectId}">${name} (${upn})</option>`

function mail(language: Language): Html {
  const say = words[language]
  return html`<article id="mail" class="mail" hidden>
<dl><dt>${say.from}</dt><dd id="mail-from">${cast.olivia.name}</dd>
<dt>${say.to}</dt><dd>Anna Archer &lt;anna@customer.example&gt;</dd>
<dt>${say.subject}</dt><dd>${say.mailSubject}</dd></dl>
<p>${say.mailGreeting}</p><p>${say.mailText}</p><p>${say.mailEnd}<br><span id="mail-name"></span></p>
<footer id="footer" hidden>${say.footer}</footer>
</article>`
}
