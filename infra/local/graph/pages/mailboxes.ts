import { type Html, html } from '../../html.ts'
import type { Folder } from '../message.ts'
import type { Shown } from '../pages.ts'
import { type Answer, type Asked, number, sheet } from './frame.ts'
import { words } from './words.ts'

const folders: Folder[] = ['inbox', 'drafts', 'sentitems', 'deleteditems']

/** `/mailboxes`: every mailbox, and how much is in its folders. */
export function mailboxes({ parts: { directory, store } }: Shown, { language, url }: Asked): Answer {
  const said = words[language]
  const rows = directory.all().map(({ address, name, account, state }): Html => {
    const where = `/mailbox/${encodeURIComponent(address)}?lang=${language}`
    const marks = [account === null && said.shared, said.states[state]].filter(Boolean).join(', ')
    const counts = folders.map((folder) => {
      const count = store.of(address, folder).length
      return html`<td>${count > 0 && html`<a href="${where}&amp;folder=${folder}">${number(count, language)}</a>`}</td>`
    })
    return html`<tr><th scope="row"><a href="${where}">${name}</a> <span class="small">${marks}</span></th><td>${address}</td>${counts}</tr>`
  })
  const heads = [said.name, said.address, ...folders.map((folder) => said.folders[folder])]
  const body = html`<section><div class="wide"><table><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows}</tbody></table></div></section>`
  return sheet({ language, title: said.mailboxes, body }, url)
}
