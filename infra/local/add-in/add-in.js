// The add-in page: signs in, asks, shows a mail, and what went over the wire. What it knows of licences is client.ts.
import { AddIn } from './client.ts'
import { decoded } from './proof.ts'
import { beginSignIn, endSignIn } from './sign-in.ts'

const { origin, authority, clientId, scope, offset, words: wordsText } = document.body.dataset
const words = JSON.parse(wordsText)
const language = document.documentElement.lang
const locale = language === 'en' ? 'en-GB' : 'fr-FR'
const home = `/?lang=${language}`
const element = (id) => document.getElementById(id)
const now = () => new Date(Date.now() + Number(offset))
const addIn = new AddIn({ origin, storage: localStorage, fetch: recorded, now })
const person = kept('person')
let recheck

function kept(name) {
  return JSON.parse(sessionStorage.getItem(name) ?? 'null')
}

function keep(name, value) {
  sessionStorage.setItem(name, JSON.stringify(value))
}

/** Signs in: as somebody of the cast at once, or on the page where one chooses. The browser comes back here. */
async function signIn(key) {
  const chosen = [...element('person').options].find(({ value }) => value === key)
  const tenant = chosen?.dataset.tenant ?? 'common'
  const parts = { authority, tenant, clientId, scope, redirectUri: `${location.origin}/` }
  const { address, begun } = await beginSignIn(parts)
  keep('begun', { begun, home })
  note({ method: chosen ? 'POST' : 'GET', url: address, status: words.browser, ms: 0, headers: {}, body: '' })
  if (!chosen) return location.assign(address)
  const form = Object.assign(document.createElement('form'), { method: 'post', action: address, hidden: true })
  form.append(Object.assign(document.createElement('input'), { name: 'person', value: key }))
  document.body.append(form)
  form.submit()
}

async function comeBack(query) {
  const { begun, home: before } = kept('begun') ?? {}
  sessionStorage.removeItem('begun')
  try {
    keep('person', await endSignIn(begun ?? {}, query, recorded))
    location.replace(before)
  } catch (error) {
    history.replaceState(null, '', home)
    element('message').textContent = error.message
  }
}

async function ask() {
  element('verdict').textContent = words.asking
  const shown = await addIn.ask(person, language)
  if (shown.signIn && signInAgain()) return
  show(shown)
}

/** Who of the cast has this account. */
const memberOf = ({ account }) => [...element('person').options].find(({ dataset }) => dataset.account === account)

/** A refused token gets one new sign-in, as the same person, until there was an answer; says whether it is under way. */
function signInAgain() {
  const known = memberOf(person)
  if (!known || kept('again')) return false
  keep('again', true)
  element('verdict').textContent = words.again
  void signIn(known.value)
  return true
}

function show(shown) {
  const { footer } = shown
  element('verdict').textContent = footer ? words.withFooter : words.withoutFooter
  element('verdict').dataset.footer = String(footer)
  element('message').textContent = messageOf(shown)
  element('details').replaceChildren(
    ...detailsOf(shown).flatMap(([name, value]) => [made('dt', name), made('dd', value)]),
  )
  element('mail').hidden = false
  element('footer').hidden = !footer
  clearTimeout(recheck)
  element('after').hidden = shown.by !== 'server'
  if (shown.by !== 'server') return
  sessionStorage.removeItem('again')
  const { recheckAfter } = shown.answer
  element('after').textContent = words.askAfter.replace('{minutes}', String(Math.round(recheckAfter / 60)))
  recheck = setTimeout(ask, recheckAfter * 1000)
}

function messageOf(shown) {
  if (shown.by === 'server') return shown.answer.message
  const why = shown.signIn ? words.refused : words.away
  if (shown.by === 'proof') return `${why} ${words.kept.replace('{date}', day(shown.claims.exp * 1000))}`
  return `${why} ${words.faults[shown.fault]}`
}

function detailsOf(shown) {
  if (shown.by === 'nothing') return [[words.proof, words.noProof]]
  if (shown.by === 'proof')
    return [
      [words.code, shown.claims.code],
      [words.proof, proofUntil(shown.claims.exp)],
    ]
  const { code, address, validUntil, proof } = shown.answer
  const end = proof && decoded(proof.split('.')[1])?.exp
  return [
    [words.code, code],
    ...(address ? [[words.address, address]] : []),
    ...(validUntil ? [[words.paidUntil, day(validUntil)]] : []),
    [words.proof, end ? proofUntil(end) : words.noProof],
  ]
}

const proofUntil = (seconds) => words.proofUntil.replace('{date}', day(seconds * 1000, 'short'))
const day = (time, timeStyle) =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle, timeZone: 'UTC' }).format(new Date(time))
const made = (name, text) => Object.assign(document.createElement(name), { textContent: text })

/** fetch, noted for the list on the page. */
async function recorded(url, init = {}) {
  const began = performance.now()
  const entry = { method: init.method ?? 'GET', url, headers: init.headers ?? {}, status: words.noAnswer, body: '' }
  try {
    const response = await fetch(url, init)
    entry.status = response.status
    entry.body = await response.clone().text()
    return response
  } finally {
    note({ ...entry, ms: Math.round(performance.now() - began) })
  }
}

function note(entry) {
  keep('wire', [{ ...entry, at: now().toISOString() }, ...(kept('wire') ?? [])].slice(0, 30))
  showWire()
}

function showWire() {
  const entries = kept('wire') ?? []
  if (entries.length > 0) element('wire').replaceChildren(...entries.map(wireEntry))
}

function wireEntry({ at, method, url, headers, status, ms, body }) {
  const { host, pathname } = new URL(url)
  const details = document.createElement('details')
  const summary = made('summary', `${method} ${host}${pathname} → ${status}`)
  summary.append(made('small', ` ${ms} ms, ${at.slice(11, 19)}`))
  const sent = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  const got = body.startsWith('{') ? JSON.stringify(JSON.parse(body), null, 2) : body
  details.append(summary, made('pre', shortened([`${method} ${url}`, ...sent, '', got].join('\n'))))
  return details
}

/** Tokens, keys and proofs are long, and nobody reads them. */
const shortened = (text) => text.replace(/([\w-]{24})[\w-]{40,}(\.[\w-]+)*/g, '$1…')

element('ask').addEventListener('click', () => void ask())
element('choose').addEventListener('click', () => void signIn())
element('open').addEventListener('submit', (event) => {
  event.preventDefault()
  void signIn(element('person').value)
})
element('forget').addEventListener('click', () => {
  localStorage.clear()
  sessionStorage.clear()
  location.assign(home)
})

showWire()
const query = new URLSearchParams(location.search)
if (query.has('code') || query.has('error')) await comeBack(query)
else if (query.has('person')) await signIn(query.get('person'))
else if (!person) element('message').textContent = words.signInFirst
else {
  element('ask').disabled = false
  element('who').textContent = `${words.signedInAs} ${person.name} (${person.address})`
  element('mail-from').textContent = `${person.name} <${person.address}>`
  element('mail-name').textContent = person.name
  element('person').value = memberOf(person)?.value ?? element('person').value
  await ask()
}
