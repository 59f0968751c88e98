import { type Html, html } from '../html.ts'
import { type CastMember, everybody, tenantOf } from '../identity/cast.ts'
import type { Language } from '../identity/words.ts'
import type { System } from '../system.ts'
import { buyForm, clockForm, commandForm, faultForm, grantForm, manageForm } from './forms.ts'
import type { Note } from './notes.ts'
import type { Snapshot } from './snapshot.ts'
import { items, processes, queues } from './state.ts'
import { type Words, words } from './words.ts'

/** What one showing of the page is made of. */
export interface Shown {
  system: System
  snapshot: Snapshot
  notes: Note[]
  /** Whether the identity stand-in was told to hide its keys: it does not tell. */
  keysHidden: boolean
  language: Language
  /** Who manages, by key, and which subscription is chosen. */
  person: string
  subscription: string | null
  say: Words
}

/** The page `/local`. Works without script; with it, the parts marked `data-live` follow what happens. */
export function localPage(given: Omit<Shown, 'say'>): string {
  const shown: Shown = { ...given, say: words[given.language] }
  const { say, language, system } = shown
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${say.title}</title>
<link rel="stylesheet" href="/local/style.css"><link rel="stylesheet" href="/local/local.css">
<script type="module" src="/local/local.js"></script>
</head>
<body>
<header class="page-head"><h1>${say.title}</h1>${links(system, say, language)}<p class="notice">${say.notice}</p></header>
<main>
<div class="columns">
${section('try', say.tryThis, html`<ol>${say.steps.map(([to, text]) => html`<li><a href="#${to}">${text}</a></li>`)}</ol>`)}
${section('happened', say.happened, html`<div id="notes" data-live role="status">${happened(shown)}</div>`)}
</div>
<div class="columns">
${section('buy', say.buy, buyForm(shown))}
${section('manage', say.manage, manageForm(shown))}
</div>
${section('people', say.people, people(shown))}
<div class="columns">
${section('grant', say.grant, grantForm(shown))}
${section('command', say.command, commandForm(shown))}
</div>
<div class="columns">
${section('desk', say.desk, html`<p>${say.deskHint}</p><p><a href="${system.stripe}/desk?lang=${language}">${say.toDesk}</a></p>`)}
${section('mailboxes', say.mailboxes, html`<p>${say.mailboxesHint}</p><p><a href="${system.graph}/mailboxes?lang=${language}">${say.toMailboxes}</a></p>`)}
</div>
<div class="columns">
${section('clock', say.clock, clockForm(shown))}
${section('faults', say.faults, faultForm(shown))}
</div>
${section('processes', say.processes, html`<div id="process-list" data-live>${processes(shown)}</div>`)}
${section('queues', say.queues, html`<div id="queue-list" data-live>${queues(shown)}</div>`)}
${section('items', say.items, html`<div id="item-list" data-live>${items(shown)}</div>`)}
</main>
</body>
</html>
`.text
}

const section = (id: string, title: string, body: Html) =>
  html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${body}</section>`

function links({ addIn, stripe, graph }: System, say: Words, language: Language): Html {
  const other = language === 'en' ? 'fr' : 'en'
  return html`<nav aria-label="${say.links}">
<a href="/?lang=${language}">${say.webPage}</a>
<a href="${addIn}/?lang=${language}">${say.addIn}</a>
<a href="/api/openapi.json">${say.api}</a>
<a href="/api/licence-lookup/health">${say.health}</a>
<a href="/api/seat-assignment/ready">${say.ready}</a>
<a href="${stripe}/desk?lang=${language}">${say.desk}</a>
<a href="${graph}/mailboxes?lang=${language}">${say.mailboxes}</a>
<a href="/local?lang=${other}" lang="${other}" hreflang="${other}">${other === 'fr' ? 'Français' : 'English'}</a>
</nav>`
}

function happened({ notes, say }: Shown): Html {
  if (notes.length === 0) return html`<p>${say.nothing}</p>`
  return html`<ul class="plain">${notes.map(
    ({ at, text, detail }) =>
      html`<li><time datetime="${at}">${at.slice(11, 19)}</time> ${text}${
        detail ? html`<details id="note-${at}"><summary>JSON</summary><pre>${detail}</pre></details>` : ''
      }</li>`,
  )}</ul>`
}

function people({ system, say, language }: Shown): Html {
  const card = ({ key, name, mail, tenantId, about }: CastMember) => html`<li class="card"><h3>${name}</h3>
<p class="small">${tenantOf(tenantId)?.name}</p><p class="address">${mail}</p><p class="small">${about[language]}</p>
<p><a href="${system.addIn}/?person=${key}&amp;lang=${language}" id="as-${key}">${say.openAs} ${name}</a></p></li>`
  return html`<ul class="cards">${everybody.map(card)}</ul>`
}
