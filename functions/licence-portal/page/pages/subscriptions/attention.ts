import type { Subscription } from '../../data/answers.ts'
import { standingOf } from './shown-state.ts'

/** Why somebody should look at a subscription; the most urgent first. */
export const attentions = [
  'over_quantity',
  'past_due',
  'ended_unpaid',
  'payment_pending',
  'ending_soon',
  'none_free',
] as const
export type Attention = (typeof attentions)[number]

const SOON_MS = 30 * 24 * 3_600_000

/** All that asks for attention in one subscription, the most urgent first. */
export function attentionsOf(one: Subscription, now: Date): Attention[] {
  const { state } = standingOf(one, now)
  const isEnding = one.licensing && state !== 'past_due' && one.endsAt !== null
  const holds: Record<Attention, boolean> = {
    over_quantity: one.licensing && one.overQuantity > 0,
    past_due: state === 'past_due',
    // Nobody misses one that nobody has a licence of.
    ended_unpaid: state === 'ended_unpaid' && one.assigned > 0,
    payment_pending: state === 'payment_pending',
    ending_soon: isEnding && new Date(one.endsAt ?? 0).getTime() - now.getTime() <= SOON_MS,
    none_free: one.licensing && one.free === 0 && one.overQuantity === 0,
  }
  return attentions.filter((attention) => holds[attention])
}

/** Puts first what needs attention, then what licenses, then what is over; equals by name. */
export function inOrder(all: readonly Subscription[], now: Date, language: string): Subscription[] {
  const names = new Intl.Collator(language, { numeric: true })
  const ranked = all.map((one) => ({ one, rank: rankOf(one, now) }))
  return ranked.sort((a, b) => a.rank - b.rank || names.compare(a.one.name, b.one.name)).map(({ one }) => one)
}

function rankOf(one: Subscription, now: Date): number {
  const [first] = attentionsOf(one, now)
  if (first) return attentions.indexOf(first)
  return attentions.length + (one.licensing ? 0 : 1)
}
