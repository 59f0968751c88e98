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

/** The end of a period that begins at `start` (seconds): the same day of the next month or year, or its last day. */
export function periodEnd(start: number, interval: string, anchorDay: number): number {
  const date = new Date(start * 1000)
  const months = date.getUTCFullYear() * 12 + date.getUTCMonth() + (interval === 'year' ? 12 : 1)
  const last = new Date(Date.UTC(Math.floor(months / 12), (months % 12) + 1, 0)).getUTCDate()
  const time = date.getTime() % 86_400_000
  return (Date.UTC(Math.floor(months / 12), months % 12, Math.min(anchorDay, last)) + time) / 1000
}
