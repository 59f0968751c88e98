// The part of the add-in page where a campaign is written and checked. What is typed stays on this device until it is
// checked, and it can be checked only while sending is on.
import { doing } from './asking.js'
import { openChecked, showChecked } from './checked.js'
import { addressColumn, filledRows, htmlOf, linesOf, repeatedHeading, tableOf } from './list.ts'
import { element, filled, language, made, sendingSay as say } from './page-parts.js'
import { person } from './signing-in.js'

const texts = ['campaign-name', 'list', 'from', 'subject', 'text']
const example = {
  list: [
    'Email\tFirst\tSeat',
    'anna@customers.example\tAnna\tA1',
    'ben@customers.example\tBen\tA2',
    'chloe@customers.example\tChloé\tA3',
    'dev@customers.example\t\tA4',
    'eve@customers.example\tEve "Evi"\tA5',
  ].join('\n'),
  en: {
    subject: 'Your seat on Thursday, {{First|dear guest}}',
    text: 'Dear {{First|guest}},\n\nour doors are open on Thursday from ten to six.\nYour seat is {{Seat}}.\n\nKind regards',
  },
  fr: {
    subject: 'Ta place jeudi, {{First|cher invité}}',
    text: 'Bonjour {{First|cher invité}},\n\nnos portes sont ouvertes jeudi de dix à dix-huit heures.\nTa place est {{Seat}}.\n\nBien à toi',
  },
}

let api
let mailbox = null
let table = { columns: [], rows: [] }
/** The last content that was checked, with the key under which it is one campaign. */
let asked = null
/** The field that a button puts a name into. */
let target = 'text'

/** Opens the editor, with what was typed on this device before. */
export function openCampaign(client) {
  api = client
  openChecked(api, () => {
    // The same once more is another campaign, and nobody is to send one twice by two presses.
    asked = null
    element('list').value = ''
    readList()
    element('list-says').textContent = say.wasStarted
    keepTyped()
  })
  const typed = JSON.parse(localStorage.getItem(draftKey()) ?? '{}')
  for (const id of texts) element(id).value = typed[id] ?? element(id).value
  element('is-html').checked = typed.isHtml === true
  readList(typed.column)
  element('campaign').hidden = false
  element('campaign').addEventListener('input', changed)
  element('campaign').addEventListener('submit', (event) => {
    event.preventDefault()
    void doing(element('check'), 'campaign-trouble', check)
  })
  element('example').addEventListener('click', fillIn)
  for (const id of ['subject', 'text']) element(id).addEventListener('focus', () => (target = id))
}

/** Sending was switched on or off. */
export function sendingIs(on, known) {
  mailbox = known
  element('check').disabled = !on
  element('off-hint').hidden = on
  element('from-row').hidden = !on || !mailbox.shared
  if (!on) showChecked(null)
}

const draftKey = () => `campaign ${person.account}`

function changed({ target: { id } }) {
  if (id === 'list') readList()
  keepTyped()
  showChecked(null)
}

function keepTyped() {
  const typed = Object.fromEntries(texts.map((id) => [id, element(id).value]))
  const more = { isHtml: element('is-html').checked, column: Number(element('address-column').value) }
  try {
    localStorage.setItem(draftKey(), JSON.stringify({ ...typed, ...more }))
  } catch {
    // A list that is too long to be kept is typed anew another time.
    localStorage.removeItem(draftKey())
  }
}

function fillIn() {
  const { subject, text } = example[language]
  for (const [id, value] of Object.entries({ list: example.list, subject, text })) element(id).value = value
  element('is-html').checked = false
  readList()
  keepTyped()
  showChecked(null)
}

function readList(column) {
  table = tableOf(element('list').value)
  const rows = filledRows(table)
  const named = table.columns.map((name, at) => [name, at]).filter(([name]) => name !== '')
  element('address-column').replaceChildren(...named.map(([name, value]) => made('option', name, { value })))
  element('address-column').value = String(column ?? addressColumn(table))
  element('address-row').hidden = named.length === 0
  const says = rows.length === 0 ? say.noList : filled(say.listSays, { rows: rows.length, columns: named.length })
  element('list-says').textContent = says
  element('fields').replaceChildren(...named.map(([name]) => insertButton(name)))
  element('insert-row').hidden = named.length === 0
}

function insertButton(name) {
  const button = made('button', `{{${name}}}`, { type: 'button', className: 'quiet' })
  button.addEventListener('click', () => {
    const field = element(target)
    field.setRangeText(`{{${name}}}`, field.selectionStart, field.selectionEnd, 'end')
    field.focus()
    keepTyped()
    showChecked(null)
  })
  return button
}

async function check() {
  const column = Number(element('address-column').value || -1)
  const wrong = wrongWithList(column)
  if (wrong) {
    element('campaign-trouble').textContent = wrong
    return
  }
  const content = written()
  const lines = linesOf(table, column)
  const all = JSON.stringify([content, lines])
  // The answer may be lost: the same content under the same key is the same campaign.
  if (asked?.all !== all) asked = { all, key: crypto.randomUUID() }
  const { campaignId } = await api.create(content, asked.key)
  showChecked(await api.upload(campaignId, lines))
  // Somebody went on typing: what was checked is not what stands there.
  if (JSON.stringify([written(), linesOf(table, column)]) !== all) showChecked(null)
}

function wrongWithList(column) {
  if (filledRows(table).length === 0) return say.noList
  const twice = repeatedHeading(table)
  if (twice !== null) return filled(say.twice, { name: twice })
  return table.columns[column] === undefined ? say.noAddress : ''
}

function written() {
  const text = element('text').value
  return {
    name: element('campaign-name').value,
    subject: element('subject').value,
    html: element('is-html').checked ? text : htmlOf(text),
    from: (mailbox?.shared && element('from').value.trim()) || null,
    mode: mailbox?.drafts ? 'draft' : 'send',
    language,
  }
}
