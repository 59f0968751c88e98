import type { AnswerOf, Subscription } from '../../../data/answers.ts'
import type { Key } from '../../../language/say.ts'

/** What another quantity would bring, as the service tells it. */
export type Preview = AnswerOf<'preview_quantity'>

/** A sentence about money or licences; `amount` in the smallest unit of the currency. */
export interface CostLine {
  key: Key
  amount?: number
  count?: number
}

/** The largest quantity of one subscription. */
export const MOST_LICENCES = 100_000

/** The quantity that was typed; undefined where that is none that can be asked for. */
export function typedQuantity(typed: string): number | undefined {
  const quantity = /^\d{1,6}$/.test(typed.trim()) ? Number(typed) : 0
  return quantity >= 1 && quantity <= MOST_LICENCES ? quantity : undefined
}

/**
 * What another quantity costs or brings, sentence by sentence. More are invoiced at once, so the invoice that is told of
 * is today's; fewer are settled with the next one. Which of the two, not which sign, decides: the tenth licence makes all
 * of them cheaper.
 */
export function costLines(preview: Preview, { quantity, term }: Pick<Subscription, 'quantity' | 'term'>): CostLine[] {
  return preview.quantity > quantity ? ofMore(preview, term) : ofFewer(preview, term)
}

function ofMore({ change, total, quantity }: Preview, term: Subscription['term']): CostLine[] {
  const goesOn: CostLine[] = term === 'renewing' ? [{ key: 'quantity.all_charged', count: quantity }] : []
  if (total === 0) return [{ key: 'quantity.nothing_now' }, ...goesOn]
  if (total < 0) return [{ key: 'quantity.credited_now', amount: -total }, ...goesOn]
  const beforeTax: CostLine[] = change === total ? [] : [{ key: 'quantity.before_tax', amount: change }]
  return [{ key: 'quantity.due_now', amount: total }, ...beforeTax, { key: 'quantity.counts_when_paid' }, ...goesOn]
}

function ofFewer({ change, total }: Preview, term: Subscription['term']): CostLine[] {
  const period: CostLine =
    change === 0
      ? { key: 'quantity.period_same' }
      : { key: change < 0 ? 'quantity.period_credited' : 'quantity.period_added', amount: Math.abs(change) }
  return [period, nextInvoice(total, term), { key: 'quantity.counts_at_once' }]
}

function nextInvoice(total: number, term: Subscription['term']): CostLine {
  if (term === 'cancelled') return { key: 'quantity.no_next' }
  return total < 0 ? { key: 'quantity.next_left', amount: -total } : { key: 'quantity.next', amount: total }
}

/** The day until which everybody stays licensed when it is cancelled now; null where that is not known beforehand. */
export function lastDayOf({ state, endsAt, paidUntil }: Subscription, now: Date): string | null {
  if (state === 'trialing') return endsAt
  return state === 'active' && new Date(paidUntil) > now ? paidUntil : null
}
