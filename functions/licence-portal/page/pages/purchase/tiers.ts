import { costOf } from '@securemailmerge/shared/purchasing/prices'
import prices from '@securemailmerge/shared/purchasing/prices.json' with { type: 'json' }

/** What one licence costs where a certain number of them is bought, before tax, in the smallest unit of the currency. */
export interface Tier {
  from: number
  /** Null: and more. */
  to: number | null
  monthly: number
  yearly: number
}

/** The list of prices: one line for each quantity from which on another price holds. */
export function tiers(): Tier[] {
  const ends = Object.values(prices.prices).flatMap(({ tiers: all }) => all.flatMap(({ upTo }) => upTo ?? []))
  const sorted = [...new Set(ends)].sort((a, b) => a - b)
  return [...sorted, null].map((to, at) => {
    const from = (sorted[at - 1] ?? 0) + 1
    return { from, to, monthly: costOf('monthly', from).unitAmount, yearly: costOf('yearly', from).unitAmount }
  })
}
