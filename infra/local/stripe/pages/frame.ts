import { type Html, html, pageHeaders } from '../../html.ts'
import type { Language } from '../../identity/words.ts'

/** A request of a page, as the pages see it. */
export interface Asked {
  /** The part of the address behind the page's own: an id. */
  id: string
  url: URL
  language: Language
  /** What was posted; undefined when the page is only looked at. */
  form: Record<string, string> | undefined
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

/** Sends the browser on, to look at what a form has done. */
export const goTo = (location: string): Answer => ({
  status: 303,
  headers: { Location: location, 'Cache-Control': 'no-store' },
  body: '',
})

/** What a page is made of. */
export interface Sheet {
  status?: number
  language: Language
  title: string
  /** What this is, before everything else. */
  notice: string
  /** Links beside the title. */
  nav?: Html
  body: Html
  /** Where a form of the page may lead to, beside the page itself. */
  submit?: string | undefined
}

/** A whole page under a policy that runs no script at all but our own. */
export function sheet({ status = 200, language, title, notice, nav, body, submit }: Sheet): Answer {
  const origin = submit && new URL(submit).origin
  return {
    status,
    headers: pageHeaders({ submit: origin ? [origin] : [] }),
    body: html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title}</title>
<link rel="stylesheet" href="/styles/style.css"><link rel="stylesheet" href="/styles/pages.css">
</head>
<body>
<header class="page-head"><h1>${title}</h1>${nav}<p class="notice">${notice}</p></header>
<main>${body}</main>
</body>
</html>
`.text,
  }
}

/** The other of our two languages, and its name. */
export const otherThan = (language: Language): { other: Language; name: string } =>
  language === 'en' ? { other: 'fr', name: 'Français' } : { other: 'en', name: 'English' }

/** A link to the same page in the other language. */
export function otherLanguage(path: string, language: Language, query: Record<string, string> = {}): Html {
  const { other, name } = otherThan(language)
  const address = `${path}?${new URLSearchParams({ ...query, lang: other })}`
  return html`<a href="${address}" lang="${other}" hreflang="${other}">${name}</a>`
}

/** An address of the web that may stand in a link and in a policy; undefined for any other text. */
export function webAddress(text: unknown): string | undefined {
  const url = typeof text === 'string' ? URL.parse(text) : null
  // A host may hold signs that mean something in a policy.
  return url && /^https?:\/\/[\w.:[\]-]+$/.test(url.origin) ? url.href : undefined
}

const locales = { en: 'en-GB', fr: 'fr-FR' }

/** An amount in the smallest unit of its currency, in words of the language. */
export const money = (cents: number, currency: string, language: Language): string =>
  new Intl.NumberFormat(locales[language], { style: 'currency', currency }).format(cents / 100)

/** The UTC day of an instant in seconds. */
export const day = (seconds: number, language: Language): string =>
  new Intl.DateTimeFormat(locales[language], { dateStyle: 'medium', timeZone: 'UTC' }).format(seconds * 1000)
