import prices from '@securemailmerge/shared/purchasing/prices.json' with { type: 'json' }
import type { Store, Thing } from './store.ts'

/** Puts our prices into the seller's catalogue, and one of another product. */
export function stock(store: Store, at: number): void {
  if (store.all('price').length > 0) return
  for (const { lookupKey, interval, tiers } of Object.values(prices.prices)) {
    store.put({
      ...price(store.newId('price'), prices.product, at),
      lookup_key: lookupKey,
      billing_scheme: 'tiered',
      tiers_mode: 'volume',
      tiers: tiers.map(({ upTo, unitAmount }) => ({ up_to: upTo, unit_amount: unitAmount, flat_amount: null })),
      recurring: { interval, interval_count: 1, usage_type: 'licensed' },
    })
  }
  store.put({
    ...price(store.newId('price'), 'training', at),
    lookup_key: 'training',
    billing_scheme: 'per_unit',
    unit_amount: 5000,
    recurring: { interval: 'month', interval_count: 1, usage_type: 'licensed' },
  })
}

const price = (id: string, product: string, created: number) =>
  ({
    id,
    object: 'price',
    livemode: false,
    active: true,
    currency: prices.currency,
    product,
    created,
    type: 'recurring',
    metadata: {},
  }) as Thing

/** What a quantity of a price costs for one period. */
export function priceAmount(price: Thing, quantity: number): number {
  if (price.billing_scheme !== 'tiered') return price.unit_amount * quantity
  const tier = price.tiers.find(({ up_to }: { up_to: number | null }) => up_to === null || quantity <= up_to)
  return tier.unit_amount * quantity
}

/**
 * The end of the period that `at` (seconds) falls into: the anchor's day of the next month or year, or the last day there
 * is. Counted from the anchor each time, so that 31 January comes back in March.
 */
export function periodEnd(anchor: number, interval: string, at: number): number {
  const step = interval === 'year' ? 12 : 1
  const [from, to] = [new Date(anchor * 1000), new Date(at * 1000)]
  const months = (to.getUTCFullYear() - from.getUTCFullYear()) * 12 + to.getUTCMonth() - from.getUTCMonth()
  for (let steps = Math.max(0, Math.floor(months / step)); ; steps += 1) {
    const end = monthsAfter(from, steps * step)
    if (end > at) return end
  }
}

function monthsAfter(from: Date, months: number): number {
  const [year, month] = [from.getUTCFullYear(), from.getUTCMonth() + months]
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  return (Date.UTC(year, month, Math.min(from.getUTCDate(), lastDay)) + (from.getTime() % 86_400_000)) / 1000
}
