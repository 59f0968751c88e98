// The part of the add-in page that shows how far campaigns are, and stops them.
import { doing } from './asking.js'
import { closeFailed, showFailed } from './failed.js'
import { download, element, filled, made, moment, number, reasonOf, sendingSay as say, tell } from './page-parts.js'
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
  const deeds = { pause, resume, cancel, retry, delete: askDelete, report, unknown, failed }
  for (const [id, action] of Object.entries(deeds))
    element(`do-${id}`).addEventListener('click', ({ currentTarget }) => act(currentTarget, action))
  whenSure('cancel', () => deed('cancel'))
  whenSure('delete', remove)
}

function whenSure(name, action) {
  element(`${name}-dialog`).addEventListener('close', ({ target }) => {
    if (target.returnValue === 'yes') void act(element(`do-${name}`), action)
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
  const isNews = campaign.state !== current.state && [campaign, current].some(({ state }) => say.lost[state])
  // Where somebody signs in again it has to be known as well.
  if (isNews) dispatchEvent(new Event('sending-off'))
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
const askDelete = async () => element('delete-dialog').showModal()
const unknown = () => showUnknown(api, current, took)
const failed = () => showFailed(api, current)

async function remove() {
  await api.delete(current.campaignId)
  // One that has sent something is still there to be looked at.
  await showCampaigns()
}

async function report() {
  const text = await api.report(current.campaignId, 'csv')
  download(current.name, text)
}

function draw() {
  clearTimeout(next)
  element('progress').hidden = current === null
  closeUnknown(current?.campaignId)
  closeFailed(current?.campaignId)
  if (!current) return
  element('which').replaceChildren(...all.map((one) => made('option', titleOf(one), { value: one.campaignId })))
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

/** Names are alike: when it was started, or made, and what it is at tell campaigns apart. */
const titleOf = (campaign) =>
  [campaign.name, moment(campaign.startedAt ?? campaign.createdAt), inShort(campaign)].join(' · ')

function inShort({ state, why, startAt, waitsUntil }) {
  const at = state === 'scheduled' ? startAt : waitsUntil
  return filled(say.states[why === 'stopped' ? why : state] ?? state, { time: at ? moment(at) : '' })
}

function stateOf(campaign) {
  const { why } = campaign
  const reason = why && (say.why[why] ?? reasonOf(why))
  return reason ? `${inShort(campaign)} (${reason})` : inShort(campaign)
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
  const { state, counts, emptied } = current
  const isOver = over.includes(state)
  const may = {
    pause: isMoving(current),
    resume: stopped.includes(state),
    cancel: isMoving(current) || stopped.includes(state),
    retry: counts.failed > 0 && wasStarted(current) && state !== 'cancelled' && !emptied,
    report: wasStarted(current),
    unknown: counts.unknown > 0,
    failed: counts.failed > 0,
    delete: (isOver || unstarted.includes(state)) && !emptied,
  }
  for (const [name, isPossible] of Object.entries(may)) element(`do-${name}`).hidden = !isPossible
}
