import { join } from 'node:path'
import { assets } from '../assets.ts'
import { callAs } from '../call-as.ts'
import { html, pageHeaders } from '../html.ts'
import { type Handler, say } from '../http-frame.ts'
import { pageLanguage } from '../language.ts'
import type { System } from '../system.ts'
import { buyerOf } from './buyers.ts'
import { words } from './words.ts'

/**
 * Where the seller sends buyers back to, until the portal answers there: `/purchase/confirm#<intent>` waits for the
 * purchase, `/purchase/` leads back to the local page.
 */
export function openPurchasePage(system: System): Handler {
  const own = assets(import.meta.dirname, ['confirm.js'])
  const shared = assets(join(import.meta.dirname, '..'), ['style.css'])
  return async (request, response) => {
    const [, , part = '', id = ''] = (request.url ?? '/').split('?', 1)[0]!.split('/')
    if (request.method !== 'GET') return say(response, 405, 'Nothing is done here.')
    if (own(part, response) || shared(part, response)) return
    if (part === '') return void response.writeHead(303, { Location: '/local#buy' }).end()
    if (part === 'confirm') return void response.writeHead(200, pageHeaders()).end(page(pageLanguage(request)))
    const person = buyerOf(system, id)
    if (part !== 'intents' || !person) return say(response, 404, 'There is no such purchase.')
    const { status, body } = await callAs(system, person, { path: `/api/purchases/intents/${id}` })
    response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
    response.end(JSON.stringify(body ?? {}))
  }
}

function page(language: 'en' | 'fr'): string {
  const { title, waiting, arrived, open, expired, unknown, assign, back } = words[language]
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title}</title>
<link rel="stylesheet" href="/purchase/style.css">
<script type="module" src="/purchase/confirm.js"></script>
</head>
<body>
<header class="page-head"><h1>${title}</h1></header>
<main><section>
<p id="status" role="status" data-arrived="${arrived}" data-open="${open}" data-expired="${expired}" data-unknown="${unknown}">${waiting}</p>
<progress id="bar" aria-label="${waiting}"></progress>
<p class="buttons"><a id="assign" hidden href="/local?lang=${language}#manage">${assign}</a> <a href="/local?lang=${language}#buy">${back}</a></p>
</section></main>
</body>
</html>
`.text
}
