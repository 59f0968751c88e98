import { STAMP_HEADER } from '@securemailmerge/shared/graph/message'
import { type Html, html } from '../../html.ts'
import type { Language } from '../../identity/words.ts'
import type { Folder, Message } from '../message.ts'
import type { Shown } from '../pages.ts'
import { type Answer, type Asked, instant, missing, sheet } from './frame.ts'
import { words } from './words.ts'

const shownAtOnce = 100

/** `/mailbox/<address>`: one folder of a mailbox, page by page, the newest first. */
export function mailbox({ parts: { directory, store } }: Shown, asked: Asked): Answer {
  const { id, url, language } = asked
  const said = words[language]
  const box = directory.get(id)
  if (!box) return missing(said.missingMailbox, asked)
  const { searchParams: query } = url
  const named = query.get('folder') ?? ''
  const folder = Object.hasOwn(said.folders, named) ? (named as Folder) : 'sentitems'
  const find = query.get('find') ?? ''
  const found = store.of(box.address, folder).filter((message) => find === '' || fits(message, find.toLowerCase()))
  const from = Math.max(0, Math.trunc(Number(query.get('from')) || 0))
  const few = found.slice(from, from + shownAtOnce)
  const at = (more: Record<string, string>) =>
    `/mailbox/${encodeURIComponent(box.address)}?${new URLSearchParams({ lang: language, folder, find, ...more })}`
  const links = Object.entries(said.folders).map(
    ([name, text]) =>
      html`<a href="${at({ folder: name })}"${name === folder && html` aria-current="page"`}>${text}</a> `,
  )
  const body = html`<section aria-labelledby="folder"><h2 id="folder">${said.folders[folder]}</h2>
<nav class="row">${links}</nav>
<form class="row" action="/mailbox/${encodeURIComponent(box.address)}"><label for="find">${said.find}</label>
<input type="hidden" name="lang" value="${language}"><input type="hidden" name="folder" value="${folder}">
<input id="find" name="find" type="search" value="${find}" aria-describedby="find-hint"><button>${said.find}</button>
<span id="find-hint" class="small">${said.findHint}. ${said.shownOf(few.length, found.length)}</span></form>
${few.length === 0 ? html`<p>${said.empty}</p>` : list(few, language)}
<p class="buttons">${from > 0 && html`<a class="button" href="${at({ from: String(Math.max(0, from - shownAtOnce)) })}">${said.newer}</a>`}
${from + few.length < found.length && html`<a class="button" href="${at({ from: String(from + shownAtOnce) })}">${said.older}</a>`}</p></section>`
  return sheet({ language, title: `${box.name} <${box.address}>`, body }, url)
}

/** The mark by which a mail of ours is found again. */
const stampOf = ({ headers }: Message): string =>
  headers.find(({ name }) => name.toLowerCase() === STAMP_HEADER)?.value ?? ''

const fits = (message: Message, find: string): boolean =>
  [
    message.subject,
    stampOf(message),
    ...[...message.to, ...message.cc, ...message.bcc].map(({ address }) => address),
  ].some((text) => text.toLowerCase().includes(find))

function list(messages: Message[], language: Language): Html {
  const said = words[language]
  const rows = messages.map((message) => {
    const { id, subject, to, sentAt, madeAt } = message
    return html`<tr><td>${instant(sentAt ?? madeAt, language)}</td><td>${to.map(({ address }) => address).join(', ')}</td>
<th scope="row"><a href="/mail/${encodeURIComponent(id)}?lang=${language}">${subject || said.noSubject}</a></th><td class="small">${stampOf(message)}</td></tr>`
  })
  const heads = [said.time, said.to, said.subject, said.stamp]
  return html`<div class="wide"><table><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows}</tbody></table></div>`
}
