import type { Subscription } from '../../data/answers.ts'

/** What people are told of how a subscription stands. */
export const shownStates = [
  ...(['active', 'renewing_late', 'fixed', 'cancelled', 'extended', 'trialing', 'past_due'] as const),
  ...(['payment_pending', 'paused', 'ended', 'ended_unpaid'] as const),
]
export type ShownState = (typeof shownStates)[number]

/** How it stands, and the instant that its words speak of. */
export interface Standing {
  state: ShownState
  at: string | null
}

/**
 * How a subscription stands, for people: what the seller calls active may be over by now, and what has ended may license
 * by goodwill.
 */
export function standingOf(one: Subscription, now: Date): Standing {
  const { state, licensing, term, paidUntil, endsAt } = one
  if (!licensing) return { state: over(state), at: paidUntil }
  if (state === 'past_due' || state === 'trialing') return { state, at: endsAt }
  if (state !== 'active') return { state: 'extended', at: endsAt }
  if (term !== 'renewing') return { state: term, at: endsAt }
  return { state: new Date(paidUntil) < now ? 'renewing_late' : 'active', at: paidUntil }
}

function over(state: Subscription['state']): ShownState {
  if (state === 'payment_pending' || state === 'paused' || state === 'ended_unpaid') return state
  return state === 'past_due' ? 'ended_unpaid' : 'ended'
}

/** How good or bad that is: what it is coloured by. */
export function toneOf(state: ShownState): 'success' | 'warning' | 'danger' | 'subtle' {
  if (state === 'past_due' || state === 'ended_unpaid') return 'danger'
  if (state === 'ended') return 'subtle'
  return state === 'payment_pending' || state === 'paused' || state === 'cancelled' ? 'warning' : 'success'
}
