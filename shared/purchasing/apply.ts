import type { Observation } from '../licensing/change.ts'
import { ownerHints } from '../licensing/hints.ts'
import { type Subscription, untouched } from '../licensing/subscription.ts'
import { purchasedId } from './event.ts'
import type { Intent } from './intent.ts'
import type { Purchase } from './purchase.ts'

/** How long another quantity may be on its way to the seller before its ceiling falls. */
export const CEILING_MS = 10 * 60_000

/**
 * Our subscription after a look at the seller: a function of what was seen, of ours, and of `now`. Owner, name and
 * reference come from the intent only where there is no owner yet; later ours is the truth (B4).
 * @param intent the intent that was found to bind this purchase
 * @param heard the change whose wish the seller had answered before it was looked at
 */
export function applied(
  ours: Subscription | undefined,
  seen: Purchase,
  intent: Intent | null,
  now: Date,
  heard?: string,
): Observation {
  const before = answered(ours ?? begun(seen, now), seen.quantity, heard)
  const claimed = before.owner || before.ownerErased ? {} : claimOf(intent)
  const known = seen.state === 'unknown' ? {} : told(seen)
  const { quantity, seller } = seen
  const next = { ...before, ...claimed, ...known, quantity, seller, ...ceilingAfter(before, quantity, now) }
  return observation(ours, next, now)
}

/** Our subscription when the seller's has no line of ours any more: no licence of it is paid for. */
export function emptied(ours: Subscription, now: Date): Observation {
  const why = 'none of its lines is ours any more'
  const nothing = { quantity: 0, state: 'ended', why, pastDueSince: null, ceiling: null, ceilingAt: null } as const
  return observation(ours, { ...ours, ...nothing }, now)
}

/** Whether a purchase is known to sell nothing of ours any more. */
export const isEmpty = ({ quantity, state }: Subscription): boolean => quantity === 0 && state === 'ended'

function observation(ours: Subscription | undefined, next: Subscription, now: Date): Observation {
  const subscription = { ...next, seenAt: now.toISOString() }
  const did = ours === undefined ? 'purchased' : differs(ours, subscription) ? 'changed_at_seller' : null
  const { quantity, state, term, paidUntil } = subscription
  // Hints come before the batch and may be written again: they are cheap, and a lost one makes somebody free.
  const hints = did ? ownerHints(subscription, now) : []
  return { subscription, did, shown: { quantity, state, term, paidUntil }, hints }
}

const told = ({ state, why, term, paidUntil, pastDueSince }: Purchase) => {
  if (state === 'unknown') throw new Error('an unknown state tells nothing')
  return { state, why, term, paidUntil, pastDueSince }
}

const claimOf = (intent: Intent | null) =>
  intent ? { owner: intent.account, name: intent.name, reference: intent.reference } : {}

function begun(seen: Purchase, now: Date): Subscription {
  return {
    id: 'subscription',
    kind: 'subscription',
    subscriptionId: purchasedId(seen.seller.mode, seen.seller.subscription),
    source: 'purchased',
    owner: null,
    name: 'SecureMailMerge',
    reference: null,
    quantity: seen.quantity,
    ...untouched,
    // Until the seller says something that we know.
    state: 'payment_pending',
    why: seen.why,
    term: seen.term,
    paidUntil: seen.paidUntil,
    seller: seen.seller,
    shownToTenant: true,
    contact: null,
    createdAt: now.toISOString(),
  }
}

/** A wish is over when the seller has answered it, or shows what was wished for. */
function answered(before: Subscription, quantity: number, heard: string | undefined): Subscription {
  const { asked } = before
  const isHeard = asked && (asked.changeId === heard || asked.to === quantity)
  return isHeard ? { ...before, asked: { ...asked, isOver: true } } : before
}

/** A ceiling falls when no wish is open and the quantity is down to it, or when nothing came of it for ten minutes (A10). */
function ceilingAfter({ ceiling, ceilingAt, asked }: Subscription, quantity: number, now: Date) {
  const settled = ceiling !== null && quantity <= ceiling && (asked?.isOver ?? true)
  const old = ceilingAt !== null && now.getTime() - Date.parse(ceilingAt) >= CEILING_MS
  return settled || old ? { ceiling: null, ceilingAt: null } : { ceiling, ceilingAt }
}

const compared = ['quantity', 'state', 'term', 'paidUntil', 'pastDueSince', 'owner', 'ceiling'] as const

const differs = (ours: Subscription, next: Subscription): boolean =>
  compared.some((field) => JSON.stringify(ours[field]) !== JSON.stringify(next[field]))

/** Whether a listed purchase says anything else than ours: then somebody should look closer. */
export const needsLook = (ours: Subscription | undefined, seen: Purchase | null): boolean =>
  !ours ||
  !seen ||
  // Bought on a page of ours, whose end nobody had seen yet.
  (ours.owner === null && !ours.ownerErased && seen.intent !== null) ||
  ours.ceiling !== null ||
  ours.quantity !== seen.quantity ||
  ours.term !== seen.term ||
  ours.paidUntil !== seen.paidUntil ||
  // A payment that was taken back shows only on a closer look; then the seller ends it, and both say the same.
  ours.state !== seen.state
