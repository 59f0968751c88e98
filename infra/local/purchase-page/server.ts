import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { assets } from '../assets.ts'
import { type Called, callAs } from '../call-as.ts'
import { html, pageHeaders } from '../html.ts'
import { type Handler, say } from '../http-frame.ts'
import { castMember } from '../identity/cast.ts'
import { pageLanguage } from '../language.ts'
import type { System } from '../system.ts'
import { buyerOf } from './buyers.ts'
import { words } from './words.ts'

/**
 * Where the seller sends people back to, until the portal answers there: `/purchase/confirm#<intent>` waits for a
 * purchase, `/purchase/` and `/subscriptions/<id>` lead back to the local page.
 */
export function openPurchasePage(system: System): Handler {
  const own = assets(import.meta.dirname, ['confirm.js'])
  const shared = assets(join(import.meta.dirname, '..'), ['style.css'])
  return async (request, response) => {
    const language = pageLanguage(request)
    const [, place, part = '', id = '', deed] = (request.url ?? '/').split('?', 1)[0]!.split('/')
    const lead = (query: Record<string, string>, to: string) =>
      void response
        .writeHead(303, { Location: `/local?${new URLSearchParams({ lang: language, ...query })}#${to}` })
        .end()
    const isDeed = part === 'intents' && deed === 'mine'
    if (request.method !== (isDeed ? 'POST' : 'GET')) return say(response, 405, 'Nothing is done here.')
    // A page of another origin must not press these buttons.
    if (isDeed && !isOwn(request.headers)) return say(response, 403, 'Only the page itself may do this.')
    if (place === 'subscriptions') return lead({ subscription: part }, 'manage')
    if (own(part, response) || shared(part, response)) return
    if (part === '') return lead({}, 'buy')
    if (part === 'confirm') return void response.writeHead(200, pageHeaders()).end(page(language))
    const person = buyerOf(system, id)
    if (part !== 'intents' || !person) return say(response, 404, 'There is no such purchase.')
    const seen = await callAs(system, person, { path: `/api/purchases/intents/${id}`, language })
    if (!isDeed) return tell(response, { ...seen, body: { ...seen.body, buyer: person } })
    tell(response, await assignTo(system, person, String(seen.body?.subscription?.id)))
  }
}

/** The buyer takes one of the licences that were bought. */
const assignTo = (system: System, person: string, subscription: string): Promise<Called> =>
  callAs(system, person, {
    method: 'POST',
    path: `/api/subscriptions/${subscription}/seats`,
    body: { addresses: [castMember(person)?.mail], self: true },
  })

function tell(response: ServerResponse, { status, body }: Called): void {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
  response.end(JSON.stringify(body ?? {}))
}

const isOwn = ({ origin, host }: { origin?: string | undefined; host?: string | undefined }): boolean =>
  origin === undefined || origin === `http://${host}`

function page(language: 'en' | 'fr'): string {
  const { title, waiting, arrived, pending, over, open, expired, unknown, mine, done, refused, others, back } =
    words[language]
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
<p id="status" role="status" data-arrived="${arrived}" data-pending="${pending}" data-over="${over}" data-open="${open}" data-expired="${expired}" data-unknown="${unknown}">${waiting}</p>
<progress id="bar" aria-label="${waiting}"></progress>
<p id="outcome" role="status" data-done="${done}" data-refused="${refused}"></p>
<p id="assign" class="buttons" hidden><button id="mine" class="main">${mine}</button> <a id="others" class="button" href="/local#manage">${others}</a></p>
<p><a href="/local?lang=${language}#buy">${back}</a></p>
</section></main>
</body>
</html>
`.text
}
