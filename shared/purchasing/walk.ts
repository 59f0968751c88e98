import type { Subscriptions } from '../licensing/subscriptions.ts'
import type { Listed, ListedPurchase, Listing } from '../stripe/listing.ts'
import { isEmpty, needsLook } from './apply.ts'
import { aboutOf, ownEvent, purchasedId } from './event.ts'
import type { Mode } from './purchase.ts'
import type { Purchases } from './purchases.ts'

interface Places {
  listing: Pick<Listing, 'purchases' | 'moneyBack'>
  subscriptions: Pick<Subscriptions, 'read'>
  purchases: Pick<Purchases, 'ask'>
  mode: Mode
  now: () => Date
}

const day = 24 * 3_600_000
/** Longer than a bank may take to say what became of a refund. */
const REFUNDS_MS = 30 * day
/** Longer than a bank may take to decide. */
const DISPUTES_MS = 120 * day
/** Reads of ours at a time. */
const PARALLEL = 10

/** How many were compared, how many differed, and at how much money that went back we looked for the first time. */
export interface Walked {
  compared: number
  mended: number
  looked: number
}

/**
 * Goes through everything at the seller and asks for a look at what differs from ours. It applies nothing itself: a page
 * that was fetched a while ago may be older than what stands here now (B1).
 */
export async function walk(places: Places): Promise<Walked> {
  let compared = 0
  let mended = 0
  let next: string | null = null
  do {
    const page: Listed = await places.listing.purchases(next)
    for (let at = 0; at < page.items.length; at += PARALLEL) {
      const asked = await Promise.all(page.items.slice(at, at + PARALLEL).map((one) => compare(places, one)))
      compared += asked.filter((one) => one !== 'not_ours').length
      mended += asked.filter((one) => one === 'differs').length
    }
    next = page.next
  } while (next !== null)
  return { compared, mended, looked: await moneyThatWentBack(places) }
}

async function compare(
  { subscriptions, purchases, mode, now }: Places,
  { id, purchase }: ListedPurchase,
): Promise<'not_ours' | 'same' | 'differs'> {
  const ours = await subscriptions.read(purchasedId(mode, id))
  // What sells nothing of ours and never did; or it did, and we know that it does no more.
  if (purchase === 'not_ours' && (!ours || isEmpty(ours))) return 'not_ours'
  if (purchase !== 'not_ours' && !needsLook(ours, purchase)) return 'same'
  await purchases.ask(ownEvent(aboutOf(mode, id), 'walk', now().toISOString(), now()))
  return 'differs'
}

/** A refund or a lost dispute shows on no subscription: each is looked at once in each of its states. */
async function moneyThatWentBack({ listing, purchases, mode, now }: Places): Promise<number> {
  const ago = (ms: number) => new Date(now().getTime() - ms)
  let asked = 0
  for (const { id, status, paymentIntent, charge } of await listing.moneyBack(ago(REFUNDS_MS), ago(DISPUTES_MS))) {
    const event = { ...ownEvent(aboutOf(mode, id), 'walk', `${id} ${status}`, now()), paymentIntent, charge }
    if (await purchases.ask(event)) asked += 1
  }
  return asked
}
