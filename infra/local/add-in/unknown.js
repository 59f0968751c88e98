import { doing } from './asking.js'
import { element, filled, made, sendingSay as say } from './page-parts.js'
import { rowsAt } from './rows.js'

/** So many are settled in one call. */
const MOST = 90
/** Of which campaign the list is. */
let shownOf = null

/** Lists the mails of which nobody knows whether they went out; the sender says what they know. */
export async function showUnknown(api, campaign, settled) {
  const { campaignId } = campaign
  const lines = await rowsAt(api, campaignId, 'unknown', MOST)
  const settle = async (positions, as) => {
    const after = await api.settle(campaignId, positions, as)
    settled(after)
    if (after.counts.unknown > 0) await showUnknown(api, after, settled)
    else close()
  }
  shownOf = campaignId
  element('unknown-list').replaceChildren(...lines.map((line) => itemOf(campaign, line, settle)))
  const all = filled(say.allOfThese, { count: lines.length })
  const positions = lines.map(({ position }) => position)
  element('unknown-all').replaceChildren(...buttonsOf(campaign, all, positions, settle))
  element('unknown-all').hidden = lines.length < 2
  element('unknown').hidden = false
}

/** The list is about one campaign: it goes when another one is shown. */
export function closeUnknown(campaignId) {
  if (campaignId !== shownOf) close()
}

function close() {
  shownOf = null
  element('unknown').hidden = true
}

function itemOf(campaign, { position, row, to }, settle) {
  const item = made('li', '', { className: 'row' })
  const name = filled(say.row_, { row, to })
  item.append(made('span', name), ...buttonsOf(campaign, name, [position], settle))
  return item
}

/** What can be said of mails. Nothing is sent again of a campaign that was cancelled, or whose content is gone. */
function buttonsOf({ state, emptied }, name, positions, settle) {
  const isOver = state === 'cancelled' || emptied
  const words = { sent: say.settleSent, ...(isOver ? {} : { again: say.settleAgain }) }
  return Object.entries(words).map(([as, word]) => {
    const whole = `${word}: ${name}`
    const button = made('button', positions.length > 1 ? whole : word, { type: 'button', ariaLabel: whole })
    button.addEventListener('click', () => void doing(button, 'progress-trouble', () => settle(positions, as)))
    return button
  })
}
