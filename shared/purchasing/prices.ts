import prices from './prices.json' with { type: 'json' }
import type { Interval } from './purchase.ts'

/** The seller's id of what we sell: a price is ours when it is a price of this product, whatever it costs. */
export const SEAT_PRODUCT = prices.product

/** ISO 4217, lower case. */
export const CURRENCY = prices.currency

export const MOST_SEATS_AT_CHECKOUT = 5_000

/** The name under which the seller finds today's price of a seat. */
export const lookupKeyOf = (interval: Interval): string => prices.prices[interval].lookupKey

/** Of the seller's names for a billing period the two that we sell. */
export const intervalOf = (unit: string | null): Interval | null =>
  unit === prices.prices.monthly.interval ? 'monthly' : unit === prices.prices.yearly.interval ? 'yearly' : null

/** What a quantity costs for one period before tax, in the smallest unit of the currency; all seats at the tier's price. */
export function costOf(interval: Interval, quantity: number): { unitAmount: number; amount: number } {
  const tier = prices.prices[interval].tiers.find(({ upTo }) => upTo === null || quantity <= upTo)
  const unitAmount = tier?.unitAmount ?? 0
  return { unitAmount, amount: unitAmount * quantity }
}
