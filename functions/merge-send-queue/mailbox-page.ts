import { createHash } from 'node:crypto'
import type { HttpResponseInit } from '@azure/functions'
import { apiHeaders } from '@securemailmerge/shared/http/security-headers'
import en from '@securemailmerge/shared/languages/mailbox.en.json' with { type: 'json' }
import fr from '@securemailmerge/shared/languages/mailbox.fr.json' with { type: 'json' }

/** The pages that a browser ends on after a visit at Microsoft. */
export type MailboxPage = keyof typeof en.pages

const words = { en: en.pages, fr: fr.pages }
const style = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
main { max-width: 36rem; margin: 4rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem; line-height: 1.25 }
`
const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  ...["frame-ancestors 'none'", "form-action 'none'", "base-uri 'none'"],
].join('; ')
const statusOf: Partial<Record<MailboxPage, number>> = { unknown: 404, unavailable: 503 }

/** A page of fixed words: nothing that came with the request stands in it, and it sets no cookie. */
export function mailboxPage(page: MailboxPage, language: 'en' | 'fr'): HttpResponseInit {
  const { title, text } = words[language][page]
  return {
    status: statusOf[page] ?? 200,
    headers: {
      ...apiHeaders,
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Language': language,
      'Content-Security-Policy': policy,
    },
    body: `<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>
<style>${style}</style></head>
<body><main>
<h1>${title}</h1>
<p>${text}</p>
</main></body>
</html>
`,
  }
}
