import * as z from 'zod'
import { type Account, sameAccount } from '../identity/account.ts'
import type { HistoryEntry, SeatDeed } from '../licensing/change.ts'
import { entitlement } from '../licensing/entitlement.ts'
import { isOver } from '../licensing/over-quantity.ts'
import { reallyPaidUntil } from '../licensing/paid.ts'
import type { Counts } from '../licensing/seats.ts'
import { capacity, counts, hasUse, mayDo, rights, type Seat, type Subscription } from '../licensing/subscription.ts'
import { DetailChangeView, type SeatView, SubscriptionView } from './contracts/views.ts'

/** A subscription as one of its managers sees it. */
export function subscriptionView(one: Subscription, account: Account, now: Date): z.input<typeof SubscriptionView> {
  const { subscriptionId: id, name, reference, source, quantity, ceiling, assigned, state, term, contact } = one
  const { licenses, until } = entitlement(one, now)
  return {
    ...{ id, name, reference, source, quantity, ceiling, assigned, state, term, contact },
    paidUntil: shownPaidUntil(one),
    endsAt: until?.toISOString() ?? null,
    interval: one.seller?.interval ?? null,
    free: Math.max(0, capacity(one) - assigned),
    licensing: licenses,
    overQuantity: Math.max(0, assigned - quantity),
    role: sameAccount(one.owner, account) ? 'owner' : null,
    may: rights.filter((right) => hasUse(one, right) && mayDo(one, account, right)),
  }
}

// The first period begins with the purchase, and until its money is there nothing is paid.
function shownPaidUntil(one: Subscription): string {
  const { state, paidUntil, createdAt } = one
  return state === 'payment_pending' ? createdAt : (reallyPaidUntil(one) ?? paidUntil)
}

/** A seat as managers see it. */
export function seatView(seat: Seat, subscription: Subscription, usedOn: string | null): z.input<typeof SeatView> {
  const { seatId: id, address, typed, state, assignedAt, boundAt, releasedAt, account } = seat
  const overQuantity = counts(seat) && isOver(seat, subscription)
  return {
    id,
    address,
    typed,
    state,
    overQuantity,
    assignedAt,
    boundAt,
    releasedAt,
    account,
    usedOn,
  }
}

/** One seat of an answer or a history entry. */
export const deedView = ({ seatId, address, outcome }: SeatDeed) => ({
  seat: seatId,
  address: `${address}`,
  outcome,
})

/** The usual answer of a change of seats. */
export const countsAndDeeds = ({ quantity, assigned, seats }: Counts & { seats: SeatDeed[] }) => ({
  quantity,
  assigned,
  seats: seats.map(deedView),
})

/** The deeds that are about a quantity, and what their entries keep of it. */
const aboutQuantity: HistoryEntry['did'][] = ['granted', 'altered', 'purchased', 'changed_at_seller', 'quantity_asked']
const Kept = z.object({
  quantity: z.int().optional(),
  from: z.int().optional(),
  to: z.int().optional(),
  state: SubscriptionView.shape.state.optional(),
})

function numbersOf({ did, answer }: HistoryEntry) {
  const kept = aboutQuantity.includes(did) ? Kept.safeParse(answer).data : undefined
  return {
    quantity: kept?.to ?? kept?.quantity ?? null,
    quantityBefore: kept?.from ?? null,
    state: kept?.state ?? null,
  }
}

const Described = z.object({ changed: z.array(DetailChangeView) })

const changedIn = ({ did, answer }: HistoryEntry) =>
  did === 'described' ? (Described.safeParse(answer).data?.changed ?? []) : []

/** A history entry; other people are not named by their ids. */
export const historyView = (entry: HistoryEntry, account: Account) => {
  const { id, at, by, did, seats } = entry
  return {
    id: id.slice('change:'.length),
    at,
    by:
      by.kind !== 'account'
        ? by.kind
        : sameAccount(by.account, account)
          ? ('you' as const)
          : ('another_account' as const),
    did,
    ...numbersOf(entry),
    changed: changedIn(entry),
    seats: seats.map(deedView),
  }
}

/** The address of the next page of a list, relative to the public address; null at the end. */
export function nextPage(
  path: string,
  query: Record<string, string | number | null>,
  next: string | null,
): string | null {
  if (next === null) return null
  const parameters = new URLSearchParams({ next })
  for (const [name, value] of Object.entries(query)) if (value !== null) parameters.set(name, String(value))
  return `${path}?${parameters}`
}
