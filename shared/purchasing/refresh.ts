import type { Look } from '../licensing/observed.ts'
import type { Subscription } from '../licensing/subscription.ts'
import type { Subscriptions } from '../licensing/subscriptions.ts'
import type { Checkout } from '../stripe/checkout.ts'
import type { Seller } from '../stripe/seller.ts'
import { applied, emptied, isEmpty } from './apply.ts'
import { purchasedId } from './event.ts'
import { binds, type Intent } from './intent.ts'
import type { Mode, Purchase } from './purchase.ts'
import type { Purchases } from './purchases.ts'

/** What a refresh stands on. */
export interface Places {
  subscriptions: Pick<Subscriptions, 'observe'>
  purchases: Pick<Purchases, 'intent' | 'noteOnIntent'>
  seller: Pick<Seller, 'purchase' | 'cancelNow'>
  checkout: Pick<Checkout, 'session'>
  mode: Mode
  now: () => Date
}

/** How a refresh ended. */
export type Refreshed = 'refreshed' | 'not_ours' | 'gone' | 'nothing_left' | 'unknown_state'

/**
 * The one way to apply anything that happens at the seller: brings our subscription to what the seller says now (decision
 * 4). A payment that was taken back in full is turned into the seller's own state: cancelled there, then seen (B2).
 * @param heard the change whose wish the seller has answered by now
 * @throws Refusal `unavailable`, `changed_meanwhile`; Unreadable
 */
export async function refresh(places: Places, sellersId: string, heard?: string): Promise<Refreshed> {
  const { subscriptions, seller, mode, now } = places
  const subscriptionId = purchasedId(mode, sellersId)
  const looked = await subscriptions.observe(subscriptionId, (ours) => look(places, sellersId, ours, heard), now)
  const { seen, intent, write } = looked
  if (!seen) return seen === undefined ? 'gone' : write ? 'nothing_left' : 'not_ours'
  if (seen.reversal) {
    await seller.cancelNow(sellersId, `reversal-${seen.reversal.id}`)
    return refresh(places, sellersId, heard)
  }
  if (intent) await tellIntent(places, intent, subscriptionId)
  return seen.state === 'unknown' ? 'unknown_state' : 'refreshed'
}

interface Looked extends Look {
  seen: Purchase | null | undefined
  intent: Intent | null
}

async function look(
  places: Places,
  sellersId: string,
  ours: Subscription | undefined,
  heard: string | undefined,
): Promise<Looked> {
  const seen = await places.seller.purchase(sellersId)
  if (seen === null && ours && !isEmpty(ours))
    return { seen, intent: null, write: (one) => emptied(one ?? ours, places.now()) }
  if (!seen || (!ours && seen.state === 'unknown')) return { seen, intent: null, write: null }
  const intent = ours?.owner ? null : await bindingIntent(places, seen)
  return { seen, intent, write: (one) => applied(one, seen, intent, places.now(), heard) }
}

/** The intent that this purchase came from, if everything about it is right; otherwise it belongs to nobody yet. */
async function bindingIntent(
  { purchases, checkout, mode }: Places,
  { intent: id, seller }: Purchase,
): Promise<Intent | null> {
  if (!id || !/^intent_[\w-]{1,100}$/.test(id)) return null
  const intent = await purchases.intent(id)
  if (!intent?.session) return null
  const page = await checkout.session(intent.session)
  if (!page) return null
  const seen = {
    id: page.id,
    mode: page.livemode ? ('live' as const) : ('test' as const),
    subscription: page.subscription ?? null,
    intent: page.metadata?.intent ?? null,
  }
  return binds(intent, seen, mode, seller.subscription) ? intent : null
}

/** So that the page its buyer waits on finds the subscription; a lost race or note is found again from the page. */
async function tellIntent({ purchases }: Places, { id }: Intent, subscriptionId: string): Promise<void> {
  const intent = await purchases.intent(id)
  if (intent && intent.subscriptionId === null) await purchases.noteOnIntent(intent, { subscriptionId })
}
