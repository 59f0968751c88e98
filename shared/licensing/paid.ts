import type { Subscription } from './subscription.ts'

/**
 * Until when a subscription is paid, as far as we know; null when we know of nothing that was. The `paidUntil` that is
 * stored is the end of the running period, whether or not the money for it has come.
 */
export function reallyPaidUntil(subscription: Subscription): string | null {
  const { state, paidUntil } = subscription
  if (state === 'payment_pending' || state === 'ended_unpaid' || state === 'paused') return null
  return state === 'past_due' ? beforeDebt(subscription).toISOString() : paidUntil
}

// An invoice of a renewal is made out a little after its period has begun, and one that is sent is due later still.
function beforeDebt({ paidUntil, pastDueSince, seller }: Subscription): Date {
  const end = new Date(paidUntil)
  const months = seller?.interval === 'yearly' ? 12 : seller?.interval === 'monthly' ? 1 : 0
  const known = [monthsBefore(end, months), new Date(pastDueSince ?? paidUntil)]
  return new Date(Math.min(...known.map((one) => one.getTime())))
}

function monthsBefore(end: Date, months: number): Date {
  const start = new Date(end)
  start.setUTCMonth(end.getUTCMonth() - months)
  // A month before 31 March would be 3 March.
  if (start.getUTCDate() !== end.getUTCDate()) start.setUTCDate(0)
  return start
}
