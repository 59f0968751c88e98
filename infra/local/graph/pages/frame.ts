import { type Html, html, pageHeaders } from '../../html.ts'
import type { Language } from '../../identity/words.ts'
import { words } from './words.ts'

/** A request of a page, as the pages see it. */
export interface Asked {
  /** The part of the address behind the page's own. */
  id: string
  url: URL
  language: Language
}

/** What is sent back. */
export interface Answer {
  status: number
  headers: Record<string, string>
  body: string
}

/** One sentence as plain text. */
export const plain = (status: number, sentence: string): Answer => ({
  status,
  headers: { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' },
  body: `${sentence}\n`,
})

/** A value as JSON. */
export const jsonAnswer = (status: number, value: unknown): Answer => ({
  status,
  headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' },
  body: JSON.stringify(value),
})

/** What a page is made of. */
export interface Sheet {
  status?: number
  language: Language
  title: string
  /** Links beside the title. */
  nav?: Html
  body: Html
}

/** A whole page under a policy that runs no script at all, and frames nothing but what this server has. */
export function sheet({ status = 200, language, title, nav, body }: Sheet, { pathname, searchParams }: URL): Answer {
  const headers = pageHeaders()
  const other = language === 'en' ? 'fr' : 'en'
  const query = new URLSearchParams([...searchParams].filter(([name]) => name !== 'lang').concat([['lang', other]]))
  return {
    status,
    headers: { ...headers, 'Content-Security-Policy': `${headers['Content-Security-Policy']}; frame-src 'self'` },
    body: html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title}</title>
<link rel="stylesheet" href="/styles/style.css"><link rel="stylesheet" href="/styles/pages.css">
</head>
<body>
<header class="page-head"><h1>${title}</h1>
<nav><a href="/mailboxes?lang=${language}">${words[language].mailboxes}</a> ${nav}
<a href="${pathname}?${query}" lang="${other}" hreflang="${other}">${{ en: 'English', fr: 'Français' }[other]}</a></nav>
<p class="notice">${words[language].notice}</p></header>
<main>${body}</main>
</body>
</html>
`.text,
  }
}

/** A page that says what is missing. */
export const missing = (sentence: string, { language, url }: Asked): Answer =>
  sheet({ status: 404, language, title: sentence, body: html`` }, url)

const locales = { en: 'en-GB', fr: 'fr-FR' }

/** A whole number in words of the language. */
export const number = (value: number, language: Language): string =>
  new Intl.NumberFormat(locales[language]).format(value)

/** An instant in ms, in words of the language, in UTC. */
export const instant = (ms: number, language: Language): string =>
  new Intl.DateTimeFormat(locales[language], { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' }).format(ms)
