import { element, filled, made, reasonOf, sendingSay as say } from './page-parts.js'
import { rowsAt } from './rows.js'

/** The report has them all. */
const MOST = 20
/** Of which campaign the list is. */
let shownOf = null

/** Lists the first mails that failed, each with why and what to do. */
export async function showFailed(api, { campaignId }) {
  const lines = await rowsAt(api, campaignId, 'failed', MOST)
  shownOf = campaignId
  const items = lines.map(({ row, to, why }) => made('li', `${filled(say.row_, { row, to })}. ${reasonOf(why)}`))
  element('failed-list').replaceChildren(...items)
  element('failed').hidden = false
}

/** The list is about one campaign: it goes when another one is shown. */
export function closeFailed(campaignId) {
  if (campaignId === shownOf) return
  shownOf = null
  element('failed').hidden = true
}
