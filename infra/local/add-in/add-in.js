// The add-in page: signs in, asks for the licence, shows a mail. What it knows of licences is client.ts; sending has
// parts of its own.
import { AddIn } from './client.ts'
import { day, element, home, made, now, place, say } from './page-parts.js'
import { decoded } from './proof.ts'
import { openSending } from './sending.js'
import { comeBack, memberOf, person, signIn, signInAgain, wasAnswered } from './signing-in.js'
import { recorded, showWire } from './wire.js'

const addIn = new AddIn({ origin: place.origin, storage: localStorage, fetch: recorded, now })
let recheck

async function ask() {
  element('verdict').textContent = say.asking
  const shown = await addIn.ask(person, document.documentElement.lang)
  if (shown.signIn && signInAgain()) {
    element('verdict').textContent = say.again
    return
  }
  show(shown)
}

function show(shown) {
  const { footer } = shown
  element('verdict').textContent = footer ? say.withFooter : say.withoutFooter
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
  wasAnswered('licensing')
  const { recheckAfter } = shown.answer
  element('after').textContent = say.askAfter.replace('{minutes}', String(Math.round(recheckAfter / 60)))
  recheck = setTimeout(ask, recheckAfter * 1000)
}

function messageOf(shown) {
  if (shown.by === 'server') return shown.answer.message
  const why = shown.signIn ? say.refused : say.away
  if (shown.by === 'proof') return `${why} ${say.kept.replace('{date}', day(shown.claims.exp * 1000))}`
  return `${why} ${say.faults[shown.fault]}`
}

function detailsOf(shown) {
  if (shown.by === 'nothing') return [[say.proof, say.noProof]]
  if (shown.by === 'proof')
    return [
      [say.code, shown.claims.code],
      [say.proof, proofUntil(shown.claims.exp)],
    ]
  const { code, address, validUntil, proof } = shown.answer
  const end = proof && decoded(proof.split('.')[1])?.exp
  return [
    [say.code, code],
    ...(address ? [[say.address, address]] : []),
    ...(validUntil ? [[say.paidUntil, day(validUntil)]] : []),
    [say.proof, end ? proofUntil(end) : say.noProof],
  ]
}

const proofUntil = (seconds) => say.proofUntil.replace('{date}', day(seconds * 1000, 'short'))

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
else if (!person) element('message').textContent = say.signInFirst
else {
  element('ask').disabled = false
  element('who').textContent = `${say.signedInAs} ${person.name} (${person.address})`
  element('mail-from').textContent = `${person.name} <${person.address}>`
  element('mail-name').textContent = person.name
  element('person').value = memberOf(person)?.value ?? element('person').value
  await ask()
  openSending(() => addIn.proof(person.account))
}
