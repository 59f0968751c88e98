import type { Stored } from '../azure/items.ts'
import type { LogEvent, LogFields } from '../log.ts'
import { Refusal, reasonOf } from '../refusal.ts'
import { Unreadable } from '../stripe/purchase.ts'
import type { Seller } from '../stripe/seller.ts'
import {
  type About,
  BUGS_BEFORE_PARKING,
  isReady,
  type PurchaseEvent,
  partsOf,
  rested,
  restOf,
  settled,
} from './event.ts'
import type { Purchases } from './purchases.ts'
import { type Places, type Refreshed, refresh } from './refresh.ts'

/** What settling stands on. */
export interface Settling extends Places {
  purchases: Pick<Purchases, 'intent' | 'noteOnIntent' | 'waiting' | 'update' | 'wake'>
  seller: Pick<Seller, 'purchase' | 'cancelNow' | 'subscriptionsOf'>
  note: (event: LogEvent, fields: LogFields) => void
}

/** How far the clocks of two hosts may be apart: an event that was stored so much later still counts as stored before. */
export const CLOCKS_APART_MS = 60_000

/**
 * Handles one wake: refreshes whom it names and settles every event about it that was stored before. An outage puts the
 * events off and wakes again; what cannot be understood is parked; a bug is thrown, and parked when it has thrown thrice.
 * @param deliveries how often this message has come
 */
export async function settle(places: Settling, about: About, deliveries: number): Promise<void> {
  const { purchases, mode, now } = places
  const parts = partsOf(about)
  if (!parts || parts.mode !== mode) return places.note('purchase_ignored', { about, reason: 'another mode' })
  // Stored before the look begins, by whichever clock: only a reminder lies further ahead.
  const before = new Date(now().getTime() + CLOCKS_APART_MS)
  // When the store is away this throws: the message comes again, and the sweeper has the old due time.
  const waiting = await purchases.waiting(about, before)
  // Another wake has settled them: five events of a renewal are one look at the seller (B6). Or all are put off, and
  // this wake is not theirs.
  if (!waiting.some((event) => isReady(event, now()))) return
  try {
    await end(places, about, waiting, await refreshAll(places, parts.sellersId, waiting))
  } catch (error) {
    // Only those that were there before the look: one that came since may be what mends it.
    await failed(places, waiting, about, deliveries, error)
  }
}

type Outcome = Refreshed | 'leads_nowhere'

/** Refreshes the subscription that is named, or each that the events lead to. */
async function refreshAll(places: Settling, sellersId: string, waiting: PurchaseEvent[]): Promise<Outcome> {
  if (sellersId.startsWith('sub_')) return refresh(places, sellersId)
  const ids = new Set<string>()
  for (const event of waiting) for (const id of await places.seller.subscriptionsOf(event)) ids.add(id)
  const outcomes: Outcome[] = ['leads_nowhere']
  let unreadable: Unreadable | undefined
  for (const id of ids) {
    try {
      outcomes.push(await refresh(places, id))
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      // That costs the others nothing.
      unreadable = error
    }
  }
  if (unreadable) throw unreadable
  return outcomes.reduce((one, other) => (weight(other) > weight(one) ? other : one))
}

/** Of several outcomes the one that somebody has to know of. */
const weight = (outcome: Outcome): number => Object.keys(ends).indexOf(outcome)

/** From what says the least to what is worst. */
const ends: Record<Outcome, ['applied' | 'ignored' | 'parked', string | null]> = {
  leads_nowhere: ['ignored', 'leads to no subscription'],
  not_ours: ['ignored', 'not one of our products'],
  gone: ['ignored', 'the seller has no such subscription'],
  refreshed: ['applied', null],
  // It is written down all the same. Somebody has to see whether that was meant.
  nothing_left: ['parked', 'none of its lines is ours any more'],
  // The last known state stays; somebody has to teach us the new one.
  unknown_state: ['parked', 'unknown state at the seller'],
}

async function end(places: Settling, about: About, waiting: Stored<PurchaseEvent>[], outcome: Outcome): Promise<void> {
  const [state, why] = ends[outcome]
  await updateAll(places, waiting, (event) => settled(event, state, why))
  if (state === 'parked') places.note('parked', { about, reason: String(why) })
  else places.note('purchase_settled', { about, outcome, events: waiting.length })
}

async function failed(
  places: Settling,
  waiting: Stored<PurchaseEvent>[],
  about: About,
  deliveries: number,
  error: unknown,
): Promise<void> {
  const { purchases, now, note } = places
  const outage = error instanceof Refusal && (error.code === 'unavailable' || error.code === 'changed_meanwhile')
  if (outage) {
    const at = now()
    await updateAll(places, waiting, (event) => rested(event, at))
    // The one that waits with the fewest attempts decides.
    const rest = Math.min(...waiting.map(({ attempts }) => restOf(attempts)))
    await purchases.wake(about, new Date(at.getTime() + rest))
    return note('put_off', { about, reason: reasonOf(error) })
  }
  if (error instanceof Unreadable) {
    await updateAll(places, waiting, (event) => settled(event, 'parked', error.message))
    return note('parked', { about, reason: error.message })
  }
  if (deliveries >= BUGS_BEFORE_PARKING) {
    await updateAll(places, waiting, (event) => settled(event, 'parked', 'a fault of ours'))
    note('parked', { about, reason: 'a fault of ours' })
  }
  throw error
}

async function updateAll(
  { purchases }: Settling,
  events: Stored<PurchaseEvent>[],
  change: (event: PurchaseEvent) => PurchaseEvent,
): Promise<void> {
  for (const event of events) await purchases.update(event, change)
}
