// The part of the add-in page that shows how far campaigns are, and stops them.
import { doing } from './asking.js'
import { element, filled, made, moment, number, sendingSay as say, tell } from './page-parts.js'
import { closeUnknown, showUnknown } from './unknown.js'

const LOOK_MS = 2_000
const over = ['completed', 'completed_with_errors', 'cancelled']
const stopped = ['paused', 'blocked']
const unstarted = ['draft', 'ready']
const isMoving = ({ state }) => ![...over, ...stopped, ...unstarted].includes(state)
const wasStarted = ({ state }) => !unstarted.includes(state)

let api
let all = []
let current = null
let next
let saidTenth = -1

export function openProgress(client) {
  api = client
  element('which').addEventListener('change', ({ target }) => choose(target.value))
  for (const [id, action] of Object.entries({ pause, resume, cancel, retry, delete: remove, report, unknown }))
    element(`do-${id}`).addEventListener('click', ({ currentTarget }) => act(currentTarget, action))
  element('cancel-dialog').addEventListener('close', ({ target }) => {
    if (target.returnValue === 'yes') void act(element('do-cancel'), () => deed('cancel'))
    target.returnValue = ''
  })
}

/** Shows all campaigns that there are: the newest that was started first. */
export async function showCampaigns() {
  all = await api.list()
  const known = all.find(({ campaignId }) => campaignId === current?.campaignId)
  current = known ?? all.find(wasStarted) ?? all[0] ?? null
  draw()
}

/** A campaign has been started: it is followed from now on. */
export function follow(campaign) {
  current = campaign
  saidTenth = -1
  all = [campaign, ...all.filter(({ campaignId }) => campaignId !== campaign.campaignId)]
  draw()
  element('progress-title').focus()
}

function choose(campaignId) {
  current = all.find((one) => one.campaignId === campaignId) ?? null
  saidTenth = -1
  draw()
}

async function look() {
  const { campaignId } = current
  const shown = await api.show(campaignId)
  if (current?.campaignId === campaignId) took(shown)
}

function took(campaign) {
  all = all.map((one) => (one.campaignId === campaign.campaignId ? campaign : one))
  current = campaign
  draw()
}

/** Does something with the campaign. The button may be gone afterwards: then another one has the focus. */
async function act(button, action) {
  // What was refused may not be what is shown any more.
  if (!(await doing(button, 'progress-trouble', action))) await doing(element('progress'), 'progress-away', look)
  if (button.hidden) document.querySelector('#deeds button:not([hidden])')?.focus()
}

const deed = async (name) => took(await api.act(current.campaignId, name))
const pause = () => deed('pause')
const resume = () => deed('resume')
const retry = () => deed('retry')
const cancel = async () => element('cancel-dialog').showModal()
const unknown = () => showUnknown(api, current.campaignId, took)

async function remove() {
  await api.delete(current.campaignId)
  all = all.filter(({ campaignId }) => campaignId !== current.campaignId)
  choose(all[0]?.campaignId)
}

async function report() {
  const text = await api.report(current.campaignId, 'csv')
  // What tells Excel that it is UTF-8.
  const href = URL.createObjectURL(new Blob(['\uFEFF', text], { type: 'text/csv' }))
  made('a', '', { href, download: `${current.name.replace(/[^\p{L}\p{N} _-]/gu, '_')}.csv` }).click()
  setTimeout(() => URL.revokeObjectURL(href), 60_000)
}

function draw() {
  clearTimeout(next)
  element('progress').hidden = current === null
  closeUnknown(current?.campaignId)
  if (!current) return
  element('which').replaceChildren(...all.map(({ campaignId, name }) => made('option', name, { value: campaignId })))
  element('which').value = current.campaignId
  tell('progress-state', stateOf(current))
  drawBar()
  element('counts').replaceChildren(
    ...factsOf(current).flatMap(([name, value]) => [made('dt', name), made('dd', value)]),
  )
  drawDeeds()
  // What was on its way when a campaign was stopped still arrives.
  if (isMoving(current) || current.counts.sending > 0) lookIn(LOOK_MS)
}

/** What is seen is drawn, and looked at again; when nobody answers, some time later. */
function lookIn(ms) {
  clearTimeout(next)
  next = setTimeout(async () => {
    if (!(await doing(element('progress'), 'progress-away', look))) lookIn(5 * LOOK_MS)
  }, ms)
}

function stateOf({ state, why, startAt, waitsUntil }) {
  const at = state === 'scheduled' ? startAt : waitsUntil
  const words = filled(say.states[state] ?? state, { time: at ? moment(at) : '' })
  const reason = say.why[why] ?? why
  return reason ? `${words} (${reason})` : words
}

function drawBar() {
  const { total, counts } = current
  const done = counts.sent + counts.failed + counts.unknown
  element('bar').max = Math.max(1, total)
  element('bar').value = done
  const percent = total === 0 ? 0 : Math.floor((100 * done) / total)
  element('bar-says').textContent = filled(say.done, { percent: number(percent) })
  // A screen reader is told at each tenth: every mail would be too much.
  const tenth = Math.floor(percent / 10)
  if (tenth !== saidTenth && saidTenth !== -1) element('bar-said').textContent = element('bar-says').textContent
  saidTenth = tenth
}

function factsOf(campaign) {
  const { state, counts, skipped, perMinute, expectedEnd, footer } = campaign
  const { pending, ...others } = counts
  const named = { ...others, [state === 'cancelled' ? 'left' : 'pending']: pending, skipped }
  const facts = Object.entries(named)
    .filter(([name, count]) => count > 0 || name === 'sent')
    .map(([name, count]) => [say.counts[name] ?? name, number(count)])
  if (isMoving(campaign)) facts.push([say.pace, filled(say.perMinute, { count: perMinute })])
  if (expectedEnd) facts.push([say.expectedEnd, moment(expectedEnd)])
  return [...facts, [say.footer, say.footers[String(footer)]]]
}

function drawDeeds() {
  const { state, counts } = current
  const isOver = over.includes(state)
  const may = {
    pause: isMoving(current),
    resume: stopped.includes(state),
    cancel: isMoving(current) || stopped.includes(state),
    retry: counts.failed > 0 && wasStarted(current) && state !== 'cancelled',
    report: wasStarted(current),
    unknown: counts.unknown > 0,
    delete: isOver || unstarted.includes(state),
  }
  for (const [name, isPossible] of Object.entries(may)) element(`do-${name}`).hidden = !isPossible
}
