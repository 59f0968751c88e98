import type { Store, Thing } from '../store.ts'

/** Whether a subscription is over for good. */
export const ended = ({ status }: Thing): boolean => status === 'canceled' || status === 'incomplete_expired'

/** What its open invoices still ask for, in the smallest unit of its currency. */
export const owed = (store: Store, { id }: Thing): number =>
  openOf(store, id).reduce((sum, { amount_remaining }) => sum + amount_remaining, 0)

/** Whether a payment of an open invoice waits for the bank. */
export const underWay = (store: Store, { id }: Thing): boolean =>
  openOf(store, id).some((invoice) => store.hiddenOf(invoice.id).settles !== undefined)

const openOf = (store: Store, subscription: string): Thing[] =>
  store.invoicesOf(subscription).filter(({ status }) => status === 'open')

/** The fields that make it end with its period, or go on. */
export const ending = ({ items }: Thing, ends: boolean, at: number) => ({
  cancel_at_period_end: ends,
  cancel_at: ends ? items.data[0].current_period_end : null,
  canceled_at: ends ? at : null,
})

/** The latest charge for an invoice; undefined when nobody has tried to take money for it. */
export function chargeOf(store: Store, invoice: Thing): Thing | undefined {
  const intent = store.get(String(store.hiddenOf(invoice.id).intent))
  return intent?.latest_charge ? store.get(intent.latest_charge) : undefined
}

/** The end of the last period that is paid, in seconds; undefined when none is, or all of it went back. */
export function paidUntil(store: Store, { id }: Thing): number | undefined {
  const paid = store.invoicesOf(id).filter((invoice) => invoice.status === 'paid' && !wentBack(store, invoice))
  const ends = paid.flatMap(({ lines }) => lines.data.map(({ period }: Thing) => period.end as number))
  return ends.length === 0 ? undefined : Math.max(...ends)
}

function wentBack(store: Store, invoice: Thing): boolean {
  const charge = chargeOf(store, invoice)
  if (!charge) return false
  return charge.refunded || store.all('dispute').some((one) => one.charge === charge.id && one.status === 'lost')
}
