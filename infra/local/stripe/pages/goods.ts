import { MOST_SEATS_AT_CHECKOUT as most } from '@securemailmerge/shared/purchasing/prices'
import { type Html, html } from '../../html.ts'
import type { Language } from '../../identity/words.ts'
import { priceAmount } from '../catalogue.ts'
import type { Store, Thing } from '../store.ts'
import { money } from './frame.ts'
import { words } from './words.ts'

/** One line of what is bought. */
export interface Line {
  price: string
  quantity: number
}

/** What is bought, with what it costs. The buyer can change the quantity of the first line, as our calls allow. */
export function goods(store: Store, lines: Line[], entered: string, language: Language): Html {
  const { pay: say, quantity: label } = words[language]
  const quantity = Number(entered)
  const priced = lines.map((line, at) => {
    const price = store.must(line.price)
    return { price, cost: priceAmount(price, at === 0 ? quantity : line.quantity), also: at > 0 && line.quantity }
  })
  const [first] = priced
  const total = priced.reduce((sum, { cost }) => sum + cost, 0)
  const sum = first && Number.isFinite(total) && money(total, first.price.currency, language)
  return html`<section aria-labelledby="what"><h2 id="what">${say.what}</h2>
${priced.map(
  ({ price, also }) => html`<p><strong>${nameOf(price, language)}</strong>${also && ` × ${also}`}</p>
<ul class="plain small">${steps(price, language).map((text) => html`<li>${text}</li>`)}</ul>`,
)}
<p class="row"><label for="quantity">${label}</label>
<input id="quantity" name="quantity" type="number" min="1" max="${most}" required value="${entered}">
<button name="do" value="update">${say.update}</button></p>
<input type="hidden" name="seen" value="${entered}">
<p class="total" role="status">${say.total} <span id="total">${sum}</span> ${first && words[language].per[first.price.recurring.interval]}${say.beforeTax}</p>
</section>`
}

const nameOf = ({ product }: Thing, language: Language): string => words[language].products[product] ?? product

/** What one costs, by how many are bought. */
function steps({ tiers, unit_amount, currency }: Thing, language: Language): string[] {
  const { upTo, above, each } = words[language].pay
  const cost = (cents: number) => money(cents, currency, language)
  if (!tiers) return [each(cost(unit_amount))]
  let from = 1
  return tiers.map((tier: { up_to: number | null; unit_amount: number }) => {
    const begins = from
    if (tier.up_to === null) return above(begins, cost(tier.unit_amount))
    from = tier.up_to + 1
    return upTo(begins, tier.up_to, cost(tier.unit_amount))
  })
}
