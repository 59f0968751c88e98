import { doing } from './asking.js'
import { element, filled, made, sendingSay as say } from './page-parts.js'

/** Of which campaign the list is. */
let shownOf = null

/** Lists the mails of which nobody knows whether they went out; the sender says what they know. */
export async function showUnknown(api, campaignId, settled) {
  const lines = (await api.report(campaignId, 'jsonl'))
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
  shownOf = campaignId
  const items = lines.filter(({ state }) => state === 'unknown').map((line) => itemOf(api, campaignId, line, settled))
  element('unknown-list').replaceChildren(...items)
  element('unknown').hidden = false
}

/** The list is about one campaign: it goes when another one is shown. */
export function closeUnknown(campaignId) {
  if (campaignId === shownOf) return
  shownOf = null
  element('unknown').hidden = true
}

function itemOf(api, campaignId, { position, row, to }, settled) {
  const item = made('li', '', { className: 'row' })
  const name = filled(say.row_, { row, to })
  const button = (text, as) => made('button', text, { type: 'button', ariaLabel: `${text}: ${name}`, value: as })
  item.append(made('span', name), button(say.settleSent, 'sent'), button(say.settleAgain, 'again'))
  item.addEventListener('click', ({ target }) => {
    if (!target.value) return
    void doing(target, 'progress-trouble', async () => {
      const campaign = await api.settle(campaignId, position, target.value)
      item.remove()
      settled(campaign)
    })
  })
  return item
}
