import { type Html, html } from '../../html.ts'
import type { Message, Recipient } from '../message.ts'
import type { Shown } from '../pages.ts'
import { type Answer, type Asked, instant, missing, number, plain, sheet } from './frame.ts'
import { words } from './words.ts'

/** What a mail may do where it is shown: nothing but look (F30). */
const MAIL_POLICY = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'"

/** `/mail/<id>`: one message. What was written in it is in a frame of its own. */
export function mail({ parts: { store } }: Shown, asked: Asked): Answer {
  const { id, language, url } = asked
  const said = words[language]
  const message = store.find(id)
  if (!message) return missing(said.missingMail, asked)
  const { subject, isDraft, folder, mailbox, sentAt, madeAt } = message
  const where = `/mailbox/${encodeURIComponent(mailbox)}?${new URLSearchParams({ lang: language, folder })}`
  const rows: [string, unknown][] = [
    [said.from, message.from ?? mailbox],
    [said.to, people(message.to)],
    [said.cc, people(message.cc)],
    [said.bcc, people(message.bcc)],
    [said.time, instant(sentAt ?? madeAt, language)],
    [said.headers, message.headers.map(({ name, value }) => html`${name}: ${value}<br>`)],
    [said.files, files(message, language)],
  ]
  const facts = rows
    .filter(([, value]) => (Array.isArray(value) ? value.length > 0 : value !== ''))
    .map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)
  const body = html`<section><h2>${subject || said.noSubject} ${isDraft && html`<span class="state">${said.draft}</span>`}</h2>
<dl class="facts">${facts}</dl></section>
<section aria-labelledby="message"><h2 id="message">${said.message}</h2><p class="small">${said.messageHint}</p>
<iframe sandbox title="${said.message}" src="/content/${encodeURIComponent(id)}"></iframe></section>`
  const nav = html`<a href="${where}">${said.folders[folder]}</a>`
  return sheet({ language, title: mailbox, nav, body }, url)
}

/** `/content/<id>`: what was written in a message, as its receiver's program would show it. It may do nothing. */
export function content({ parts: { store } }: Shown, { id, language }: Asked): Answer {
  const message = store.find(id)
  if (!message) return plain(404, words[language].missingMail)
  return {
    status: 200,
    headers: {
      'Content-Type': `text/${message.isText ? 'plain' : 'html'}; charset=utf-8`,
      'Content-Security-Policy': MAIL_POLICY,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'X-DNS-Prefetch-Control': 'off',
      'Cache-Control': 'no-store',
    },
    body: message.html,
  }
}

const people = (some: Recipient[]): string =>
  some.map(({ address, name }) => (name === null ? address : `${name} <${address}>`)).join(', ')

const files = (message: Message, language: Asked['language']): Html[] =>
  message.files.map(
    ({ name, contentType, size }) =>
      html`${name} <span class="small">${contentType}, ${words[language].bytes(number(size, language))}</span><br>`,
  )
