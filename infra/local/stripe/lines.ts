import { periodEnd, priceAmount } from './catalogue.ts'
import type { Store, Thing } from './store.ts'

/** What a new item is made of. Times are seconds. */
export interface NewItem {
  subscription: string
  price: Thing
  quantity: number | undefined
  at: number
  /** From when periods are counted. */
  anchor: number
}

/** An item of a subscription; its period ends with the anchor's day. */
export function itemOf(store: Store, { subscription, price, quantity, at, anchor }: NewItem): Thing {
  return {
    id: store.newId('si'),
    object: 'subscription_item',
    subscription,
    price,
    ...(quantity === undefined ? {} : { quantity }),
    created: at,
    metadata: {},
    current_period_start: at,
    current_period_end: anchor > at ? anchor : periodEnd(anchor, price.recurring.interval, at),
  }
}

/** The next period of an item. */
export const nextPeriodOf = (item: Thing, anchor: number): Thing => ({
  ...item,
  current_period_start: item.current_period_end,
  current_period_end: periodEnd(anchor, item.price.recurring.interval, item.current_period_end),
})

/** The line of an invoice for the running period of an item. */
export const lineOf = (store: Store, item: Thing): Thing =>
  line(store, item, { amount: priceAmount(item.price, item.quantity ?? 0), proration: false })

/** What the rest of the running period costs with another quantity: the old one given back, the new one charged. */
export function prorationsOf(store: Store, item: Thing, quantity: number, at: number): Thing[] {
  const { current_period_start: from, current_period_end: until, price } = item
  const rest = Math.max(0, Math.min(1, (until - at) / (until - from)))
  const part = (many: number) => Math.round(priceAmount(price, many) * rest)
  const period = { start: at, end: until }
  return [
    line(store, item, { amount: -part(item.quantity ?? 0), period, proration: true }),
    line(store, { ...item, quantity }, { amount: part(quantity), period, proration: true }),
  ]
}

/** What lines come to. */
export const totalOf = (lines: Thing[]): number => lines.reduce((sum, { amount }) => sum + amount, 0)

function line(
  store: Store,
  { id, quantity, price, current_period_start: start, current_period_end: end }: Thing,
  { amount, proration, period = { start, end } }: { amount: number; proration: boolean; period?: object },
): Thing {
  return {
    id: store.newId('il'),
    object: 'line_item',
    livemode: false,
    amount,
    currency: price.currency,
    quantity,
    period,
    parent: { type: 'subscription_item_details', subscription_item_details: { subscription_item: id, proration } },
    pricing: { type: 'price_details', price_details: { price: price.id, product: price.product } },
  }
}
