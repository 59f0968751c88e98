// The part of the add-in page that lets somebody allow sending from their mailbox, and end it. Off by default.
import { doing } from './asking.js'
import { openCampaign, sendingIs } from './campaign.js'
import { CampaignClient, isOn } from './campaign-client.ts'
import { element, filled, keep, kept, language, moment, place, sendingSay as say, tell } from './page-parts.js'
import { openProgress, showCampaigns } from './progress.js'
import { memberOf, person, sendingToken, signIn, signInAgain } from './signing-in.js'
import { recorded } from './wire.js'

const LOOK_MS = 3_000
const underWay = ['open', 'redeeming']

let api
let standing = { mailbox: null, lastAttempt: null }
/** The sign-in that this page has begun and waits for. */
let begun = null
/** Whether the campaigns that there are have been asked for. */
let areShown = false
let next

const wanted = () => `sending ${person.account}`
const wasOn = () => `was on ${person.account}`

/** Opens everything about sending. Nothing is asked before its owner has wished for it on this device. */
export function openSending(proof) {
  api = new CampaignClient({ origin: place.origin, language, proof, token: sendingToken, fetch: recorded })
  openCampaign(api)
  openProgress(api)
  show()
  element('sending').hidden = false
  for (const id of ['switch-on', 'sign-in-again']) element(id).addEventListener('click', switchOn)
  element('switch-off').addEventListener('click', ({ target }) => void doing(target, 'sending-trouble', switchOff))
  element('consent').addEventListener('submit', agree)
  element('not-now').addEventListener('click', () => showConsent(false))
  element('stop-waiting').addEventListener('click', ({ target }) => void doing(target, 'sending-trouble', stopWaiting))
  addEventListener('focus', () => begun && void look())
  addEventListener('sending-off', () => sendingToken() && void look())
  if (sendingToken()) void look().then(() => kept('switching on') && !isOn(standing.mailbox) && showConsent(true))
  else if (localStorage.getItem(wanted())) signInAgain('sending')
}

/** Asks how it stands, and again while a sign-in is under way. */
async function look() {
  clearTimeout(next)
  await doing(element('sending'), 'sending-away', async () => {
    standing = await api.mailbox()
    if (!areShown) await showCampaigns()
    areShown = true
  })
  if (begun && !underWay.includes(standing.lastAttempt?.outcome)) begun = null
  if (isOn(standing.mailbox)) {
    localStorage.setItem(wanted(), 'on')
    localStorage.setItem(wasOn(), 'yes')
    keep('switching on', false)
  }
  show()
  if (begun) next = setTimeout(look, LOOK_MS)
}

function switchOn() {
  const { drafts = false, shared = false } = standing.mailbox ?? {}
  element('how-draft').checked = drafts
  element('how-shared').checked = shared
  keep('switching on', true)
  if (sendingToken()) showConsent(true)
  else void signIn(memberOf(person)?.value, 'sending')
}

/** What it means is said before Microsoft asks; its page opens in a tab of its own, and this one waits. */
async function agree(event) {
  event.preventDefault()
  const form = new FormData(event.target)
  const wish = { drafts: form.get('how') === 'draft', shared: form.get('shared') !== null }
  // Opened now: a browser lets a page do so only while it answers a press.
  const tab = window.open('', '_blank')
  const isBegun = await doing(event.submitter, 'sending-trouble', async () => {
    begun = await api.begin({ ...wish, loginHint: person.address })
  })
  if (!isBegun) return tab?.close()
  if (tab) {
    tab.opener = null
    tab.location.replace(begun.signInUrl)
  }
  showConsent(false)
  await look()
  element('sign-in-page').focus()
}

async function switchOff() {
  await api.end(standing.mailbox.grant)
  localStorage.removeItem(wanted())
  await look()
}

async function stopWaiting() {
  await api.end(begun.grantId)
  begun = null
  await look()
}

function showConsent(isShown) {
  keep('switching on', isShown)
  element('consent').hidden = !isShown
  show()
  element(isShown ? 'consent-title' : 'sending-title').focus()
}

function show() {
  const { mailbox } = standing
  const on = isOn(mailbox)
  const lost = say.lost[mailbox?.state]
  tell('sending-state', on ? say.on : say.off)
  element('sending-state').dataset.on = String(on && !lost)
  tell('sending-text', [on ? onText(mailbox) : offText(mailbox), lost].filter(Boolean).join(' '))
  element('switch-on').hidden = on || !element('consent').hidden
  element('switch-off').hidden = !on
  element('sign-in-again').hidden = !on || !lost
  // Whoever waits there with the keyboard is not left in nothing.
  if (!begun && element('waits').contains(document.activeElement)) element('sending-title').focus()
  element('waits').hidden = !begun
  if (begun) {
    tell('waits-text', filled(say.waits, { until: moment(begun.expiresAt) }))
    element('sign-in-page').href = begun.signInUrl
  }
  showFailure()
  sendingIs(on, mailbox)
}

/** What is held of earlier campaigns does not go by switching off. */
const offText = (mailbox) => (mailbox || localStorage.getItem(wasOn()) ? `${say.offText} ${say.held}` : say.offText)

function onText({ drafts, until }) {
  const how = drafts ? say.onDraft : say.onSend
  return filled(say.onText, { address: person.address, until: moment(until), how })
}

/** A sign-in that did not lead to sending, in the words of the page that it ended on. */
function showFailure() {
  const { mailbox, lastAttempt } = standing
  const isNews = lastAttempt && lastAttempt.grant !== mailbox?.grant && lastAttempt.at > (mailbox?.since ?? '')
  const failed = isNews && !underWay.includes(lastAttempt.outcome) ? lastAttempt.outcome : null
  tell('outcome', failed ? (say.outcomes[failed] ?? failed) : '')
  const needsAdmin = failed === 'admin_consent_needed'
  if (needsAdmin && element('admin').hidden) void showAdmin()
  element('admin').hidden = !needsAdmin
}

async function showAdmin() {
  await doing(element('admin'), 'sending-trouble', async () => {
    const { drafts, shared } = standing.lastAttempt
    const { subject, text } = await api.adminConsent({ drafts, shared })
    element('admin-text').value = text
    element('admin-mail').href = `mailto:?${new URLSearchParams({ subject, body: text })}`.replaceAll('+', '%20')
  })
}
