// The part of the add-in page between checking a campaign and its first mail: what to know, preview, test mail, start.
import { doing } from './asking.js'
import { download, element, filled, made, now, sendingSay as say } from './page-parts.js'
import { sentencesOf } from './preflight.js'
import { follow } from './progress.js'
import { person } from './signing-in.js'

let api
/** The campaign that was checked, and what was found; null when nothing is, or it has changed since. */
let found = null
/** One that was checked and not started: nobody needs it when the next one is there. */
let leftOver = null
let started

/** @param whenStarted is told that what was checked has become a campaign that runs */
export function openChecked(client, whenStarted) {
  api = client
  started = whenStarted
  element('test-to').value = person.address
  const press = (id, action) =>
    element(id).addEventListener(
      'click',
      ({ currentTarget }) => found && void doing(currentTarget, 'checked-trouble', action),
    )
  press('do-test', test)
  press('which-left-out', whichLeftOut)
  press('start', () => start(null))
  press('previous', () => preview(position() - 1))
  press('next', () => preview(position() + 1))
  element('row').addEventListener('change', ({ target }) => void doing(target, 'checked-trouble', () => preview()))
  element('when').addEventListener('submit', (event) => {
    event.preventDefault()
    const at = new Date(element('start-at').value).toISOString()
    void doing(event.submitter, 'checked-trouble', () => start(at))
  })
}

/** Shows what was found, or nothing any more. */
export function showChecked(next) {
  if (found && found.campaign.campaignId !== next?.campaign.campaignId) leftOver = found.campaign.campaignId
  found = next
  element('checked').hidden = found === null
  if (!found) return
  if (leftOver && leftOver !== found.campaign.campaignId) void api.delete(leftOver).catch(() => {})
  leftOver = null
  const { mails, lines, unknownFields } = found.preflight
  const sentences = sentencesOf(found.preflight)
  element('findings').replaceChildren(
    ...sentences.map(({ text, bad }) => made('li', text, { className: bad ? 'bad' : '' })),
  )
  const canStart = mails > 0 && unknownFields.length === 0
  for (const id of ['start', 'start-then', 'do-test']) element(id).disabled = !canStart
  element('leave-out-row').hidden = lines === mails
  element('leave-out').checked = false
  element('leave-out-says').textContent = filled(say.leaveOut, { count: lines - mails })
  element('preview').hidden = mails === 0
  element('row').max = String(mails)
  element('start-at').min = localTime(now())
  element('tested').textContent = ''
  element('checked-title').focus()
  if (mails > 0) void doing(element('row'), 'checked-trouble', () => preview(1))
}

const position = () => Number(element('row').value)

async function preview(wanted = position()) {
  const at = Math.min(Math.max(1, wanted), found.preflight.mails)
  element('row').value = String(at)
  const { subject, html } = await api.preview(found.campaign.campaignId, at)
  element('preview-subject').textContent = subject
  await showMail(html, subject || `${say.preview} ${at}`)
}

/** A mail is shown in a frame that runs and fetches nothing, inside one whose policy allows a mail's own styles (F30). */
async function showMail(html, title) {
  const frame = element('mail-frame')
  if (!frame.contentDocument?.querySelector('iframe'))
    await new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }))
  const inner = frame.contentDocument.querySelector('iframe')
  inner.title = title
  inner.srcdoc = html
}

async function test() {
  element('tested').textContent = ''
  const { outcome } = await api.test(found.campaign.campaignId, position(), element('test-to').value)
  element('tested').textContent = say.tested[outcome]
}

/** The report before the start: its last lines are those that are left out. */
async function whichLeftOut() {
  const { campaignId, name } = found.campaign
  download(name, await api.report(campaignId, 'csv'))
}

async function start(at) {
  const campaign = await api.start(found.campaign.campaignId, { at, leaveOut: element('leave-out').checked })
  found = null
  showChecked(null)
  started()
  follow(campaign)
}

/** As a field for a date and a time wants it: local, without a zone. */
const localTime = (at) => new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
